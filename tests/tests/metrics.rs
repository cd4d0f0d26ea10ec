//! What a recorder of metrics is told about the store.

use std::time::Duration;

use cache_runtime::{Cache, StoreState, metrics};
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use tests::{RedisServer, eventually};

/// The last value of the metric for this store.
fn value(all: &Snapshotter, name: &str, store: &str) -> Option<f64> {
    let of = all.snapshot().into_vec().into_iter().find(|(key, ..)| {
        let key = key.key();
        key.name() == name && key.labels().any(|label| label.value() == store)
    });
    of.map(|(.., value)| match value {
        DebugValue::Gauge(value) => value.into_inner(),
        DebugValue::Counter(count) => count as f64,
        DebugValue::Histogram(_) => panic!("{name} is no histogram"),
    })
}

#[tokio::test]
async fn the_state_of_the_store_and_what_is_owed_are_told() {
    let recorder = DebuggingRecorder::new();
    let all = recorder.snapshotter();
    recorder.install().unwrap();
    let mut server = RedisServer::start();
    let cache = Cache::builder()
        .redis(server.url())
        .connect()
        .await
        .unwrap();
    let store = cache.health().store;
    assert_eq!(value(&all, metrics::STORE_CONNECTS, &store), Some(1.0));
    assert_eq!(value(&all, metrics::STORE_STATE, &store), Some(0.0));

    server.stop();
    let _ = cache.get::<u64>("a:b").await;
    assert_eq!(cache.health().state, StoreState::Late);
    assert_eq!(value(&all, metrics::STORE_STATE, &store), Some(1.0));

    server.kill();
    let away = async || cache.health().state == StoreState::Away;
    eventually("the link is left", away).await;
    assert_eq!(value(&all, metrics::STORE_STATE, &store), Some(2.0));
    for _ in 0..3 {
        cache.invalidate("a:*").await.unwrap_err();
    }
    cache.invalidate("b:*").await.unwrap_err();
    assert_eq!(value(&all, metrics::INVALIDATIONS_OWED, &store), Some(2.0));
    assert_eq!(cache.health().owed, 2);
    tokio::time::sleep(Duration::from_millis(1)).await;
    let (away, owed) = (cache.health().state_for, cache.health().owed_for.unwrap());
    assert!(!owed.is_zero() && owed <= away, "{}", cache.health());

    server.restart();
    cache.settled().await;
    eventually("it is ready", async || cache.health().connected).await;
    assert_eq!(value(&all, metrics::INVALIDATIONS_OWED, &store), Some(0.0));
    assert_eq!(value(&all, metrics::STORE_STATE, &store), Some(0.0));
    assert_eq!(cache.health().connects, 2);
    assert_eq!(cache.health().owed_for, None);
}
