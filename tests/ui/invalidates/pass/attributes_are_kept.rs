#![deny(warnings)]

use cache_runtime::invalidates;

/// Documented.
#[must_use]
#[tracing::instrument(skip(name))]
#[invalidates("suite:{id}")]
#[allow(clippy::needless_pass_by_value)]
async fn change(id: u64, name: String) -> u64 {
    id + name.len() as u64
}

#[tokio::main]
async fn main() {
    assert_eq!(change(1, "a".into()).await, 2);
}
