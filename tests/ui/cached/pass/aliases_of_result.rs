#![deny(warnings)]

use cache_runtime::cached;
use std::io;

type Found<T> = io::Result<Option<T>>;

#[cached(when = |found| *found > 1)]
async fn find(id: u64) -> Found<u64> {
    Ok(Some(id))
}

#[tokio::main]
async fn main() {
    assert_eq!(find(3).await.unwrap(), Some(3));
}
