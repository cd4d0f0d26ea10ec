//! What calls met, counted.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Counter {
    Hits,
    Misses,
    Joined,
    Runs,
    Bypassed,
    Stored,
    Refused,
    Invalidations,
    Errors,
}

#[derive(Debug, Default)]
pub(crate) struct Counters([AtomicU64; 9]);

impl Counters {
    pub(crate) fn add(&self, counter: Counter) {
        self.0[counter as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn stats(&self) -> Stats {
        let count = |counter: Counter| self.0[counter as usize].load(Ordering::Relaxed);
        Stats {
            hits: count(Counter::Hits),
            misses: count(Counter::Misses),
            joined: count(Counter::Joined),
            runs: count(Counter::Runs),
            bypassed: count(Counter::Bypassed),
            stored: count(Counter::Stored),
            refused: count(Counter::Refused),
            invalidations: count(Counter::Invalidations),
            errors: count(Counter::Errors),
        }
    }
}

/// Counts of what calls met, since the cache was made.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Calls answered by a stored value.
    pub hits: u64,
    /// Calls that found no valid value.
    pub misses: u64,
    /// Misses that returned the value of somebody else's run.
    pub joined: u64,
    /// Runs of bodies.
    pub runs: u64,
    /// Calls that were not to be cached: switched off, outside a required tenant, `uncached`.
    pub bypassed: u64,
    /// Values stored.
    pub stored: u64,
    /// Values not stored because an invalidation came during their run.
    pub refused: u64,
    /// Invalidations issued, each of any number of keys.
    pub invalidations: u64,
    /// Questions the store did not answer.
    pub errors: u64,
}
