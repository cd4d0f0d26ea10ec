#![deny(warnings)]

use cache_runtime::cached;

#[cached(prefix = "sync")]
fn double(n: u64) -> u64 {
    n * 2
}

fn main() {
    assert_eq!(double(21), 42);
    assert_eq!(double::key(21).to_string(), "sync:double:21");
}
