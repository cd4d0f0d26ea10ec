//! A service that is set up by its environment alone, and tells what came of it.

use cache_runtime::{current, init_from_env, with_tenant};
use serde_json::json;
use tests::{CountingBody, shared};

use crate::{say, told};

pub(crate) async fn run() {
    if let Err(error) = init_from_env().await {
        say(json!({ "error": error.to_string() }));
        return;
    }
    let runs = runs_of_two_calls(1).await;
    let health = current().health();
    say(json!({
        "runs": runs,
        "store": health.store,
        "connected": health.connected,
        "last_error": health.last_error,
    }));
    loop {
        let line = told().await;
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["in_tenant", tenant] => say(with_tenant(*tenant, runs_of_two_calls(2)).await),
            ["health"] => say(current().health()),
            ["invalidate", pattern] => say(result(current().invalidate(pattern).await)),
            ["invalidate_in", tenant, pattern] => {
                let cache = current();
                say(result(
                    with_tenant(*tenant, cache.invalidate(pattern)).await,
                ));
            }
            other => panic!("no such order: {other:?}"),
        }
    }
}

/// 1 when the second call was answered by the cache.
async fn runs_of_two_calls(id: u64) -> usize {
    let body = CountingBody::new();
    for _ in 0..2 {
        assert_eq!(shared::probe(body.clone(), id).await, id * 10);
    }
    body.runs()
}

fn result(done: Result<(), cache_runtime::Error>) -> String {
    done.map_or_else(|error| error.to_string(), |()| "ok".into())
}
