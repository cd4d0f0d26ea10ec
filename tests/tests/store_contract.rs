//! What every store promises, asked through the public surface: one suite, each store.

use std::time::Duration;

use cache_runtime::{Cache, carry, current, ttl, with_cache, with_tenant};
use serde::{Deserialize, Serialize};
use tests::shared::probe;
use tests::{CountingBody, RedisServer, Stage, eventually, patient, stages};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Runs one clause on every store, then what must hold after any of them.
async fn every_store<F: Future<Output = ()>>(clause: impl Fn(Cache) -> F) {
    for stage in stages().await {
        stage.run(clause(stage.cache.clone())).await;
        holds_afterwards(&stage).await;
    }
}

/// Nothing is owed, nothing failed, and the store can still be written, read and cleared.
async fn holds_afterwards(stage: &Stage) {
    let cache = &stage.cache;
    cache.settled().await;
    let health = cache.health();
    assert!(health.connected && health.owed == 0, "{health}");
    assert_eq!(cache.stats().errors, 0, "on {}", stage.name);
    cache.put("afterwards:1", &1_u64, ttl::SHORT).await.unwrap();
    assert_eq!(cache.get("afterwards:1").await.unwrap(), Some(1_u64));
    cache.clear_all().await.unwrap();
    assert_eq!(cache.get::<u64>("afterwards:1").await.unwrap(), None);
    if let Some(server) = &stage.server {
        for command in server.commands_processed().keys() {
            let forbidden = ["scan", "flushall", "flushdb", "monitor"];
            assert!(!forbidden.contains(&command.as_str()), "{command} was sent");
        }
        // Whatever it left behind ends by itself: nothing without a lifetime but `never`.
        for key in server.keys() {
            let left: i64 = server.cli(&["PTTL", &key]);
            assert!(
                left > 0 || key.contains(":e:") || left == -2,
                "{key} stays for ever"
            );
        }
    }
}

#[tokio::test]
async fn what_is_stored_is_read_until_it_is_removed() {
    every_store(async |cache| {
        for n in 0..100_u64 {
            cache.put(&format!("n:{n}"), &n, ttl::LONG).await.unwrap();
        }
        for n in 0..100_u64 {
            assert_eq!(cache.get(&format!("n:{n}")).await.unwrap(), Some(n));
        }
        cache.remove("n:7").await.unwrap();
        assert_eq!(cache.get::<u64>("n:7").await.unwrap(), None);
        assert_eq!(cache.get("n:8").await.unwrap(), Some(8_u64));
    })
    .await;
}

/// Values of every shape come back equal.
#[tokio::test]
async fn values_of_every_shape_come_back_equal() {
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Point,
        Circle(f64),
        Named {
            name: String,
            sides: Vec<u32>,
            inner: Option<Box<Shape>>,
        },
    }
    every_store(async |cache| {
        let shape = Shape::Named {
            name: "a \"quoted\" \u{1F600} \0".into(),
            sides: (0..1000).collect(),
            inner: Some(Box::new(Shape::Circle(0.1 + 0.2))),
        };
        for (n, value) in [Shape::Point, Shape::Circle(f64::MIN_POSITIVE), shape]
            .iter()
            .enumerate()
        {
            let path = format!("shape:{n}");
            cache.put(&path, value, ttl::LONG).await.unwrap();
            assert_eq!(
                cache.get::<Shape>(&path).await.unwrap().as_ref(),
                Some(value)
            );
        }
        let large = "large".repeat(1_000_000);
        cache.put("large:1", &large, ttl::SHORT).await.unwrap();
        assert_eq!(cache.get::<String>("large:1").await.unwrap(), Some(large));
        cache
            .put("empty:1", &String::new(), ttl::SHORT)
            .await
            .unwrap();
        assert_eq!(
            cache.get::<String>("empty:1").await.unwrap(),
            Some(String::new())
        );
    })
    .await;
}

#[tokio::test]
async fn every_scope_of_an_entry_can_be_made_stale() {
    every_store(async |cache| {
        let path = "a:b:c:d:e:f:g:h";
        for pattern in ["*", "a:*", "a:b:*", "a:b:c:d:e:f:g:*", path] {
            cache.put(path, &1_u64, ttl::SHORT).await.unwrap();
            cache.invalidate(pattern).await.unwrap();
            assert_eq!(cache.get::<u64>(path).await.unwrap(), None, "{pattern}");
        }
        for pattern in ["b:*", "a:b", "a:b:c:d:e:f:g", "a:b:c:d:e:f:g:i", "a:c:*"] {
            cache.put(path, &1_u64, ttl::SHORT).await.unwrap();
            cache.invalidate(pattern).await.unwrap();
            assert_eq!(cache.get(path).await.unwrap(), Some(1_u64), "{pattern}");
        }
    })
    .await;
}

/// An invalidation during the body: what it returns is given to its caller, and not stored.
#[tokio::test]
async fn a_fill_that_was_overtaken_is_refused() {
    every_store(async |cache| {
        for (before, pattern) in ["fill:1", "fill:*", "*"].into_iter().enumerate() {
            let (begun, go_on) = (Notify::new(), Notify::new());
            let slow = cache.get_or_fetch("fill:1", ttl::SHORT, || async {
                begun.notify_one();
                go_on.notified().await;
                Ok::<_, String>(1_u64)
            });
            let overtake = async {
                begun.notified().await;
                cache.invalidate(pattern).await.unwrap();
                go_on.notify_one();
            };
            let (value, ()) = tokio::join!(slow, overtake);
            assert_eq!(value, Ok(1));
            // Its caller does not wait for the fill.
            let refused = async || cache.stats().refused == before as u64 + 1;
            eventually("the fill is refused", refused).await;
            assert_eq!(cache.get::<u64>("fill:1").await.unwrap(), None, "{pattern}");
        }
    })
    .await;
}

/// A value put by hand during the body wins over the fill.
#[tokio::test]
async fn a_put_refuses_the_fill_in_progress() {
    every_store(async |cache| {
        let (begun, go_on) = (Notify::new(), Notify::new());
        let slow = cache.get_or_fetch("fill:1", ttl::SHORT, || async {
            begun.notify_one();
            go_on.notified().await;
            Ok::<_, String>(1_u64)
        });
        let overtake = async {
            begun.notified().await;
            cache.put("fill:1", &2_u64, ttl::SHORT).await.unwrap();
            go_on.notify_one();
        };
        tokio::join!(slow, overtake).0.unwrap();
        eventually("the fill is refused", async || cache.stats().refused == 1).await;
        assert_eq!(cache.get("fill:1").await.unwrap(), Some(2_u64));
    })
    .await;
}

#[tokio::test]
async fn tenants_and_the_namespace_are_scopes_too() {
    every_store(async |cache| {
        let read = async |tenant: &'static str| {
            with_tenant(tenant, cache.get::<u64>("t:1")).await.unwrap()
        };
        let write = async || {
            for tenant in ["a", "b"] {
                with_tenant(tenant, cache.put("t:1", &1_u64, ttl::SHORT))
                    .await
                    .unwrap();
            }
            cache.put("t:1", &1_u64, ttl::SHORT).await.unwrap();
        };
        write().await;
        cache.clear_tenant("a").await.unwrap();
        assert_eq!((read("a").await, read("b").await), (None, Some(1)));
        assert_eq!(cache.get("t:1").await.unwrap(), Some(1_u64));
        write().await;
        cache.invalidate("*").await.unwrap();
        assert_eq!((read("a").await, read("b").await), (Some(1), Some(1)));
        assert_eq!(cache.get::<u64>("t:1").await.unwrap(), None);
        write().await;
        cache.clear_all().await.unwrap();
        assert_eq!((read("a").await, read("b").await), (None, None));
        assert_eq!(cache.get::<u64>("t:1").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn concurrent_calls_share_one_run_and_later_ones_its_value() {
    every_store(async |cache| {
        let body = CountingBody::new();
        let calls = (0..100).map(|_| carry(probe(body.clone(), 5)));
        let values = calls.collect::<JoinSet<u64>>().join_all().await;
        assert_eq!(values, vec![50; 100]);
        assert_eq!(probe(body.clone(), 5).await, 50);
        assert_eq!((body.runs(), cache.stats().runs), (1, 1));
    })
    .await;
}

/// Invalidations and reads of many tasks at once: nothing is owed and nothing fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_invalidations_at_once_are_all_acknowledged() {
    every_store(async |_| {
        let body = CountingBody::new();
        let calls = (0..200).map(|n| {
            let body = body.clone();
            carry(async move {
                assert_eq!(probe(body, n % 10).await, n % 10 * 10);
                current()
                    .invalidate(&format!("shared:probe:{}", n % 10))
                    .await
                    .unwrap();
            })
        });
        calls.collect::<JoinSet<()>>().join_all().await;
        assert!(current().stats().invalidations >= 200);
    })
    .await;
}

/// Two caches on one server see each other; two in memory do not.
#[tokio::test]
async fn a_shared_store_is_shared() {
    let server = RedisServer::start();
    let one = patient(&server).connect().await.unwrap();
    let two = patient(&server).connect().await.unwrap();
    let body = CountingBody::new();
    with_cache(one.clone(), probe(body.clone(), 1)).await;
    eventually("the other reads it", async || {
        with_cache(two.clone(), probe(body.clone(), 1)).await;
        two.stats().hits > 0
    })
    .await;
    assert_eq!(body.runs(), 1);
    with_cache(two.clone(), current_invalidate("shared:*")).await;
    with_cache(one, probe(body.clone(), 1)).await;
    assert_eq!(body.runs(), 2);
}

async fn current_invalidate(pattern: &str) {
    current().invalidate(pattern).await.unwrap();
}

#[tokio::test]
async fn a_lease_shorter_than_its_body_is_renewed() {
    let server = RedisServer::start();
    // Long enough that a loaded machine renews in time.
    let lease = Duration::from_secs(1);
    let one = patient(&server).lease(lease).connect().await.unwrap();
    let two = patient(&server).lease(lease).connect().await.unwrap();
    let body = CountingBody::new();
    let fetch = async |cache: &Cache| {
        let work = || {
            body.run(async {
                tokio::time::sleep(lease * 3).await;
                Ok::<u64, String>(7)
            })
        };
        cache.get_or_fetch("long:1", ttl::SHORT, work).await
    };
    let late = async {
        eventually("the first runs", async || body.in_flight() == 1).await;
        fetch(&two).await
    };
    assert_eq!(tokio::join!(fetch(&one), late), (Ok(7), Ok(7)));
    assert_eq!(body.runs(), 1);
}
