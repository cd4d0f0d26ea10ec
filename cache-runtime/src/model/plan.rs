//! What may happen in a world. What does, its seed decides.

use std::ops::RangeInclusive;

use super::faults::Fault;
use super::network::Weather;

/// What a seed may do in a world. Times are in milliseconds; one in so many, 0 for none.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) nodes: usize,
    pub(super) items: usize,
    pub(super) callers: u64,
    pub(super) operations: u64,
    /// Between the operations of one caller.
    pub(super) pause: RangeInclusive<u64>,
    pub(super) body: RangeInclusive<u64>,
    pub(super) lease: u64,
    /// One operation in so many changes something.
    pub(super) changes: u64,
    pub(super) ways: &'static [Way],
    pub(super) reaches: &'static [Reach],
    pub(super) refresh: u64,
    pub(super) fail: u64,
    pub(super) drop_reads: u64,
    pub(super) drop_changes: u64,
    pub(super) weather: Weather,
    pub(super) faults: &'static [Fault],
    pub(super) strikes: u64,
}

/// How something is changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Way {
    /// Committed, then invalidated by hand.
    ByHand,
    Mutator,
    Strict,
}

/// What an invalidation reaches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reach {
    Entry,
    Below,
    Tag,
    Tenant,
}

impl Default for Plan {
    fn default() -> Self {
        Plan {
            nodes: 2,
            items: 2,
            callers: 4,
            operations: 7,
            pause: 0..=15,
            body: 0..=15,
            lease: 500,
            changes: 3,
            ways: &[Way::ByHand],
            reaches: &[Reach::Entry, Reach::Below],
            refresh: 0,
            fail: 0,
            drop_reads: 0,
            drop_changes: 0,
            weather: Weather::default(),
            faults: &[],
            strikes: 0,
        }
    }
}
