//! A load that leaves work unfinished in every way there is, and what must be gone after it.

mod load;

use std::time::{Duration, Instant};

use cache_runtime::{Cache, LeftOver};

use crate::{RedisServer, patient};

/// So few entries that they are evicted all the time.
const MOST_ENTRIES: usize = 200;

/// The caches under load: one in memory, one on a server of its own.
#[derive(Debug)]
pub struct Leaks {
    memory: Cache,
    redis: Cache,
    server: RedisServer,
    before: LeftOver,
}

/// What was seen at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Since the load began.
    pub at: Duration,
    /// What the load has done so far.
    pub done: u64,
    /// Resident memory of this process in KiB.
    pub resident: u64,
    /// Under way for the cache in memory.
    pub memory: LeftOver,
    /// Under way for the cache on Redis.
    pub redis: LeftOver,
}

impl Leaks {
    /// Connects. Nothing else of this process may use a cache meanwhile.
    pub async fn start() -> Leaks {
        let server = RedisServer::start();
        let memory = Cache::builder().memory().max_entries(MOST_ENTRIES);
        let memory = memory.connect().await.expect("memory is always there");
        let redis = patient(&server).connect().await;
        let redis = redis.expect("the URL is well-formed");
        let before = redis.left_over();
        Leaks {
            memory,
            redis,
            server,
            before,
        }
    }

    /// Puts both caches under load and looks now and then.
    pub async fn load(&self, time: Duration, every: Duration) -> Vec<Sample> {
        let load = load::start(&[self.memory.clone(), self.redis.clone()]);
        let start = Instant::now();
        let mut samples = Vec::new();
        while start.elapsed() < time {
            tokio::time::sleep(every.min(time)).await;
            samples.push(Sample {
                at: start.elapsed(),
                done: load.done(),
                resident: resident(),
                memory: self.memory.left_over(),
                redis: self.redis.left_over(),
            });
        }
        load.stop().await;
        samples
    }

    /// What is still there that should be gone: nothing, once the last timers have run out.
    pub fn left(&self) -> Vec<String> {
        let mut left = Vec::new();
        for (name, cache) in [("memory", &self.memory), ("redis", &self.redis)] {
            let now = cache.left_over();
            if now.scopes > most_scopes() {
                left.push(format!("{} scopes in {name}", now.scopes));
            }
            // A timer of the connecting may have been among the tasks before.
            let tasks = now.tasks.max(self.before.tasks);
            let now = LeftOver {
                scopes: 0,
                tasks,
                ..now
            };
            if now != self.before {
                left.push(format!(
                    "in {name} {now:?}, before the load {:?}",
                    self.before
                ));
            }
        }
        let keys = self.server.keys().into_iter();
        left.extend(keys.filter(|key| key.contains(":l:") || key.contains(":w:")));
        left
    }
}

/// A sweep leaves no more than entries and leases hold, and comes when that has doubled.
pub fn most_scopes() -> usize {
    let held = (MOST_ENTRIES + load::MOST_AT_ONCE) * load::SCOPES;
    (2 * held).max(1024)
}

/// Resident memory of this process in KiB; pages are of 4 KiB wherever this is run.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split(' ')
        .nth(1)
        .and_then(|it| it.parse::<u64>().ok());
    pages.unwrap_or(0) * 4
}
