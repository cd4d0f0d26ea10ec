#![deny(warnings)]

use cache_runtime::cached;
use serde::Serialize;
use serde::de::DeserializeOwned;

#[cached(prefix = "generic")]
async fn echo<T>(value: T) -> T
where
    T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
{
    value
}

#[tokio::main]
async fn main() {
    assert_eq!(echo(1_u8).await, 1);
    assert_eq!(echo(String::from("a")).await, "a");
    assert_ne!(echo::key(1_u8), echo::key(1_u16));
    assert_eq!(echo::refresh::<u8>(1).await, 1);
}
