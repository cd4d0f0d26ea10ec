//! Cached functions that a test and its worker processes both call.

use std::future::pending;
use std::time::Duration;

use cache_runtime::cached;

use crate::CountingBody;

/// A body of 50 ms.
#[cached(prefix = "shared", skip(body))]
pub async fn slow(body: CountingBody, id: u64) -> u64 {
    body.run(tokio::time::sleep(Duration::from_millis(50)))
        .await;
    id * 10
}

/// A body that never ends in the process that holds, and at once elsewhere.
#[cached(prefix = "shared", skip(body, hold))]
pub async fn held(body: CountingBody, hold: bool, id: u64) -> u64 {
    let _run = body.enter();
    if hold {
        println!("running");
        pending::<()>().await;
    }
    id * 10
}

/// A body that only counts.
#[cached(prefix = "shared", skip(body))]
pub async fn probe(body: CountingBody, id: u64) -> u64 {
    body.run(async { id * 10 }).await
}

/// An item with a tag and two events.
#[cached(
    prefix = "suite",
    key = "item:{group}:{id}",
    skip(body),
    tags = ["group:{group}"],
    invalidate_on = ["suite.updated", "case.changed:{id}"]
)]
pub async fn item(body: CountingBody, group: String, id: u64) -> u64 {
    body.run(async { id }).await
}

/// Reads an item and says how often bodies ran so far.
pub async fn runs(body: &CountingBody, group: &str, id: u64) -> usize {
    item(body.clone(), group.to_owned(), id).await;
    body.runs()
}
