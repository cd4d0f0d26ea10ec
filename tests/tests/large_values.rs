//! A large value takes its time, and nobody else's.

use std::time::Duration;

use cache_runtime::{Cache, StoreState, cached, with_cache};
use tests::{Proxy, RedisServer, Weather, eventually, within};

/// Some 250 chunks of the proxy: at 5 ms each, longer than the budget of a call.
const LARGE: usize = 16 << 20;

#[cached(ttl = "10m", prefix = "blob")]
async fn blob(bytes: usize) -> String {
    "x".repeat(bytes)
}

async fn read(cache: &Cache, bytes: usize) {
    let call = with_cache(cache.clone(), blob(bytes));
    assert_eq!(within("a read", call).await.len(), bytes);
}

/// How many small reads failed to come from the store while a large one was on its way.
async fn held_up(connections: usize) -> u64 {
    let server = RedisServer::start();
    let budget = Duration::from_millis(500);
    let filler = Cache::builder().redis(server.url()).budget(budget * 20);
    let filler = filler.connect().await.unwrap();
    for bytes in [LARGE, 10] {
        eventually("the entry is stored", async || {
            let hits = filler.stats().hits;
            read(&filler, bytes).await;
            filler.stats().hits > hits
        })
        .await;
    }

    let proxy = Proxy::start(server.port());
    let reader = Cache::builder().redis(proxy.url()).budget(budget);
    let reader = reader.connections(connections).redis_timeout(budget * 20);
    let reader = reader.connect().await.unwrap();
    read(&reader, 10).await;
    proxy.set(Weather::Slow(Duration::from_millis(5)));
    // Nobody knows yet how large it is, so this one may hold up others.
    read(&reader, LARGE).await;
    let ready = async || reader.health().state == StoreState::Ready;
    eventually("the lanes are free again", ready).await;

    let before = reader.stats();
    let large = tokio::spawn({
        let reader = reader.clone();
        async move { read(&reader, LARGE).await }
    });
    while reader.stats().misses + reader.stats().errors == before.misses + before.errors {
        read(&reader, 10).await;
    }
    for _ in 0..20 {
        read(&reader, 10).await;
    }
    large.await.unwrap();
    let after = reader.stats();
    // The large one itself is one of those that failed.
    (after.errors - before.errors).saturating_sub(1)
}

#[tokio::test]
async fn a_large_value_holds_up_nobody_else() {
    assert_eq!(held_up(2).await, 0);
}

/// With one connection for all there is no way around it: so we know that the test can see.
#[tokio::test]
async fn on_a_single_connection_it_does() {
    assert!(held_up(1).await > 0);
}
