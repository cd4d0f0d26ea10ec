#![deny(warnings)]

use cache_runtime::cached;

#[must_use]
#[doc(alias = "fetch")]
#[allow(clippy::needless_pass_by_value)]
#[inline]
#[cached]
/// Documented.
async fn load(id: u64) -> u64 {
    id
}

#[tokio::main]
async fn main() {
    assert_eq!(load(1).await, 1);
}
