//! The consistency checker: readers, one invalidator, and a source that knows every version.
//!
//! A reader looks up which version of an item was last *acknowledged* as invalidated, then
//! reads through the cache. A version older than that is stale, whatever happened meanwhile.
//! The same load is driven through a naive cache, so that we know the checker can see.

mod naive;
mod ours;
mod run;
mod truth;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use naive::{NaiveMemory, NaiveRedis};
pub use ours::Ours;
pub use run::{Readers, Sabotage, in_memory, on_redis};
pub use truth::Truth;

/// One of the things that change.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// Items of a group share a tag and a pattern.
    pub group: u32,
    /// Its number within the group.
    pub id: u32,
}

/// How the invalidator says that something changed.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    /// The exact path of an item.
    Exact(Item),
    /// The companion of the cached function.
    CallShape(Item),
    /// A function with `#[invalidates]`, then `settled()`.
    Mutator(Item),
    /// An event the cached function listens to.
    Event(Item),
    /// A pattern that covers a group.
    Pattern(u32),
    /// A tag that covers a group.
    Tag(u32),
    /// The whole tenant.
    Tenant,
    /// Everything in the namespace.
    All,
}

impl Change {
    /// The kinds in turn, each on an item that chance picks.
    pub fn nth(n: usize, load: &Load) -> Change {
        let item = load.any_item();
        match n % 8 {
            0 => Change::Exact(item),
            1 => Change::CallShape(item),
            2 => Change::Mutator(item),
            3 => Change::Event(item),
            4 => Change::Pattern(item.group),
            5 => Change::Tag(item.group),
            6 => Change::Tenant,
            _ => Change::All,
        }
    }

    /// The items that this change covers.
    pub fn items(self, load: &Load) -> Vec<Item> {
        let all = load.items();
        match self {
            Change::Exact(item)
            | Change::CallShape(item)
            | Change::Mutator(item)
            | Change::Event(item) => vec![item],
            Change::Pattern(group) | Change::Tag(group) => {
                all.into_iter().filter(|item| item.group == group).collect()
            }
            Change::Tenant | Change::All => all,
        }
    }
}

/// What is read, and how slowly.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Load {
    /// How many groups of items there are.
    pub groups: u32,
    /// How many items a group has.
    pub ids: u32,
    /// Readers in each process.
    pub readers: usize,
    /// A body takes up to this many milliseconds.
    pub body_ms: u64,
}

impl Load {
    /// A few items that everybody wants, bodies of 0 to 4 ms.
    pub fn usual() -> Load {
        Load {
            groups: 2,
            ids: 3,
            readers: 4,
            body_ms: 4,
        }
    }

    /// One item and long bodies: nearly every read joins a flight.
    pub fn crowded() -> Load {
        Load {
            groups: 1,
            ids: 1,
            readers: 40,
            body_ms: 20,
        }
    }

    fn items(&self) -> Vec<Item> {
        let groups = 0..self.groups;
        let all = groups.flat_map(|group| (0..self.ids).map(move |id| Item { group, id }));
        all.collect()
    }

    fn any_item(&self) -> Item {
        Item {
            group: fastrand::u32(..self.groups),
            id: fastrand::u32(..self.ids),
        }
    }
}

/// A cache under check.
pub trait Subject: Send + Sync + 'static {
    /// The version of an item, through the cache.
    fn read(&self, source: &Arc<Source>, item: Item) -> impl Future<Output = u64> + Send;

    /// Invalidates once; `false` when the store did not acknowledge it.
    fn invalidate(&self, change: Change, load: &Load) -> impl Future<Output = bool> + Send;

    /// Reads answered without a body.
    fn hits(&self) -> u64;
}

/// What the bodies read: the truth, slowly.
#[derive(Debug)]
pub struct Source {
    /// The versions.
    pub truth: Truth,
    /// What is read, and how slowly.
    pub load: Load,
    runs: std::sync::atomic::AtomicU64,
}

impl Source {
    /// A source over `truth`.
    pub fn new(truth: Truth, load: Load) -> Arc<Source> {
        Arc::new(Source {
            truth,
            load,
            runs: 0.into(),
        })
    }

    /// The body: the version first and the delay after it, which is the worst order.
    pub async fn load(&self, item: Item) -> u64 {
        self.runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let version = self.truth.committed(item);
        let delay = fastrand::u64(..=self.load.body_ms * 1000);
        tokio::time::sleep(std::time::Duration::from_micros(delay)).await;
        version
    }

    /// How often the body ran in this process.
    pub fn runs(&self) -> u64 {
        self.runs.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// What a run of the checker saw.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// Reads that ended.
    pub reads: u64,
    /// Of those, answered from an entry.
    pub hits: u64,
    /// Runs of the body.
    pub runs: u64,
    /// Acknowledged invalidations.
    pub invalidations: u64,
    /// Invalidations that were not acknowledged at once and were tried again.
    pub retried: u64,
    /// Reads that returned less than was acknowledged before they started.
    pub stale: u64,
    /// Reads that returned a version that never existed.
    pub invented: u64,
}

impl Report {
    fn add(&mut self, other: &Report) {
        self.reads += other.reads;
        self.hits += other.hits;
        self.runs += other.runs;
        self.invalidations += other.invalidations;
        self.retried += other.retried;
        self.stale += other.stale;
        self.invented += other.invented;
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Report {
            reads,
            hits,
            runs,
            invalidations,
            retried,
            stale,
            invented,
        } = self;
        write!(
            f,
            "{reads} reads, {hits} hits, {runs} runs, {invalidations} invalidations \
             ({retried} retried), {stale} stale, {invented} invented"
        )
    }
}
