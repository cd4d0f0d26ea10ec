#![deny(warnings)]

use cache_runtime::cached;
use std::sync::Arc;

#[cached]
async fn load(id: u64) -> Result<Arc<Vec<u64>>, String> {
    Ok(Arc::new(vec![id]))
}

#[cached]
fn text(id: u64) -> Arc<str> {
    id.to_string().into()
}

#[tokio::main]
async fn main() {
    assert_eq!(*load(1).await.unwrap(), [1]);
    let _ = text;
}
