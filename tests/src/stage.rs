//! One test, every store: the same body is run with a cache in memory and one on Redis.

use std::time::Duration;

use cache_runtime::{Builder, Cache, with_cache};

use crate::{HANG, RedisServer, within};

/// A cache on one kind of store.
#[derive(Debug)]
pub struct Stage {
    /// `memory` or `redis`, for messages.
    pub name: &'static str,
    /// The cache of this stage.
    pub cache: Cache,
    /// The server behind it, if it has one.
    pub server: Option<RedisServer>,
}

impl Stage {
    /// Runs a test with this stage's cache as the current one.
    pub async fn run<T>(&self, test: impl Future<Output = T>) -> T {
        println!("on {}", self.name);
        within(self.name, with_cache(self.cache.clone(), test)).await
    }
}

/// One stage for each kind of store.
pub async fn stages() -> Vec<Stage> {
    stages_with(|cache| cache).await
}

/// The same, with further settings.
pub async fn stages_with(settings: impl Fn(Builder) -> Builder) -> Vec<Stage> {
    let memory = settings(Cache::builder().memory()).connect().await;
    let server = RedisServer::start();
    let redis = settings(patient(&server)).connect().await;
    vec![
        Stage {
            name: "memory",
            cache: memory.expect("memory is always there"),
            server: None,
        },
        Stage {
            name: "redis",
            cache: redis.expect("the URL is well-formed"),
            server: Some(server),
        },
    ]
}

/// A cache on `server` whose budgets a loaded machine does not exceed.
pub fn patient(server: &RedisServer) -> Builder {
    Cache::builder()
        .redis(server.url())
        .budget(Duration::from_secs(10))
        .max_wait(HANG)
        .invalidation_budget(Duration::from_secs(10))
        .redis_timeout(Duration::from_secs(10))
        .redis_connect_timeout(Duration::from_secs(10))
}
