#![deny(warnings)]

use cache_runtime::cached;

#[cached(companion = suite_cache, prefix = "suite")]
async fn get_suite(id: u64) -> u64 {
    id
}

#[allow(non_camel_case_types)]
struct get_suite {}

struct Service;

impl Service {
    #[cached(companion = cached_load, skip(self))]
    fn load(&self, id: u64) -> u64 {
        id
    }
}

fn main() {
    let _ = (get_suite {}, get_suite(1), Service.load(1));
    assert_eq!(suite_cache::key(1).to_string(), "suite:get_suite:1");
    let _ = Service::cached_load_key(1);
}
