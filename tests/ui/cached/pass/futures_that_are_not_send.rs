#![deny(warnings)]

use cache_runtime::cached;
use std::rc::Rc;

#[cached(skip(db))]
async fn load(db: Rc<u64>, id: u64) -> u64 {
    tokio::task::yield_now().await;
    *db + id
}

#[tokio::main]
async fn main() {
    assert_eq!(load(Rc::new(1), 2).await, 3);
}
