#![deny(warnings)]

use cache_runtime::cached;

#[cached(skip(db))]
#[tracing::instrument(skip(db), ret, fields(id = %id))]
async fn load(db: &str, id: u64) -> Result<u64, String> {
    let _ = db;
    Ok(id)
}

#[tokio::main]
async fn main() {
    assert_eq!(load("db", 1).await, Ok(1));
    assert_eq!(load::uncached("db", 1).await, Ok(1));
}
