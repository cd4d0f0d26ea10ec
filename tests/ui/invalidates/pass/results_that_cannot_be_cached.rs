#![deny(warnings)]

use cache_runtime::invalidates;
use std::sync::mpsc::{Receiver, channel};

#[invalidates("jobs:*")]
async fn start(id: u64) -> Result<Receiver<u64>, std::io::Error> {
    let (sender, receiver) = channel();
    let _ = sender.send(id);
    Ok(receiver)
}

#[tokio::main]
async fn main() {
    assert_eq!(start(1).await.unwrap().recv(), Ok(1));
}
