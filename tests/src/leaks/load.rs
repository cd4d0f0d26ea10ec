//! Callers that leave, bodies that panic, values that change, always under new keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use cache_runtime::{Cache, Error, cached, current, invalidates, with_cache, with_tenant};
use tokio::task::JoinSet;

use crate::Cut;

const WORKERS: usize = 12;

/// Calls under way at once, at most, on one cache.
pub(super) const MOST_AT_ONCE: usize = WORKERS * 4;

/// What an entry here depends on: namespace, tenant, two levels, a tag and two forms of an event.
pub(super) const SCOPES: usize = 8;

/// A load under way.
pub(super) struct Load {
    workers: JoinSet<()>,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
}

pub(super) fn start(caches: &[Cache]) -> Load {
    let (stop, done) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
    let mut workers = JoinSet::new();
    for cache in caches {
        for _ in 0..WORKERS {
            let (stop, done) = (stop.clone(), done.clone());
            workers.spawn(with_cache(cache.clone(), async move {
                while !stop.load(Relaxed) {
                    let now = done.fetch_add(1, Relaxed);
                    // Tenants and keys come and never come back.
                    with_tenant(format!("tenant-{}", now / 1000), one(now / 20)).await;
                    tokio::time::sleep(Duration::from_millis(fastrand::u64(..4))).await;
                }
            }));
        }
    }
    Load {
        workers,
        stop,
        done,
    }
}

impl Load {
    pub(super) fn done(&self) -> u64 {
        self.done.load(Relaxed)
    }

    pub(super) async fn stop(self) {
        self.stop.store(true, Relaxed);
        self.workers.join_all().await;
    }
}

/// One thing that a service may do, dropped somewhere on the way now and then.
async fn one(now: u64) {
    let id = now + fastrand::u64(..4);
    let cut = match fastrand::bool() {
        true => Cut(fastrand::usize(..12)),
        false => Cut(usize::MAX),
    };
    match fastrand::u8(..20) {
        0..8 => drop(cut.of(row(id)).await),
        8 => drop(
            cut.of(async { tokio::join!(row(id), row(id), row(id)) })
                .await,
        ),
        9 => drop(cut.of(row::refresh(id)).await),
        10 => drop(cut.of(fails(id)).await),
        11 => {
            // Its panic is not ours.
            let panicked = tokio::spawn(cache_runtime::carry(panics(id)));
            drop(cut.of(panicked).await);
        }
        12 => {
            let call = cache_runtime::carry_blocking(move || in_sync(id));
            drop(tokio::task::spawn_blocking(call).await);
        }
        13 => drop(cut.of(change(id)).await),
        14 => drop(cut.of(change_strictly(id)).await),
        15 => drop(cut.of(change_all_strictly(id)).await),
        16 => {
            let fetch = || async { Ok::<_, Error>(slowly(id).await) };
            let path = format!("by-hand:{id}");
            let cache = current();
            let fetched = cache.get_or_fetch(&path, Duration::from_secs(2), fetch);
            drop(cut.of(fetched).await);
        }
        17 => {
            let path = format!("by-hand:{id}");
            drop(
                cut.of(current().put(&path, &id, Duration::from_secs(2)))
                    .await,
            );
        }
        18 => drop(cut.of(invalidate(id)).await),
        _ => drop(cut.of(current().settled()).await),
    }
}

async fn invalidate(id: u64) {
    let cache = current();
    let done = match fastrand::u8(..5) {
        0 => cache.invalidate(&format!("row:item:{id}")).await,
        1 => cache.invalidate("row:*").await,
        2 => cache.invalidate_tag(&format!("group:{}", id % 7)).await,
        3 => cache.publish(&format!("row.changed:{id}")).await,
        _ => cache.clear_tenant(format!("tenant-{}", id / 50)).await,
    };
    done.expect("the server is there");
}

async fn slowly(id: u64) -> u64 {
    for _ in 0..fastrand::u8(1..4) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    id
}

#[cached(
    ttl = "2s",
    prefix = "row",
    key = "item:{id}",
    tags = ["group:{id}"],
    invalidate_on = "row.changed:{id}"
)]
async fn row(id: u64) -> Vec<u64> {
    vec![slowly(id).await; 20]
}

#[cached(ttl = "2s", prefix = "row", key = "failing:{id}")]
async fn fails(id: u64) -> Result<u64, String> {
    Err(format!("no {}", slowly(id).await))
}

#[cached(ttl = "2s", prefix = "row", key = "panicking:{id}")]
async fn panics(id: u64) -> u64 {
    match slowly(id).await {
        u64::MAX => id,
        // Without the hook: it need not be printed.
        _ => std::panic::resume_unwind(Box::new("as the load wants")),
    }
}

#[cached(ttl = "2s", prefix = "row", key = "sync:{id}")]
fn in_sync(id: u64) -> u64 {
    std::thread::sleep(Duration::from_millis(1));
    id
}

#[invalidates(row(id), tags = ["group:{id}"])]
async fn change(id: u64) -> u64 {
    slowly(id).await
}

#[invalidates(row(id), strict)]
async fn change_strictly(id: u64) -> Result<u64, Error> {
    Ok(slowly(id).await)
}

#[invalidates("row:*", events = ["row.changed:{ok}"], strict)]
async fn change_all_strictly(id: u64) -> Result<u64, Error> {
    Ok(slowly(id).await)
}
