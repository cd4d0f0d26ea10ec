#![deny(warnings)]

use cache_runtime::cached;
use std::num::ParseIntError;

#[derive(Clone, Debug)]
struct Unreadable;

impl From<ParseIntError> for Unreadable {
    fn from(_: ParseIntError) -> Self {
        Unreadable
    }
}

#[cached]
async fn parsed(text: &str) -> Result<u64, Unreadable> {
    if text.is_empty() {
        return Err(Unreadable);
    }
    let number: u64 = text.parse()?;
    Ok(number)
}

#[cached]
fn parsed_now(text: &str) -> Result<u64, Unreadable> {
    Ok(text.parse::<u64>()?)
}

#[tokio::main]
async fn main() {
    assert_eq!(parsed("42").await.unwrap(), 42);
    assert!(parsed("x").await.is_err());
    assert_eq!(
        tokio::task::spawn_blocking(|| parsed_now("7"))
            .await
            .unwrap()
            .unwrap(),
        7
    );
}
