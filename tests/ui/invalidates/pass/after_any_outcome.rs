#![deny(warnings)]

use cache_runtime::invalidates;

#[invalidates("suite:{id}", when = always)]
async fn always(id: u64) -> Result<(), String> {
    Err(id.to_string())
}

#[invalidates("suite:{id}", when = success)]
async fn success(id: u64) -> Result<(), String> {
    Err(id.to_string())
}

#[tokio::main]
async fn main() {
    assert!(always(1).await.is_err() && success(1).await.is_err());
}
