//! The consistency checker: readers, one invalidator, and a source that knows every version.
//!
//! A reader looks up which version of an item was last *acknowledged* as invalidated, then
//! reads through the cache. A version older than that is stale, whatever happened meanwhile.
//! The same load is driven through a naive cache, so that we know the checker can see.

mod mutations;
mod naive;
mod ours;
mod readers;
mod report;
mod run;
mod truth;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use serde::{Deserialize, Serialize};

pub use mutations::{Mutations, Share};
pub use naive::{NaiveMemory, NaiveRedis};
pub use ours::Ours;
pub use readers::Readers;
pub use report::Report;
pub use run::{Sabotage, in_memory, on_redis};
pub use truth::Truth;

/// One of the things that change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Whose it is.
    pub tenant: u32,
    /// Items of a group share a tag and a pattern.
    pub group: u32,
    /// Its number within the group.
    pub id: u32,
}

/// What a read returns, which says whose version of what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// What was read.
    pub item: Item,
    /// As it was when the body ran.
    pub version: u64,
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
    /// A pattern that covers the item's group.
    Pattern(Item),
    /// A tag that covers the item's group.
    Tag(Item),
    /// The item's whole tenant.
    Tenant(Item),
    /// Everything in the namespace.
    All,
}

impl Change {
    /// The kinds in turn.
    pub fn nth(n: usize, item: Item) -> Change {
        match n % 8 {
            0 => Change::Exact(item),
            1 => Change::CallShape(item),
            2 => Change::Mutator(item),
            3 => Change::Event(item),
            4 => Change::Pattern(item),
            5 => Change::Tag(item),
            6 => Change::Tenant(item),
            _ => Change::All,
        }
    }

    /// The items that this change covers.
    pub fn items(self, load: &Load) -> Vec<Item> {
        let covers = |other: Item| match self {
            Change::Exact(item)
            | Change::CallShape(item)
            | Change::Mutator(item)
            | Change::Event(item) => other == item,
            Change::Pattern(item) | Change::Tag(item) => {
                (other.tenant, other.group) == (item.tenant, item.group)
            }
            Change::Tenant(item) => other.tenant == item.tenant,
            Change::All => true,
        };
        load.items().filter(|&item| covers(item)).collect()
    }
}

/// What is read, and how slowly.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Load {
    /// How many tenants there are.
    pub tenants: u32,
    /// How many groups of items a tenant has.
    pub groups: u32,
    /// How many items a group has.
    pub ids: u32,
    /// Readers in each process.
    pub readers: usize,
    /// A body takes up to this many milliseconds.
    pub body_ms: u64,
    /// A reader rests up to this many microseconds after a read.
    pub rest_us: u64,
}

impl Load {
    /// A few items that everybody wants, bodies of 0 to 4 ms.
    pub fn usual() -> Load {
        Load {
            tenants: 2,
            groups: 2,
            ids: 3,
            readers: 4,
            body_ms: 4,
            rest_us: 0,
        }
    }

    /// One item and long bodies: nearly every read joins a flight.
    pub fn crowded() -> Load {
        Load {
            tenants: 1,
            groups: 1,
            ids: 1,
            readers: 40,
            body_ms: 20,
            rest_us: 0,
        }
    }

    fn items(&self) -> impl Iterator<Item = Item> {
        let Load {
            tenants,
            groups,
            ids,
            ..
        } = *self;
        (0..tenants * groups * ids).map(move |n| Item {
            tenant: n / ids / groups,
            group: n / ids % groups,
            id: n % ids,
        })
    }

    fn any_item(&self) -> Item {
        Item {
            tenant: fastrand::u32(..self.tenants),
            group: fastrand::u32(..self.groups),
            id: fastrand::u32(..self.ids),
        }
    }
}

/// A cache under check.
pub trait Subject: Send + Sync + 'static {
    /// An item as it is, through the cache; an error is a call that failed.
    fn read(
        &self,
        source: &Arc<Source>,
        item: Item,
    ) -> impl Future<Output = Result<Seen, String>> + Send;

    /// Invalidates once; `false` when the store did not acknowledge it.
    fn invalidate(&self, change: Change, load: &Load) -> impl Future<Output = bool> + Send;

    /// Waits until what was not acknowledged has been after all; `false` when it never will be.
    fn settled(&self) -> impl Future<Output = bool> + Send;

    /// Reads answered without a body.
    fn hits(&self) -> u64;
}

tokio::task_local! {
    /// How long the body ran within one read.
    static IN_BODY: std::cell::Cell<Duration>;
}

/// What the bodies read: the truth, slowly.
#[derive(Debug)]
pub struct Source {
    /// The versions.
    pub truth: Truth,
    /// What is read, and how slowly.
    pub load: Load,
    runs: AtomicU64,
    /// Of a source whose bodies begin and never end: told when one has begun.
    held: Option<Notify>,
}

impl Source {
    /// A source over `truth`.
    pub fn new(truth: Truth, load: Load) -> Arc<Source> {
        Arc::new(Source {
            truth,
            load,
            runs: 0.into(),
            held: None,
        })
    }

    /// A source whose bodies begin and never end.
    pub fn that_holds(truth: Truth, load: Load) -> Arc<Source> {
        Arc::new(Source {
            truth,
            load,
            runs: 0.into(),
            held: Some(Notify::new()),
        })
    }

    /// Reads until a body has begun, which then goes on for ever in a task of its own.
    pub async fn hold<S: Subject>(self: &Arc<Source>, subject: &Arc<S>) {
        let Some(held) = &self.held else { return };
        let (source, subject) = (Arc::clone(self), Arc::clone(subject));
        tokio::spawn(async move {
            loop {
                let item = source.load.any_item();
                let _ = subject.read(&source, item).await;
                tokio::task::yield_now().await;
            }
        });
        held.notified().await;
    }

    /// The body: the version first and the delay after it, which is the worst order.
    pub async fn load(&self, item: Item) -> Seen {
        let start = Instant::now();
        self.runs.fetch_add(1, Relaxed);
        let version = self.truth.committed(item);
        if let Some(held) = &self.held {
            held.notify_one();
            std::future::pending::<()>().await;
        }
        let delay = fastrand::u64(..=self.load.body_ms * 1000);
        tokio::time::sleep(Duration::from_micros(delay)).await;
        let _ = IN_BODY.try_with(|time| time.set(time.get() + start.elapsed()));
        Seen { item, version }
    }

    /// How often the body ran in this process.
    pub fn runs(&self) -> u64 {
        self.runs.load(Relaxed)
    }
}
