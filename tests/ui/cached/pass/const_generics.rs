#![deny(warnings)]

use cache_runtime::cached;

#[cached(prefix = "const", key = "{N},{id}")]
async fn times<const N: u64>(id: u64) -> u64 {
    id * N
}

#[cached]
fn pick<const FIRST: bool>(a: u8, b: u8) -> u8 {
    if FIRST { a } else { b }
}

#[tokio::main]
async fn main() {
    assert_eq!(times::<2>(4).await, 8);
    assert_eq!(times::<3>(4).await, 12);
    assert_eq!(times::key::<3>(4).to_string(), "const:3,4");
    assert_ne!(pick::key::<true>(1, 2), pick::key::<false>(1, 2));
    let _ = pick::<true>;
}
