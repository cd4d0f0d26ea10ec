#![deny(warnings)]

use cache_runtime::cached;
use std::pin::Pin;

#[cached(skip(db))]
fn load<'a>(
    db: &'a str,
    id: u64,
) -> Pin<Box<dyn Future<Output = Result<u64, String>> + Send + 'a>> {
    if id == 0 {
        return Box::pin(async { Err("zero".to_owned()) });
    }
    Box::pin(async move { Ok(id + db.len() as u64) })
}

#[tokio::main]
async fn main() {
    assert_eq!(load("db", 1).await, Ok(3));
    assert!(load("db", 0).await.is_err());
    assert_eq!(load::refresh("db", 1).await, Ok(3));
    load::invalidate(1).await.unwrap();
}
