#![deny(warnings)]

use cache_runtime::cached;

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Suite(u64);

impl Suite {
    #[cached(companion = none)]
    async fn load(id: u64) -> Self {
        Suite(id)
    }
}

#[tokio::main]
async fn main() {
    assert_eq!(Suite::load(1).await, Suite(1));
}
