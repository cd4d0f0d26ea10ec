#![deny(warnings)]

use cache_runtime::cached;
use std::pin::Pin;

#[cached]
fn factorial(n: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
    Box::pin(async move {
        if n == 0 {
            1
        } else {
            n * factorial(n - 1).await
        }
    })
}

#[tokio::main]
async fn main() {
    assert_eq!(factorial(5).await, 120);
}
