//! What people write by hand: look, run the body, store; delete to invalidate.
//! The checker must find it stale, or the checker is blind.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use redis::aio::MultiplexedConnection;

use super::{Change, Item, Load, Seen, Source, Subject};

/// GET, body, SET; DEL.
#[derive(Debug)]
pub struct NaiveRedis {
    connection: MultiplexedConnection,
    hits: AtomicU64,
}

impl NaiveRedis {
    /// Connects with a plain client.
    pub async fn connect(url: &str) -> NaiveRedis {
        let client = redis::Client::open(url).expect("a URL of our own");
        let connection = client.get_multiplexed_async_connection().await;
        NaiveRedis {
            connection: connection.expect("the server answers"),
            hits: 0.into(),
        }
    }
}

impl Subject for NaiveRedis {
    async fn read(&self, source: &Arc<Source>, item: Item) -> Result<Seen, String> {
        let mut connection = self.connection.clone();
        let key = name(item);
        let found: Option<String> = redis::cmd("GET")
            .arg(&key)
            .query_async(&mut connection)
            .await
            .unwrap_or(None);
        if let Some(found) = found {
            self.hits.fetch_add(1, Relaxed);
            return serde_json::from_str(&found).map_err(|error| error.to_string());
        }
        let seen = source.load(item).await;
        let set = redis::cmd("SET")
            .arg(&key)
            .arg(serde_json::to_string(&seen).expect("a plain struct"))
            .exec_async(&mut connection)
            .await;
        drop(set);
        Ok(seen)
    }

    async fn invalidate(&self, change: Change, load: &Load) -> bool {
        let mut connection = self.connection.clone();
        let keys: Vec<String> = change.items(load).into_iter().map(name).collect();
        redis::cmd("DEL")
            .arg(keys)
            .exec_async(&mut connection)
            .await
            .is_ok()
    }

    /// Who writes this by hand forgets what failed.
    async fn settled(&self) -> bool {
        false
    }

    fn hits(&self) -> u64 {
        self.hits.load(Relaxed)
    }
}

/// A map: get, body, insert; remove.
#[derive(Debug, Default)]
pub struct NaiveMemory {
    map: Mutex<HashMap<String, Seen>>,
    hits: AtomicU64,
}

impl NaiveMemory {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<String, Seen>) -> T) -> T {
        work(&mut self.map.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Subject for NaiveMemory {
    async fn read(&self, source: &Arc<Source>, item: Item) -> Result<Seen, String> {
        if let Some(seen) = self.with(|map| map.get(&name(item)).copied()) {
            self.hits.fetch_add(1, Relaxed);
            return Ok(seen);
        }
        let seen = source.load(item).await;
        self.with(|map| map.insert(name(item), seen));
        Ok(seen)
    }

    async fn invalidate(&self, change: Change, load: &Load) -> bool {
        for item in change.items(load) {
            self.with(|map| map.remove(&name(item)));
        }
        true
    }

    async fn settled(&self) -> bool {
        false
    }

    fn hits(&self) -> u64 {
        self.hits.load(Relaxed)
    }
}

fn name(item: Item) -> String {
    let Item { tenant, group, id } = item;
    format!("naive:{tenant}:{group}:{id}")
}
