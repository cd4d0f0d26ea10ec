//! How long an entry lives, by a clock that is turned by hand.

use std::time::Duration;

use cache_runtime::{Cache, Clock, cached, ttl, with_cache};
use tests::{CountingBody, Log, RedisServer, patient};

#[cached(ttl = 300, prefix = "ttl", skip(body))]
async fn seconds(body: CountingBody) -> usize {
    body.run(async { 1 }).await
}

#[cached(ttl = "5m", prefix = "ttl", skip(body))]
async fn text(body: CountingBody) -> usize {
    body.run(async { 1 }).await
}

#[cached(ttl = Duration::from_secs(60) * 5, prefix = "ttl", skip(body))]
async fn expression(body: CountingBody) -> usize {
    body.run(async { 1 }).await
}

#[cached(ttl = ttl::SHORT, prefix = "ttl", skip(body))]
async fn preset(body: CountingBody) -> usize {
    body.run(async { 1 }).await
}

#[cached(ttl = never, prefix = "ttl", skip(body))]
async fn never(body: CountingBody) -> usize {
    body.run(async { 1 }).await
}

#[cached(prefix = "ttl", skip(body))]
async fn default(body: CountingBody) -> usize {
    body.run(async { 1 }).await
}

#[cached(ttl = Duration::ZERO, prefix = "ttl", skip(body))]
async fn zero(body: CountingBody) -> usize {
    body.run(async { 1 }).await
}

#[cached(ttl = Duration::MAX, prefix = "ttl", skip(body))]
async fn absurd(body: CountingBody) -> usize {
    body.run(async { 1 }).await
}

/// After how many seconds a second call runs again; `None`: not within ten years.
async fn life<F: Future<Output = usize>>(call: impl Fn(CountingBody) -> F) -> Option<u64> {
    let (cache, clock) = turned_by_hand().await;
    let body = CountingBody::new();
    with_cache(cache, async {
        call(body.clone()).await;
        let mut lived = 0;
        for until in [1, 59, 60, 61, 299, 300, 301, 419, 420, 421, 315_360_000] {
            clock.advance(Duration::from_secs(until - lived));
            lived = until;
            call(body.clone()).await;
            if body.runs() > 1 {
                return Some(lived);
            }
        }
        None
    })
    .await
}

#[tokio::test]
async fn an_entry_lives_as_long_as_its_ttl_says() {
    assert_eq!(life(seconds).await, Some(300));
    assert_eq!(life(text).await, Some(300));
    assert_eq!(life(expression).await, Some(300));
    assert_eq!(life(preset).await, Some(60));
    assert_eq!(life(never).await, None);
    assert_eq!(life(default).await, Some(420), "the runtime's default");
    assert_eq!(life(zero).await, Some(1), "not stored");
    assert_eq!(life(absurd).await, Some(1), "not stored");
}

#[tokio::test]
async fn redis_expires_entries_by_itself() {
    let server = RedisServer::start();
    let cache = patient(&server)
        .default_ttl(Duration::from_secs(420))
        .connect()
        .await
        .unwrap();
    let body = CountingBody::new();
    with_cache(cache, async {
        for _ in 0..2 {
            seconds(body.clone()).await;
            preset(body.clone()).await;
            never(body.clone()).await;
            default(body.clone()).await;
            zero(body.clone()).await;
            absurd(body.clone()).await;
        }
    })
    .await;
    let left = |name: &str| -> Option<i64> {
        let keys = server.keys();
        let key = keys
            .iter()
            .find(|key| key.contains(":e:") && key.contains(name))?;
        Some(server.cli(&["PTTL", key]))
    };
    let within = |name: &str, seconds: i64| {
        let left = left(name).unwrap();
        assert!((1..=seconds * 1000).contains(&left), "{name}: {left} ms");
        assert!(left > seconds * 1000 - 60_000, "{name}: {left} ms");
    };
    within("seconds", 300);
    within("preset", 60);
    within("default", 420);
    assert_eq!(left("never"), Some(-1), "no end");
    assert_eq!((left("zero"), left("absurd")), (None, None));
}

async fn turned_by_hand() -> (Cache, Clock) {
    let clock = Clock::manual();
    let cache = Cache::builder()
        .memory()
        .default_ttl(Duration::from_secs(420))
        .clock(clock.clone());
    (cache.connect().await.unwrap(), clock)
}

#[cached(ttl = Duration::ZERO, prefix = "warning", skip(body))]
async fn with_a_lifetime_of_zero(body: CountingBody) -> usize {
    body.run(async { 1 }).await
}

#[tokio::test]
async fn a_lifetime_of_zero_at_run_time_is_warned_of_once() {
    let log = Log::collect();
    let cache = Cache::builder().memory().connect().await.unwrap();
    with_cache(cache, async {
        for _ in 0..5 {
            with_a_lifetime_of_zero(CountingBody::new()).await;
        }
    })
    .await;
    assert_eq!(
        log.lines_with(&["WARN", "with_a_lifetime_of_zero"]).len(),
        1
    );
}
