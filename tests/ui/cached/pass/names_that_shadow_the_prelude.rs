#![deny(warnings)]

use cache_runtime::cached;

#[allow(dead_code)]
struct Option;
#[allow(dead_code)]
struct Result;
#[allow(dead_code, non_camel_case_types)]
struct core;
#[allow(dead_code, non_camel_case_types)]
struct std;
#[allow(dead_code)]
fn drop() {}

#[cached]
async fn load(id: u64) -> u64 {
    id
}

#[tokio::main]
async fn main() {
    assert_eq!(load(1).await, 1);
}
