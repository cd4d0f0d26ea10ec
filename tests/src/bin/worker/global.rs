//! What a process does with its one global cache.

use cache_runtime::{Cache, current, init, init_from_env};
use tests::{CountingBody, Log, shared};

use crate::say;

/// Two calls, then the warnings about the missing `init`, then an `init` that comes too late.
pub(crate) async fn never_initialised() {
    let log = Log::collect();
    let body = CountingBody::new();
    for _ in 0..2 {
        shared::probe(body.clone(), 1).await;
    }
    say(body.runs());
    say(current().health().store);
    say(log.lines_with(&["WARN", "init"]).len());
    say(message(init(memory().await)));
}

/// What the second `init`, and `init_from_env` after it, say.
pub(crate) async fn initialised_twice() {
    say(message(init(memory().await)));
    say(message(init(memory().await)));
    say(message(init_from_env().await));
}

async fn memory() -> Cache {
    Cache::builder()
        .memory()
        .connect()
        .await
        .expect("memory is always there")
}

fn message(result: Result<(), cache_runtime::Error>) -> String {
    match result {
        Ok(()) => "ok".into(),
        Err(error) => error.to_string().replace('\n', " "),
    }
}
