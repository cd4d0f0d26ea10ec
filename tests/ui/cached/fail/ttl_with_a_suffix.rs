//! A unit belongs into quotes.

use cache_runtime::cached;

#[cached(ttl = 5m)]
async fn get_suite(id: u64) -> u64 {
    id
}

fn main() {}
