#![deny(warnings)]

use cache_runtime::cached;

#[cached]
async fn double(n: u64) -> u64 {
    n * 2
}

#[tokio::main]
async fn main() {
    assert_eq!(double(21).await, 42);
    assert_eq!(double(21).await, 42);
}
