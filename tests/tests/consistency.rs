//! Promise 1: no stale read after an acknowledged invalidation. Each check is run on a naive
//! cache too, which must be found stale: so we know that the checker can see.

use std::time::Duration;

use cache_runtime::Cache;
use tests::alone;
use tests::checker::{Load, NaiveMemory, Ours, Report, Sabotage, in_memory, on_redis};

const WORKER: &str = env!("CARGO_BIN_EXE_worker");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_gives_no_stale_read() {
    let report = redis("ours", Load::usual(), Sabotage::None, (20, 50_000)).await;
    assert_consistent(&report);
    assert!(
        report.hits > report.reads / 4,
        "it is hardly a cache: {report}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_naive_cache_on_redis_is_seen_to_be_stale() {
    let report = redis("naive", Load::usual(), Sabotage::None, (20, 50_000)).await;
    assert!(report.stale > 0, "the checker sees nothing: {report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_gives_no_stale_read_while_epochs_vanish() {
    let report = redis("ours", Load::usual(), Sabotage::DeleteEpochs, (10, 5_000)).await;
    assert_consistent(&report);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_gives_no_stale_read_while_it_is_flushed() {
    let report = redis("ours", Load::usual(), Sabotage::FlushAll, (10, 5_000)).await;
    assert_consistent(&report);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_gives_no_stale_read_while_it_restarts_from_old_snapshots() {
    let report = redis("ours", Load::usual(), Sabotage::Restart, (10, 5_000)).await;
    assert_consistent(&report);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_gives_no_stale_read_while_it_evicts_what_it_likes() {
    let report = redis("ours", Load::usual(), Sabotage::Evict, (10, 5_000)).await;
    assert_consistent(&report);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiters_that_join_a_flight_across_an_invalidation_get_nothing_stale() {
    let report = redis("ours", Load::crowded(), Sabotage::None, (10, 2_000)).await;
    assert_consistent(&report);
    assert!(report.runs < report.reads, "nobody ever joined: {report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_gives_no_stale_read() {
    let usual = many_readers(Load::usual());
    let report = memory(Ours(memory_cache().await), usual, 20).await;
    assert_consistent(&report);
    assert!(report.reads >= 50_000, "too few reads: {report}");
    let report = memory(Ours(memory_cache().await), Load::crowded(), 5).await;
    assert_consistent(&report);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_naive_cache_in_memory_is_seen_to_be_stale() {
    let usual = many_readers(Load::usual());
    let report = memory(NaiveMemory::default(), usual, 20).await;
    assert!(report.stale > 0, "the checker sees nothing: {report}");
}

async fn redis(which: &str, load: Load, sabotage: Sabotage, least: (u64, u64)) -> Report {
    let _alone = alone().await;
    let least = (Duration::from_secs(least.0), least.1);
    let report = on_redis(WORKER, which, load, sabotage, least).await;
    println!("{which} on redis, {sabotage:?}: {report}");
    report
}

async fn memory<S: tests::checker::Subject>(subject: S, load: Load, seconds: u64) -> Report {
    let _alone = alone().await;
    let report = in_memory(subject, load, Duration::from_secs(seconds)).await;
    println!("in memory: {report}");
    report
}

async fn memory_cache() -> Cache {
    Cache::builder().memory().connect().await.unwrap()
}

fn many_readers(load: Load) -> Load {
    Load {
        readers: 12,
        ..load
    }
}

fn assert_consistent(report: &Report) {
    assert_eq!((report.stale, report.invented), (0, 0), "{report}");
    assert!(
        report.invalidations >= 100,
        "too few invalidations: {report}"
    );
}
