//! The runtime by hand: the global cache, scopes of their own, values under paths.

use std::time::Duration;

use cache_runtime::{Cache, Clock, Ttl, current, ttl, with_cache, with_tenant};
use tests::shared::probe;
use tests::{CountingBody, RedisServer, Worker, patient, stages};

const WORKER: &str = env!("CARGO_BIN_EXE_worker");

#[tokio::test]
async fn never_initialised_it_caches_in_memory_with_one_warning() {
    let mut worker = Worker::start(WORKER, &["never_initialised"], &[]);
    assert_eq!(worker.line().await, "1", "one run for two calls");
    assert_eq!(worker.line().await, "memory");
    assert_eq!(worker.line().await, "1", "one warning");
    let late = worker.line().await;
    assert!(late.contains("already initialised"), "{late}");
}

#[tokio::test]
async fn a_second_init_is_an_error() {
    let mut worker = Worker::start(WORKER, &["initialised_twice"], &[]);
    assert_eq!(worker.line().await, "ok");
    for _ in 0..2 {
        let again = worker.line().await;
        assert!(again.contains("already initialised"), "{again}");
        assert!(again.contains("help: "), "{again}");
    }
}

#[tokio::test]
async fn a_cache_of_its_own_shares_nothing() {
    let memory = async || Cache::builder().memory().connect().await.unwrap();
    let (first, second) = (memory().await, memory().await);
    let body = CountingBody::new();
    for cache in [&first, &second, &first, &second] {
        with_cache(cache.clone(), probe(body.clone(), 1)).await;
    }
    assert_eq!(body.runs(), 2);
    // An inner scope ends with its future.
    with_cache(first.clone(), async {
        with_cache(second.clone(), async {
            current().clear_all().await.unwrap()
        })
        .await;
        probe(body.clone(), 1).await;
    })
    .await;
    assert_eq!(body.runs(), 2);
    with_cache(second, probe(body.clone(), 1)).await;
    assert_eq!(body.runs(), 3);
}

#[tokio::test]
async fn namespaces_on_one_server_share_nothing() {
    let server = RedisServer::start();
    let named = async |name: &str| patient(&server).namespace(name).connect().await.unwrap();
    let (first, second) = (named("first").await, named("second").await);
    first.put("a:b", &1_u64, ttl::SHORT).await.unwrap();
    assert_eq!(second.get::<u64>("a:b").await.unwrap(), None);
    second.clear_all().await.unwrap();
    assert_eq!(first.get("a:b").await.unwrap(), Some(1_u64));
    assert!(server.keys().iter().any(|key| key.starts_with("first:")));
}

#[tokio::test]
async fn values_are_put_got_and_removed_by_hand() {
    for stage in stages().await {
        stage
            .run(async {
                let cache = current();
                assert_eq!(cache.get::<String>("doc:1").await.unwrap(), None);
                let text = "a text".to_owned();
                cache.put("doc:1", &text, ttl::SHORT).await.unwrap();
                assert_eq!(
                    cache.get::<String>("doc:1").await.unwrap(),
                    Some(text.clone())
                );
                assert_eq!(
                    cache.get::<u64>("doc:1").await.unwrap(),
                    None,
                    "another type"
                );
                let other = with_tenant("acme", async { cache.get::<String>("doc:1").await });
                assert_eq!(other.await.unwrap(), None, "another tenant");
                cache
                    .put("doc:1", &"newer".to_owned(), Ttl::Never)
                    .await
                    .unwrap();
                assert_eq!(
                    cache.get::<String>("doc:1").await.unwrap().unwrap(),
                    "newer"
                );
                cache.remove("doc:1").await.unwrap();
                assert_eq!(cache.get::<String>("doc:1").await.unwrap(), None);
                cache.put("doc:1", &text, Ttl::Default).await.unwrap();
                cache.invalidate("doc:*").await.unwrap();
                assert_eq!(cache.get::<String>("doc:1").await.unwrap(), None);
            })
            .await;
    }
}

#[tokio::test]
async fn get_or_fetch_runs_its_fetcher_once() {
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                let cache = current();
                let fetch = async |fails: bool| {
                    let work =
                        || body.run(async move { if fails { Err("no") } else { Ok(7_u64) } });
                    cache.get_or_fetch("number:7", ttl::SHORT, work).await
                };
                assert_eq!(fetch(true).await, Err("no"));
                assert_eq!(fetch(false).await, Ok(7));
                assert_eq!(fetch(true).await, Ok(7), "from the cache");
                assert_eq!(body.runs(), 2);
                assert_eq!(cache.get::<u64>("number:7").await.unwrap(), Some(7));
                cache.invalidate("number:7").await.unwrap();
                assert_eq!(fetch(true).await, Err("no"));
            })
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_blocking_twins_do_the_same() {
    for stage in stages().await {
        let cache = stage.cache.clone();
        let work = tokio::task::spawn_blocking(move || {
            let cache = cache.blocking();
            cache.put("doc:1", &1_u64, ttl::SHORT).unwrap();
            assert_eq!(cache.get("doc:1").unwrap(), Some(1_u64));
            cache.remove("doc:1").unwrap();
            assert_eq!(cache.get::<u64>("doc:1").unwrap(), None);
            let fetch =
                |value| cache.get_or_fetch("doc:2", ttl::SHORT, || Ok::<u64, String>(value));
            assert_eq!((fetch(2), fetch(3)), (Ok(2), Ok(2)));
            cache.invalidate("doc:*").unwrap();
            assert_eq!(fetch(3), Ok(3));
            cache.invalidate_tag("none").unwrap();
            cache.publish("none").unwrap();
            cache.clear_tenant("none").unwrap();
            assert_eq!(fetch(4), Ok(3), "nothing of this reached it");
            cache.clear_all().unwrap();
            assert_eq!(fetch(4), Ok(4));
            cache.settled();
        });
        work.await.unwrap();
    }
}

#[tokio::test]
async fn statistics_count_what_calls_met() {
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                let stats = || stage.cache.stats();
                probe(body.clone(), 1).await;
                assert_eq!((stats().hits, stats().misses, stats().runs), (0, 1, 1));
                probe(body.clone(), 1).await;
                probe(body.clone(), 1).await;
                assert_eq!((stats().hits, stats().misses, stats().runs), (2, 1, 1));
                assert_eq!(stats().stored, 1);
                current().invalidate("shared:*").await.unwrap();
                assert_eq!(stats().invalidations, 1);
                probe::uncached(body.clone(), 1).await;
                assert_eq!((stats().bypassed, stats().errors), (1, 0));
                let clone = stage.cache.clone();
                assert_eq!(clone.stats(), stats(), "clones are one cache");
            })
            .await;
    }
}

#[tokio::test]
async fn health_names_the_store_and_not_its_password() {
    let memory = Cache::builder().memory().connect().await.unwrap();
    let health = memory.health();
    assert_eq!(
        (health.store.as_str(), health.connected, health.owed),
        ("memory", true, 0)
    );

    let server = RedisServer::start_with(&["--requirepass", "hunter2"]);
    let url = format!("redis://:hunter2@127.0.0.1:{}", server.port());
    let redis = Cache::builder().redis(url.clone()).connect().await.unwrap();
    let health = redis.health();
    assert!(health.connected);
    assert!(
        health.store.contains(&server.port().to_string()),
        "{health}"
    );
    let told = format!(
        "{health} {health:?} {redis:?} {:?}",
        Cache::builder().redis(url)
    );
    assert!(!told.contains("hunter2"), "{told}");
}

#[tokio::test]
async fn memory_holds_no_more_than_it_is_allowed() {
    let cache = Cache::builder()
        .memory()
        .max_entries(100)
        .connect()
        .await
        .unwrap();
    for n in 0..10_000_u64 {
        cache.put(&format!("n:{n}"), &n, Ttl::Never).await.unwrap();
    }
    let mut left = 0;
    for n in 0..10_000_u64 {
        if let Some(value) = cache.get::<u64>(&format!("n:{n}")).await.unwrap() {
            assert_eq!(value, n);
            left += 1;
        }
    }
    assert!((1..=200).contains(&left), "{left} entries");
}

#[tokio::test]
async fn a_manual_clock_turns_only_by_hand() {
    let clock = Clock::manual();
    let cache = Cache::builder()
        .memory()
        .clock(clock.clone())
        .connect()
        .await
        .unwrap();
    cache
        .put("a", &1_u64, Duration::from_secs(10))
        .await
        .unwrap();
    clock.advance(Duration::from_millis(9_999));
    assert_eq!(cache.get("a").await.unwrap(), Some(1_u64));
    clock.advance(Duration::from_millis(1));
    assert_eq!(cache.get::<u64>("a").await.unwrap(), None);
}
