#![deny(warnings)]

use cache_runtime::cached;
use std::error::Error;

#[cached]
async fn read(id: u64) -> Result<String, Box<dyn Error + Send + Sync>> {
    if id == 0 {
        return Err("zero".into());
    }
    match id {
        1 => Err("one".into()),
        other => Ok(other.to_string()),
    }
}

#[tokio::main]
async fn main() {
    assert!(read(0).await.is_err());
    assert!(read(1).await.is_err());
    assert_eq!(read(2).await.unwrap(), "2");
}
