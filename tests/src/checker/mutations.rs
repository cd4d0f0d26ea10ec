//! Invalidations of one process among several, issued without waiting for those before them.
//!
//! Each item has one process that makes its versions, so that no two write the same number.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use super::readers::locked;
use super::{Change, Item, Report, Source, Subject};
use crate::HANG;

/// Which items this process makes versions of: those whose id leaves `mine` when divided by `of`.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// The number of this process.
    pub mine: u32,
    /// How many processes there are.
    pub of: u32,
}

/// Changes items and invalidates them until stopped.
#[derive(Debug)]
pub struct Mutations {
    task: JoinHandle<()>,
    report: Arc<Mutex<Report>>,
    stop: Arc<AtomicBool>,
}

/// At most so many wait for their acknowledgement; while a server is away, all of them do.
const OUTSTANDING: usize = 500;

/// Between two invalidations, at most.
const PAUSE_MS: u64 = 150;

impl Mutations {
    /// Starts a task that changes this share of the items.
    pub fn start<S: Subject>(subject: &Arc<S>, source: &Arc<Source>, share: Share) -> Mutations {
        let (report, stop) = (
            Arc::<Mutex<Report>>::default(),
            Arc::<AtomicBool>::default(),
        );
        let task = {
            let (subject, source) = (Arc::clone(subject), Arc::clone(source));
            let (report, stop) = (Arc::clone(&report), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut outstanding = JoinSet::new();
                while !stop.load(Relaxed) {
                    let change = any_change(share.any_item(&source));
                    let changed = share.commit(change, &source);
                    let (subject, source) = (Arc::clone(&subject), Arc::clone(&source));
                    let report = Arc::clone(&report);
                    outstanding.spawn(async move {
                        acknowledge(&*subject, &source, change, changed, &report).await;
                    });
                    while outstanding.try_join_next().is_some()
                        || outstanding.len() >= OUTSTANDING
                            && outstanding.join_next().await.is_some()
                    {}
                    let pause = Duration::from_millis(fastrand::u64(..PAUSE_MS));
                    tokio::time::sleep(pause).await;
                }
                outstanding.join_all().await;
            })
        };
        Mutations { task, report, stop }
    }

    /// What came of them so far.
    pub fn so_far(&self) -> Report {
        locked(&self.report).clone()
    }

    /// Issues no more, waits for what is owed, and tells what came of them.
    pub async fn stop(self) -> Report {
        self.stop.store(true, Relaxed);
        self.task.await.expect("a mutation does not panic");
        locked(&self.report).clone()
    }
}

/// Mostly of one item: what covers many would cover up what was forgotten of one.
fn any_change(item: Item) -> Change {
    let kind = match fastrand::u16(..512) {
        0 => 7,
        1..=3 => 6,
        4..=9 => 5,
        10..=15 => 4,
        n => n % 4,
    };
    Change::nth(kind.into(), item)
}

impl Share {
    fn any_item(self, source: &Source) -> Item {
        loop {
            let item = source.load.any_item();
            if item.id % self.of == self.mine {
                return item;
            }
        }
    }

    /// New versions of those of this share that a change covers.
    fn commit(self, change: Change, source: &Source) -> Vec<(Item, u64)> {
        let mine = |item: &Item| item.id % self.of == self.mine;
        let items = change.items(&source.load).into_iter().filter(mine);
        items
            .map(|item| (item, source.truth.commit(item)))
            .collect()
    }
}

/// Invalidates, waits until that is acknowledged, and only then says so.
async fn acknowledge<S: Subject>(
    subject: &S,
    source: &Source,
    change: Change,
    changed: Vec<(Item, u64)>,
    report: &Mutex<Report>,
) {
    let at_once = timeout(HANG, subject.invalidate(change, &source.load)).await;
    let acknowledged = match at_once {
        Ok(true) => true,
        Ok(false) => {
            locked(report).owed += 1;
            let settled = timeout(HANG, subject.settled()).await;
            locked(report).settled += u64::from(settled == Ok(true));
            locked(report).stuck += u64::from(settled.is_err());
            settled == Ok(true)
        }
        Err(_) => {
            locked(report).stuck += 1;
            false
        }
    };
    if acknowledged {
        for (item, version) in changed {
            source.truth.acknowledge(item, version);
        }
        locked(report).invalidations += 1;
    }
}
