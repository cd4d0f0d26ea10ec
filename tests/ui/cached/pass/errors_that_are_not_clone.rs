#![deny(warnings)]

use cache_runtime::cached;

#[derive(Debug)]
struct NotClone;

#[cached]
async fn load(id: u64) -> Result<u64, NotClone> {
    if id > 9 { Err(NotClone) } else { Ok(id) }
}

#[tokio::main]
async fn main() {
    assert!(load(1).await.is_ok());
    assert!(load(10).await.is_err());
}
