//! Nothing stays behind: no task, flight, listener, lease, mark or debt, whatever happened.
//!
//! Tasks are counted for the whole process, so one test runs after another. The long form, with
//! memory, is `cargo run --release -p tests --bin leaks`.

use std::time::Duration;

use cache_runtime::{Cache, with_cache};
use tests::leaks::{Leaks, most_scopes};
use tests::shared::slow;
use tests::{CountingBody, Cut, RedisServer, alone, eventually, patient, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_over_after_a_load_of_unfinished_work() {
    let _alone = alone().await;
    let leaks = Leaks::start().await;
    let load = leaks.load(Duration::from_secs(4), Duration::from_millis(100));
    let samples = within("the load", load).await;
    let most = samples.iter().map(|sample| sample.memory.scopes).max();
    assert!(most.unwrap() <= most_scopes(), "{most:?} scopes");
    let most = samples.iter().map(|sample| sample.redis.listeners).max();
    assert!(most.unwrap() > 0, "the load made nobody wait");
    eventually("nothing is left", async || leaks.left().is_empty()).await;
}

#[tokio::test]
async fn who_gives_up_waiting_for_what_is_owed_leaves_no_task() {
    let _alone = alone().await;
    let server = RedisServer::start();
    let cache = Cache::builder()
        .redis(server.url())
        .invalidation_budget(Duration::from_millis(50));
    let cache = cache.connect().await.unwrap();
    cache.invalidate("row:*").await.unwrap();
    server.stop();
    cache.invalidate("row:*").await.unwrap_err();
    let before = cache.left_over();
    assert_eq!(before.owed, 1);
    for _ in 0..1000 {
        assert!(Cut(1).of(cache.settled()).await.is_none(), "it is owed");
    }
    eventually("nobody waits any more", async || {
        // Some come and go with the attempts to connect.
        cache.left_over().tasks < before.tasks + 100
    })
    .await;
    server.cont();
    within("it is sent", cache.settled()).await;
    assert_eq!(cache.left_over().owed, 0);
}

#[tokio::test]
async fn a_cache_that_is_dropped_takes_its_tasks_and_connections_along() {
    let _alone = alone().await;
    let server = RedisServer::start();
    let clients = || {
        let clients: String = server.cli(&["CLIENT", "LIST"]);
        clients.lines().count()
    };
    let kept = patient(&server).connect().await.unwrap();
    let (before, connected) = (kept.left_over(), clients());
    for id in 0..20 {
        let cache = patient(&server).connect().await.unwrap();
        with_cache(cache, async {
            slow(CountingBody::new(), id).await;
            Cut(4).of(slow(CountingBody::new(), 100 + id)).await;
        })
        .await;
    }
    eventually("they are gone", async || {
        kept.left_over().tasks <= before.tasks && clients() <= connected
    })
    .await;
}
