//! Promises 1, 3, 4 and 5 at once: whatever happens to the server, the network and the
//! processes, with the budgets the library has by default.

use std::str::FromStr;
use std::time::Duration;

use tests::alone;
use tests::chaos::{Fault, Plan, run};

const PROGRAM: &str = env!("CARGO_BIN_EXE_chaos");

/// `CHAOS_SECONDS=1800 CHAOS_SEED=1` for a long run, or for the same choices once more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_nothing_stale_wrong_or_foreign_is_read_and_no_call_fails() {
    let _alone = alone().await;
    let plan = Plan {
        seed: variable("CHAOS_SEED").unwrap_or_else(|| fastrand::u64(..1_000_000)),
        time: Duration::from_secs(variable("CHAOS_SECONDS").unwrap_or(180)),
        subject: "ours",
        faults: Fault::ALL.to_vec(),
    };
    let outcome = run(PROGRAM, &plan).await;
    println!("{outcome}");
    let failures = outcome.failures(&plan.faults);
    assert!(failures.is_empty(), "{failures:?}\n{}", outcome.story());
    let report = &outcome.report;
    assert!(
        report.hits > report.reads / 50,
        "it is hardly a cache: {outcome}"
    );
    assert!(report.settled > 0, "nothing was ever owed: {outcome}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_naive_cache_is_seen_to_be_stale_under_some_of_the_same() {
    let _alone = alone().await;
    let plan = Plan {
        seed: variable("CHAOS_SEED").unwrap_or_else(|| fastrand::u64(..1_000_000)),
        time: Duration::from_secs(20),
        subject: "naive",
        // Those after which a plain connection still works.
        faults: vec![Fault::Flushed, Fault::ServerStopped, Fault::Slow],
    };
    let outcome = run(PROGRAM, &plan).await;
    println!("{outcome}");
    assert!(
        outcome.report.stale > 0,
        "the checker sees nothing: {outcome}"
    );
}

fn variable<T: FromStr>(name: &str) -> Option<T> {
    let value = std::env::var(name).ok()?;
    let read = value.parse().ok();
    assert!(read.is_some(), "{name}={value} is no number");
    read
}
