#![deny(warnings)]

use cache_runtime::cached;

fn main() {
    #[cached]
    fn inner(id: u64) -> u64 {
        id
    }
    assert_eq!(inner(1), 1);
    assert_eq!(inner::key(1), inner::key(1));
    assert_ne!(inner::key(1), other());
}

fn other() -> cache_runtime::Key {
    #[cached]
    fn inner(id: u64) -> u64 {
        id
    }
    let _ = inner(1);
    inner::key(1)
}
