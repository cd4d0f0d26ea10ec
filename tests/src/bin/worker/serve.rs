//! A process that shares a Redis with the test, and does what it is told one line at a time.

use std::time::Duration;

use cache_runtime::{Cache, carry, init};
use tests::{CountingBody, shared};
use tokio::task::JoinSet;

use crate::{say, told, variable};

pub(crate) async fn run() {
    let cache = Cache::builder()
        .redis(variable("REDIS_URL"))
        .budget(Duration::from_secs(10))
        .invalidation_budget(Duration::from_secs(10));
    let cache = cache.connect().await.expect("a URL");
    init(cache.clone()).expect("the first init of this process");
    say("ready");
    loop {
        let line = told().await;
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["stampede", id, calls] => {
                let runs = stampede(id.parse().expect("an id"), calls.parse().expect("a number"));
                say(runs.await);
            }
            ["hold", id] => {
                let id = id.parse().expect("an id");
                // Its body says "running".
                tokio::spawn(shared::held(CountingBody::new(), true, id));
            }
            ["invalidate", pattern] => match cache.invalidate(pattern).await {
                Ok(()) => say("ok"),
                Err(error) => say(error),
            },
            other => panic!("no such order: {other:?}"),
        }
    }
}

/// How often the body ran in this process for that many calls at once.
async fn stampede(id: u64, calls: usize) -> usize {
    let body = CountingBody::new();
    let tasks: JoinSet<u64> = (0..calls)
        .map(|_| carry(shared::slow(body.clone(), id)))
        .collect();
    for value in tasks.join_all().await {
        assert_eq!(value, id * 10);
    }
    body.runs()
}
