#![deny(warnings)]

use cache_runtime::invalidates;

#[invalidates(tags = ["project:{project}", "all"], events = ["suite.updated:{id}"])]
async fn change(project: &str, id: u64) -> Result<(), String> {
    let _ = (project, id);
    Ok(())
}

#[invalidates(events = "suite.updated")]
async fn publish() {}

#[invalidates(tags = "project")]
fn clear() {}

#[tokio::main]
async fn main() {
    change("a", 1).await.unwrap();
    publish().await;
    let _ = clear;
}
