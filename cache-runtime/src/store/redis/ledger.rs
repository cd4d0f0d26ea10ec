//! What is owed: every invalidation from when it is issued until the server has acknowledged it,
//! in order. Knows nothing of connections.

use std::collections::BTreeMap;

use crate::scope::Stale;

/// Past this many, what is owed is widened to whole tenants: never dropped, never without bound.
const MOST: usize = 10_000;

/// Invalidations are sent again in batches of this many.
const BATCH: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Ledger {
    issued: u64,
    /// By number. What was widened stands under the oldest number it covers.
    owed: BTreeMap<u64, Vec<Stale>>,
}

impl Ledger {
    /// Writes down a new invalidation and gives it a number.
    pub(super) fn issue(&mut self, stale: &[Stale]) -> u64 {
        self.issued += 1;
        self.owed.insert(self.issued, stale.to_vec());
        if self.owed.len() > MOST {
            self.widen();
        }
        self.issued
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
        self.owed
            .first_key_value()
            .is_none_or(|(oldest, _)| *oldest > id)
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

    /// The oldest of what is owed: their numbers, and what to send for all of them at once.
    pub(super) fn batch(&self) -> (Vec<u64>, Vec<Stale>) {
        let mut stale = Vec::new();
        for one in self.owed.values().take(BATCH).flatten() {
            if !stale.contains(one) {
                stale.push(one.clone());
            }
        }
        (self.owed.keys().take(BATCH).copied().collect(), stale)
    }

    fn widen(&mut self) {
        let mut wide: Vec<Stale> = Vec::new();
        for one in self.owed.values().flatten().map(Stale::widened) {
            if !wide.contains(&one) {
                wide.push(one);
            }
        }
        if let Some(oldest) = self.owed.keys().next().copied() {
            self.owed = BTreeMap::from([(oldest, wide)]);
        }
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

    #[test]
    fn what_is_acknowledged_out_of_order_leaves_the_rest_owed() {
        let mut ledger = Ledger::default();
        let (one, two) = (ledger.issue(&stale("a:*")), ledger.issue(&stale("b:*")));
        ledger.acknowledge(two);
        assert!(ledger.owes(one) && !ledger.settled(one) && !ledger.settled(two));
        assert_eq!(ledger.batch(), (vec![one], stale("a:*")));
        ledger.acknowledge(one);
        assert!(ledger.is_empty() && ledger.settled(two));
    }

    #[test]
    fn too_much_is_widened_and_nothing_is_forgotten() {
        let mut ledger = Ledger::default();
        for i in 0..=MOST {
            ledger.issue(&stale(&format!("a:{i}")));
        }
        assert_eq!(ledger.batch(), (vec![1], stale("*")));
        assert!(!ledger.settled(1) && !ledger.settled(ledger.newest()));
    }
}
