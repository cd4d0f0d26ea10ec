#![deny(warnings)]

use cache_runtime::cached;

#[cached(prefix = "suite", skip(db))]
async fn get_suite(db: &str, id: u64) -> Result<String, String> {
    Ok(format!("{db}{id}"))
}

#[tokio::main]
async fn main() {
    assert_eq!(get_suite::key(42).to_string(), "suite:get_suite:42");
    assert!(get_suite("db", 42).await.is_ok());
    assert!(get_suite::refresh("db", 42).await.is_ok());
    assert!(get_suite::uncached("db", 42).await.is_ok());
    get_suite::invalidate(42).await.unwrap();
}
