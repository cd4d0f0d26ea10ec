//! Promise 4: whatever the backend does, every call returns the function's own result.

use std::sync::Arc;
use std::time::Duration;

use cache_runtime::{Builder, Cache, cached, invalidates, with_cache};
use tests::{CountingBody, HANG, Liar, Log, Proxy, RedisServer, Weather, eventually, within};
use tokio::sync::Semaphore;

#[cached(prefix = "down", skip(body))]
async fn fetch(body: CountingBody, id: u64) -> Result<u64, String> {
    body.run(async {
        if id == 0 {
            Err("zero".to_owned())
        } else {
            Ok(id * 10)
        }
    })
    .await
}

#[cached(prefix = "down", skip(body))]
fn fetch_in_sync(body: CountingBody, id: u64) -> Option<u64> {
    let _run = body.enter();
    (id > 0).then_some(id * 10)
}

#[invalidates(fetch(id))]
async fn change(id: u64) -> Result<u64, String> {
    Ok(id)
}

/// Budgets as they are by default, so that a call that waits is a call that hangs.
fn on(url: impl Into<String>) -> Builder {
    Cache::builder().redis(url)
}

/// Values, errors, panics and mutations all come through, from async and from sync functions.
async fn everything_is_computed(cache: &Cache) {
    let work = with_cache(cache.clone(), async {
        for id in 0..20 {
            let body = CountingBody::new();
            let expected = if id == 0 {
                Err("zero".to_owned())
            } else {
                Ok(id * 10)
            };
            assert_eq!(fetch(body.clone(), id).await, expected);
            assert_eq!(fetch_in_sync(body.clone(), id), (id > 0).then_some(id * 10));
            assert_eq!(body.runs(), 2, "nothing is served from a private memory");
        }
        assert_eq!(change(1).await, Ok(1));
    });
    within("calls without a store", work).await;
}

/// The second of two calls is answered by the store again.
async fn it_comes_back(cache: &Cache) {
    eventually("it comes back by itself", async || {
        let body = CountingBody::new();
        let call = async || fetch(body.clone(), 77).await;
        let hits = cache.stats().hits;
        with_cache(cache.clone(), async {
            assert_eq!((call().await, call().await), (Ok(770), Ok(770)));
        })
        .await;
        cache.stats().hits > hits && cache.health().connected
    })
    .await;
}

#[tokio::test]
async fn absent_at_start_it_says_so_and_computes() {
    let log = Log::collect();
    let url = RedisServer::absent();
    let port = url.rsplit(':').next().unwrap();
    let cache = within("connect", on(&url).connect()).await.unwrap();
    let lines = log.lines_with(&[port]);
    assert!(!lines.is_empty(), "no start-up line names the address");
    assert!(!cache.health().connected);
    everything_is_computed(&cache).await;
}

#[tokio::test]
async fn a_start_with_a_living_server_says_so_without_the_password() {
    let log = Log::collect();
    let server = RedisServer::start_with(&["--requirepass", "hunter2"]);
    let port = server.port().to_string();
    let url = format!("redis://:hunter2@127.0.0.1:{port}");
    let cache = on(url).connect().await.unwrap();
    assert!(cache.health().connected);
    assert!(!log.lines_with(&["INFO", &port]).is_empty());
    assert!(
        log.lines_with(&["hunter2"]).is_empty(),
        "a password in the log"
    );
    it_comes_back(&cache).await;
}

#[tokio::test]
async fn killed_in_use_it_computes_and_comes_back() {
    let mut server = RedisServer::start();
    let cache = on(server.url()).connect().await.unwrap();
    it_comes_back(&cache).await;
    server.kill();
    everything_is_computed(&cache).await;
    server.restart_empty();
    it_comes_back(&cache).await;
}

#[tokio::test]
async fn absent_at_start_it_is_used_once_it_comes() {
    let mut server = RedisServer::start();
    server.kill();
    let cache = within("connect", on(server.url()).connect()).await.unwrap();
    everything_is_computed(&cache).await;
    server.restart();
    it_comes_back(&cache).await;
}

#[tokio::test]
async fn stopped_in_use_it_computes_and_comes_back() {
    let server = RedisServer::start();
    let cache = on(server.url()).connect().await.unwrap();
    it_comes_back(&cache).await;
    server.stop();
    everything_is_computed(&cache).await;
    server.cont();
    it_comes_back(&cache).await;
}

/// A budget is spent once and not for each call: else these would hang together.
#[tokio::test]
async fn calls_do_not_wait_again_and_again_for_a_store_that_is_away() {
    let server = RedisServer::start();
    let cache = on(server.url()).connect().await.unwrap();
    it_comes_back(&cache).await;
    server.stop();
    let body = CountingBody::new();
    let calls = with_cache(cache, async {
        for id in 0..5_000 {
            fetch(body.clone(), id + 1).await.unwrap();
        }
    });
    within("5,000 calls", calls).await;
    assert_eq!(body.runs(), 5_000);
}

#[tokio::test]
async fn mutators_do_not_wait_again_and_again_for_a_store_that_is_away() {
    let cache = on(RedisServer::absent()).connect().await.unwrap();
    let calls = with_cache(cache.clone(), async {
        for id in 0..200 {
            change(id).await.unwrap();
        }
    });
    within("200 mutators", calls).await;
    assert!(cache.health().owed > 0);
}

#[tokio::test]
async fn a_server_that_answers_garbage_is_no_store() {
    for liar in [Liar::garbage(), Liar::nonsense(), Liar::silent()] {
        let cache = within("connect", on(liar.url()).connect()).await.unwrap();
        everything_is_computed(&cache).await;
    }
}

#[tokio::test]
async fn a_refused_password_is_told_and_never_printed() {
    let log = Log::collect();
    let server = RedisServer::start_with(&["--requirepass", "right"]);
    let port = server.port().to_string();
    for url in [
        server.url(),
        format!("redis://:wr0ngsecret@127.0.0.1:{port}"),
    ] {
        let cache = within("connect", on(url).connect()).await.unwrap();
        everything_is_computed(&cache).await;
        let health = cache.health();
        assert!(!health.connected);
        let told = format!("{health} {health:?}");
        assert!(!told.contains("wr0ngsecret"), "{told}");
        let error = health.last_error.expect("the refusal");
        let why = error.to_uppercase();
        assert!(
            why.contains("NOAUTH") || why.contains("WRONGPASS") || why.contains("AUTH"),
            "{error}"
        );
    }
    assert!(!log.lines_with(&[&port]).is_empty());
    assert!(
        log.lines_with(&["wr0ngsecret"]).is_empty(),
        "a password in the log"
    );
}

#[tokio::test]
async fn a_host_that_does_not_exist_is_a_store_that_is_down() {
    let url = "redis://no-such-host.invalid:6379";
    let cache = within("connect", on(url).connect()).await.unwrap();
    everything_is_computed(&cache).await;
}

#[tokio::test]
async fn a_panic_passes_through_while_the_store_is_down() {
    let cache = on(RedisServer::absent()).connect().await.unwrap();
    let call = tokio::spawn(with_cache(cache, panics(1)));
    let panic = within("the panic", call).await.unwrap_err().into_panic();
    assert_eq!(panic.downcast_ref(), Some(&"the function's own panic"));
}

#[cached(prefix = "down")]
async fn panics(id: u64) -> u64 {
    if id == 0 {
        id
    } else {
        panic!("the function's own panic")
    }
}

/// What is owed while the server is away is sent before this process trusts it again.
#[tokio::test]
async fn an_invalidation_issued_while_the_server_is_stopped_is_not_lost() {
    let server = RedisServer::start();
    let mine = on(server.url()).connect().await.unwrap();
    let theirs = on(server.url()).connect().await.unwrap();
    it_comes_back(&mine).await;
    server.stop();
    let issued = mine.invalidate("down:*");
    within("an invalidation", issued).await.unwrap_err();
    assert!(mine.health().owed > 0, "{}", mine.health());
    server.cont();
    within("what is owed", async {
        while mine.health().owed > 0 {
            mine.settled().await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let body = CountingBody::new();
    with_cache(theirs, fetch(body.clone(), 77)).await.unwrap();
    assert_eq!(body.runs(), 1, "the other process still sees the old entry");
}

#[cached(prefix = "down", skip(gate))]
async fn gated(gate: Arc<Semaphore>, id: u64) -> u64 {
    let _open = gate.acquire().await;
    id
}

/// The fill and the release are both lost with the connection. The lease that is left behind
/// would keep everybody from the key who believes that its leader still runs.
#[tokio::test]
async fn a_lease_whose_end_was_lost_keeps_nobody_waiting_once_the_server_is_back() {
    let server = RedisServer::start();
    let proxy = Proxy::start(server.port());
    // So long that who waits for the lease hangs.
    let patient = |url| on(url).lease(HANG * 3).max_wait(HANG * 3);
    let mine = patient(proxy.url()).connect().await.unwrap();
    let theirs = patient(server.url()).connect().await.unwrap();
    let gate = Arc::new(Semaphore::new(0));
    let leading = tokio::spawn(with_cache(mine.clone(), gated(gate.clone(), 1)));
    eventually("the body runs", async || mine.stats().runs == 1).await;

    proxy.set(Weather::HalfOpen);
    gate.add_permits(100);
    assert_eq!(within("the leader", leading).await.unwrap(), 1);
    eventually("it is noticed", async || !mine.health().connected).await;
    proxy.set(Weather::Clear);
    eventually("it is back", async || mine.health().connected).await;
    for (whose, cache) in [("the same process", mine), ("another process", theirs)] {
        let call = with_cache(cache, gated(gate.clone(), 1));
        assert_eq!(within(whose, call).await, 1);
    }
}

/// What becomes stale while what is owed is being sent does not put the end off for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_invalidates_all_the_time_comes_back() {
    let mut server = RedisServer::start();
    let proxy = Proxy::start(server.port());
    let cache = on(proxy.url()).connect().await.unwrap();
    it_comes_back(&cache).await;
    server.kill();
    // Far enough away that much happens while an answer travels.
    proxy.set(Weather::Slow(Duration::from_millis(5)));
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..4 {
        let cache = cache.clone();
        tasks.spawn(async move {
            for n in 0.. {
                let _ = cache.invalidate(&format!("busy:{task}:{n}")).await;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
    }
    eventually("much is owed", async || cache.health().owed > 500).await;
    server.restart_empty();
    let back = async || cache.health().connected;
    eventually("it comes back", back).await;
    tasks.shutdown().await;
    it_comes_back(&cache).await;
}

#[tokio::test]
async fn a_server_that_is_full_or_read_only_is_no_obstacle() {
    let server = RedisServer::start();
    let cache = on(server.url()).connect().await.unwrap();
    let _: String = server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    everything_is_computed(&cache).await;
    let _: String = server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    it_comes_back(&cache).await;
    let nowhere = RedisServer::absent();
    let master = nowhere.rsplit(':').next().unwrap();
    let _: String = server.cli(&["REPLICAOF", "127.0.0.1", master]);
    everything_is_computed(&cache).await;
    let _: String = server.cli(&["REPLICAOF", "NO", "ONE"]);
    it_comes_back(&cache).await;
}
