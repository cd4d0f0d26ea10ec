#![deny(warnings)]

use cache_runtime::invalidates;
use std::pin::Pin;

#[invalidates("suite:{id}", "suite:{ok}")]
fn change(id: u64) -> Pin<Box<dyn Future<Output = Result<u64, String>> + Send>> {
    Box::pin(async move { Ok(id) })
}

#[tokio::main]
async fn main() {
    assert_eq!(change(1).await, Ok(1));
}
