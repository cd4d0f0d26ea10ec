//! A process that changes a file, its database, and never comes to the invalidation.

use std::future::pending;

use cache_runtime::{Cache, Error, init, invalidates};

use crate::{say, told, variable};

pub(crate) async fn run(database: &str) {
    let cache = Cache::builder().redis(variable("REDIS_URL"));
    let cache = cache.connect().await.expect("a URL");
    init(cache).expect("the first init of this process");
    say("ready");
    let done = match told().await.as_str() {
        "strictly" => change_strictly(database).await,
        "plainly" => change(database).await,
        other => panic!("no such order: {other:?}"),
    };
    panic!("the test kills this process before {done:?}");
}

#[invalidates("database:below:*", "database:exact:1", strict)]
async fn change_strictly(database: &str) -> Result<(), Error> {
    commit(database).await
}

#[invalidates("database:below:*", "database:exact:1")]
async fn change(database: &str) -> Result<(), Error> {
    commit(database).await
}

async fn commit(database: &str) -> Result<(), Error> {
    std::fs::write(database, "new").expect("the database can be written");
    say("committed");
    pending().await
}
