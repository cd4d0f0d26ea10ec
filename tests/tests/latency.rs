//! Promise 4 in counts: when a server falls silent, those calls wait that were under way, once,
//! and then none. The budget is long, so that no load of the machine looks like waiting.

use std::time::Duration;

use cache_runtime::Cache;
use tests::latency::{Callers, Phase};
use tests::{Proxy, RedisServer, Weather, eventually, within};

const TASKS: usize = 16;
const BUDGET: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_calls_that_were_under_way_wait_for_a_server_that_was_stopped() {
    let server = RedisServer::start();
    falls_silent(&server.url(), || server.stop()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_calls_that_were_under_way_wait_for_a_network_that_became_slow() {
    let server = RedisServer::start();
    let proxy = Proxy::start(server.port());
    let slow = Weather::Slow(BUDGET * 10);
    falls_silent(&proxy.url(), || proxy.set(slow)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_calls_that_were_under_way_wait_for_connections_that_became_half_open() {
    let server = RedisServer::start();
    let proxy = Proxy::start(server.port());
    falls_silent(&proxy.url(), || proxy.set(Weather::HalfOpen)).await;
}

async fn falls_silent(url: &str, fault: impl FnOnce()) {
    let builder = Cache::builder().redis(url).budget(BUDGET);
    // Late answers alone open the breaker: nothing else notices before the test is over.
    let cache = builder.redis_timeout(BUDGET * 10).connect().await.unwrap();
    let callers = Callers::start(&cache, TASKS);
    eventually("there are hits", async || cache.stats().hits > 100).await;
    callers.enter(Phase::First);
    fault();
    eventually("the breaker opens", async || !cache.health().connected).await;
    callers.enter(Phase::Known);
    let runs = cache.stats().runs;
    eventually("calls are computed", async || {
        cache.stats().runs > runs + 5_000
    })
    .await;

    let [before, first, known] = within("the callers", callers.stop()).await;
    let waited = [&before, &first, &known].map(|times| times.over(BUDGET / 2) as usize);
    assert!(waited[0] + waited[1] > 0, "the fault was not noticed");
    assert!(
        waited[0] + waited[1] <= TASKS + 4,
        "calls waited again and again: {waited:?}"
    );
    assert_eq!(
        waited[2], 0,
        "calls waited for a server that is known to be away"
    );
}
