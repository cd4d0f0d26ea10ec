#![deny(warnings)]

use cache_runtime::cached;

#[cached]
#[cfg(all(unix, windows))]
async fn load(id: u64) -> Nothing {
    id
}

#[cached]
#[cfg(not(all(unix, windows)))]
async fn load(id: u64) -> u64 {
    id
}

fn main() {
    let _ = load::key(1);
}
