//! What is owed: every invalidation from when it is issued until the server has acknowledged it,
//! in order. Knows nothing of connections.

use std::collections::BTreeMap;

use crate::entry::Token;
use crate::scope::Stale;

/// Past this many, what is owed is widened to whole tenants: never dropped, never without bound.
const MOST: usize = 10_000;

/// Invalidations are sent again in batches of this many.
const BATCH: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Ledger {
    issued: u64,
    /// By number.
    owed: BTreeMap<u64, Owed>,
}

/// One invalidation, and the mark that ends with it.
#[derive(Debug)]
struct Owed {
    /// The oldest number it covers: its own, unless it was widened.
    since: u64,
    stale: Vec<Stale>,
    ended: Option<Token>,
}

/// What to send for several at once.
#[derive(Debug, PartialEq)]
pub(super) struct Batch {
    pub(super) ids: Vec<u64>,
    pub(super) stale: Vec<Stale>,
    /// A token stands in the marks of one mutator only: ended is ended, in any of them.
    pub(super) ended: Vec<Token>,
}

impl Ledger {
    /// Writes down a new invalidation and gives it a number.
    pub(super) fn issue(&mut self, stale: &[Stale], ended: Option<Token>) -> u64 {
        self.issued += 1;
        let owed = Owed {
            since: self.issued,
            stale: stale.to_vec(),
            ended,
        };
        self.owed.insert(self.issued, owed);
        self.issued
    }

    /// Keeps the ledger small while the server is away. What is on its way meanwhile may still
    /// be acknowledged, so what is widened gets a number of its own that nothing on its way has.
    pub(super) fn bound(&mut self) {
        if self.owed.len() > MOST {
            self.widen();
        }
    }

    /// The server has acknowledged this one.
    pub(super) fn acknowledge(&mut self, id: u64) {
        self.owed.remove(&id);
    }

    pub(super) fn owes(&self, id: u64) -> bool {
        self.owed.contains_key(&id)
    }

    /// Whether everything up to this number has been acknowledged.
    pub(super) fn settled(&self, id: u64) -> bool {
        self.owed.values().all(|owed| owed.since > id)
    }

    /// The number of the newest.
    pub(super) fn newest(&self) -> u64 {
        self.issued
    }

    pub(super) fn len(&self) -> usize {
        self.owed.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.owed.is_empty()
    }

    /// The oldest of what is owed.
    pub(super) fn batch(&self) -> Batch {
        let oldest = || self.owed.values().take(BATCH);
        let mut stale = Vec::new();
        for one in oldest().flat_map(|owed| &owed.stale) {
            if !stale.contains(one) {
                stale.push(one.clone());
            }
        }
        Batch {
            ids: self.owed.keys().take(BATCH).copied().collect(),
            stale,
            ended: oldest().filter_map(|owed| owed.ended).collect(),
        }
    }

    /// Marks are not widened: nobody renews them any more, so they end by themselves.
    fn widen(&mut self) {
        let mut wide: Vec<Stale> = Vec::new();
        let narrow = self.owed.values().flat_map(|owed| &owed.stale);
        for one in narrow.map(Stale::widened) {
            if !wide.contains(&one) {
                wide.push(one);
            }
        }
        let since = self.owed.values().map(|owed| owed.since).min();
        self.issued += 1;
        let wide = Owed {
            since: since.unwrap_or(self.issued),
            stale: wide,
            ended: None,
        };
        self.owed = BTreeMap::from([(self.issued, wide)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::Tenant;

    fn stale(pattern: &str) -> Vec<Stale> {
        Stale::pattern(&Tenant::named("acme"), pattern)
            .into_iter()
            .flatten()
            .collect()
    }

    fn batch(ids: Vec<u64>, stale: Vec<Stale>, ended: Vec<Token>) -> Batch {
        Batch { ids, stale, ended }
    }

    #[test]
    fn what_is_acknowledged_out_of_order_leaves_the_rest_owed() {
        let mut ledger = Ledger::default();
        let one = ledger.issue(&stale("a:*"), None);
        let two = ledger.issue(&stale("b:*"), None);
        ledger.acknowledge(two);
        assert!(ledger.owes(one) && !ledger.settled(one) && !ledger.settled(two));
        assert_eq!(ledger.batch(), batch(vec![one], stale("a:*"), vec![]));
        ledger.acknowledge(one);
        assert!(ledger.is_empty() && ledger.settled(two));
    }

    #[test]
    fn marks_end_with_what_is_owed() {
        let mut ledger = Ledger::default();
        let (mine, yours) = (Token([1; 16]), Token([2; 16]));
        ledger.issue(&stale("a:*"), Some(mine));
        ledger.issue(&stale("a:*"), None);
        ledger.issue(&stale("a:*"), Some(yours));
        assert_eq!(
            ledger.batch(),
            batch(vec![1, 2, 3], stale("a:*"), vec![mine, yours])
        );
    }

    #[test]
    fn too_much_is_widened_and_nothing_is_forgotten() {
        let mut ledger = Ledger::default();
        for i in 0..=MOST {
            ledger.issue(&stale(&format!("a:{i}")), None);
        }
        // Some of them may be on their way; that they arrive says nothing of the others.
        let on_their_way = ledger.batch().ids;
        ledger.bound();
        for id in on_their_way {
            ledger.acknowledge(id);
        }
        let Batch {
            ids, stale: wide, ..
        } = ledger.batch();
        assert_eq!((ids.len(), wide), (1, stale("*")));
        assert!(!ledger.settled(1) && !ledger.settled(ledger.newest()));
        ledger.acknowledge(ids[0]);
        assert!(ledger.is_empty() && ledger.settled(ledger.newest()));
    }
}
