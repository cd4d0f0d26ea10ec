#![deny(warnings)]

use cache_runtime::invalidates;

#[invalidates("suite:{id}")]
async fn change(id: u64, (a, mut b): (u64, Vec<u64>), _: u8) -> u64 {
    b.push(id);
    a + b.len() as u64
}

#[tokio::main]
async fn main() {
    assert_eq!(change(1, (2, vec![]), 3).await, 3);
}
