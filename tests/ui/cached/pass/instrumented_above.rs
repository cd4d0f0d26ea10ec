#![deny(warnings)]

use cache_runtime::cached;

#[tracing::instrument(skip(db), err)]
#[cached(skip(db))]
async fn load(db: &str, id: u64) -> Result<u64, String> {
    let _ = db;
    Ok(id)
}

#[tokio::main]
async fn main() {
    assert_eq!(load("db", 1).await, Ok(1));
}
