//! What a write can make stale, from one entry to everything: a call shape, a pattern, a
//! tag, an event, and `{ok.id}`. After each write the program reads everything again and
//! says which bodies had to run.
//!
//! ```text
//! cargo run -p examples --bin invalidation
//! ```

use std::sync::{Mutex, PoisonError};

use cache_runtime::{Cache, cached, current, invalidates};

static RUNS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn ran(body: String) {
    RUNS.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(body);
}

#[cached(ttl = 60, prefix = "case", tags = ["project:{project}"])]
async fn get_case(project: u64, id: u64) -> u64 {
    ran(format!("case {project}.{id}"));
    id
}

#[cached(ttl = 60, prefix = "case", key = "list:{project}")]
async fn list_cases(project: u64) -> Vec<u64> {
    ran(format!("cases of {project}"));
    vec![1, 2]
}

#[cached(ttl = 60, prefix = "figures", invalidate_on = "case.moved:{project}")]
async fn figures(project: u64) -> u64 {
    ran(format!("figures of {project}"));
    project
}

#[cached(
    ttl = 60,
    prefix = "figures",
    key = "overall",
    invalidate_on = "case.moved"
)]
async fn overall() -> u64 {
    ran("overall".to_owned());
    0
}

/// A call shape: the entry of exactly this call.
#[invalidates(get_case(project, id))]
async fn edit_case(project: u64, id: u64) {}

/// A call shape with `..`: all entries of that function. A pattern: all below a level.
#[invalidates(list_cases(..))]
async fn add_case() {}

#[invalidates("case:*")]
async fn import_cases() {}

/// A tag: whatever bears it, of whatever function.
#[invalidates(tags = ["project:{project}"])]
async fn archive_project(project: u64) {}

/// An event says what happened; those who listen decide that it concerns them. The project
/// is known only when the body is done: `{ok.project}` is a field of what it returned. No
/// success (`None`, or an `Err`), no event.
#[invalidates(events = ["case.moved:{ok.project}"])]
async fn move_case(case: u64) -> Option<Moved> {
    (case != 13).then_some(Moved { project: 1 })
}

struct Moved {
    project: u64,
}

/// Reads everything, and says whose body had to run for it.
async fn stale() -> String {
    for project in [1, 2] {
        get_case(project, 1).await;
        get_case(project, 2).await;
        list_cases(project).await;
        figures(project).await;
    }
    overall().await;
    let ran = std::mem::take(&mut *RUNS.lock().unwrap_or_else(PoisonError::into_inner));
    if ran.is_empty() {
        "nothing".to_owned()
    } else {
        ran.join(", ")
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    cache_runtime::init(Cache::builder().memory().connect().await?)?;

    println!("at first            {}", stale().await);
    println!("no write            {}", stale().await);
    edit_case(1, 2).await;
    check("call shape", "case 1.2").await;
    add_case().await;
    check("call shape (..)", "cases of 1, cases of 2").await;
    import_cases().await;
    check(
        "pattern",
        "case 1.1, case 1.2, cases of 1, case 2.1, case 2.2, cases of 2",
    )
    .await;
    archive_project(2).await;
    check("tag", "case 2.1, case 2.2").await;
    move_case(7).await;
    check("event, narrow", "figures of 1, overall").await;
    move_case(13).await;
    check("nothing was moved", "nothing").await;

    // The same without a function around it, and one entry by its own key.
    current().publish("case.moved").await?;
    check("event, wide", "figures of 1, figures of 2, overall").await;
    figures::invalidate(2).await?;
    check("one entry", "figures of 2").await;
    Ok(())
}

async fn check(write: &str, expected: &str) {
    let stale = stale().await;
    println!("{write:<19} {stale}");
    assert_eq!(
        stale, expected,
        "exactly what the write touched is computed again"
    );
}
