#![deny(warnings)]

mod suites {
    use cache_runtime::cached;

    #[cached(prefix = "suite")]
    pub(crate) async fn get_suite(id: u64) -> u64 {
        id
    }

    pub mod inner {
        #[cache_runtime::cached]
        pub(super) fn hidden(id: u64) -> u64 {
            id
        }
    }

    pub fn key_of_hidden(id: u64) -> cache_runtime::Key {
        let _ = inner::hidden(id);
        inner::hidden::key(id)
    }
}

use suites::get_suite;

#[tokio::main]
async fn main() {
    assert_eq!(get_suite(1).await, 1);
    assert_eq!(get_suite::key(1), suites::get_suite::key(1));
    let _ = suites::key_of_hidden(1);
}
