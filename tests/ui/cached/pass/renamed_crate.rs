#![deny(warnings)]

use cache_runtime as caches;

mod reexported {
    use super::caches;
    pub use caches::*;
}

#[caches::cached(crate = caches)]
async fn load(id: u64) -> u64 {
    id
}

#[caches::cached(crate = crate::reexported)]
async fn load_reexported(id: u64) -> u64 {
    id
}

#[tokio::main]
async fn main() {
    assert_eq!(load(1).await + load_reexported(1).await, 2);
}
