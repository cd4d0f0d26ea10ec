#![deny(warnings)]

use cache_runtime as caches;

#[caches::invalidates("suite:{id}", "suite:{ok}", crate = caches)]
async fn change(id: u64) -> u64 {
    id
}

#[tokio::main]
async fn main() {
    assert_eq!(change(1).await, 1);
}
