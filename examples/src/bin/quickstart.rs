//! The shortest useful program: a read that is computed once, and a write that makes it
//! stale.
//!
//! ```text
//! cargo run -p examples --bin quickstart
//! ```
//!
//! With `REDIS_URL` set, a second run within five minutes finds what the first one left.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cache_runtime::{cached, invalidates, with_tenant};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Suite {
    id: u64,
    name: String,
}

/// The arguments make the key; `db` says nothing about the answer.
#[cached(ttl = 300, prefix = "suite", skip(db))]
async fn get_suite(db: &Db, id: u64) -> Option<Suite> {
    db.suites().iter().find(|suite| suite.id == id).cloned()
}

#[cached(ttl = "10m", prefix = "suite", key = "list:{offset},{limit}", skip(db))]
async fn list_suites(db: &Db, offset: usize, limit: usize) -> Vec<Suite> {
    db.suites()
        .iter()
        .skip(offset)
        .take(limit)
        .cloned()
        .collect()
}

/// A call shape, checked by the compiler, and a pattern: everything below `suite:list:`.
#[invalidates(get_suite(id), "suite:list:*")]
async fn rename_suite(db: &Db, id: u64, name: &str) -> Option<Suite> {
    let mut suites = db.suites();
    let suite = suites.iter_mut().find(|suite| suite.id == id)?;
    suite.name = name.to_owned();
    Some(suite.clone())
}

#[tokio::main]
async fn main() -> Result<(), cache_runtime::Error> {
    // What the cache has to say goes through `tracing`.
    tracing_subscriber::fmt().without_time().init();
    // REDIS_URL set: Redis. Not set: in this process.
    cache_runtime::init_from_env().await?;

    let db = Db::new();
    with_tenant("acme", async {
        for _ in 0..1000 {
            get_suite(&db, 2).await;
            list_suites(&db, 0, 10).await;
        }
        let (suite, list) = (get_suite::key(2), list_suites::key(0, 10));
        println!(
            "{suite} and {list}, 1000 reads each: {} queries",
            db.queries()
        );

        let renamed = rename_suite(&db, 2, "Checkout").await;
        let (read, list) = (get_suite(&db, 2).await, list_suites(&db, 0, 10).await);
        println!(
            "renamed and read again, {} queries: {read:?} of {list:?}",
            db.queries()
        );
        assert_eq!(read, renamed, "a read after the write sees the write");
        assert_eq!(list.get(1), renamed.as_ref(), "so does the list");
    })
    .await;
    Ok(())
}

/// Stands for a database, and counts how often it is used.
struct Db {
    suites: Mutex<Vec<Suite>>,
    queries: AtomicU32,
}

impl Db {
    fn new() -> Self {
        let suites = [(1, "Search"), (2, "Basket"), (3, "Login")];
        let suites = suites.map(|(id, name)| Suite {
            id,
            name: name.to_owned(),
        });
        Self {
            suites: Mutex::new(suites.into()),
            queries: AtomicU32::new(0),
        }
    }

    fn suites(&self) -> MutexGuard<'_, Vec<Suite>> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        self.suites.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queries(&self) -> u32 {
        self.queries.load(Ordering::Relaxed)
    }
}
