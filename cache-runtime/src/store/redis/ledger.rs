//! What is owed: everything stale from when it is issued until the server has acknowledged it,
//! a row for each scope or entry however often it is invalidated. And what was acknowledged a
//! moment ago, which a server that takes over may not have heard. Knows nothing of connections.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::entry::Token;
use crate::scope::{Scope, Stale};

/// Past this many rows, what is owed is widened to whole tenants, and then to everything: never
/// dropped, never without bound.
const MOST: usize = 10_000;

/// Invalidations are sent again in batches of this many.
const BATCH: usize = 256;

/// What was acknowledged within this time is told again to another server: replicas that lag
/// more are not fit to take over.
const RECENT: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// The number of the newest row written; each gets one of its own.
    issued: u64,
    owed: HashMap<Stale, Owed>,
    /// Marks that end with what is owed, and the number they were issued under.
    ended: Vec<(u64, Token)>,
    recent: HashMap<Stale, Recent>,
}

/// Something stale that the server may not have heard of.
#[derive(Clone, Copy, Debug)]
struct Owed {
    /// The oldest number it stands for.
    first: u64,
    /// The newest: what is acknowledged under an older number was sent before this was issued.
    last: u64,
    since: Instant,
    /// When the newest was issued.
    last_since: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Recent {
    number: u64,
    at: Instant,
}

/// What to send for several at once.
#[derive(Debug, PartialEq)]
pub(super) struct Batch {
    /// To be acknowledged under.
    pub(super) number: u64,
    pub(super) stale: Vec<Stale>,
    /// A token stands in the marks of one mutator only: ended is ended, in any of them.
    pub(super) ended: Vec<Token>,
}

impl Ledger {
    /// Writes down an invalidation, and returns the number to acknowledge it under.
    pub(super) fn issue(&mut self, stale: &[Stale], ended: Option<Token>, now: Instant) -> u64 {
        for one in stale {
            self.issued += 1;
            let number = self.issued;
            let new = Owed {
                first: number,
                last: number,
                since: now,
                last_since: now,
            };
            let row = self.owed.entry(one.clone()).or_insert(new);
            (row.last, row.last_since) = (number, now);
        }
        self.ended.extend(ended.map(|token| (self.issued, token)));
        self.issued
    }

    /// Keeps the ledger small while the server is away. What is on its way meanwhile may still
    /// be acknowledged, so what is widened gets a number of its own that nothing on its way has.
    pub(super) fn bound(&mut self) {
        if self.owed.len() > MOST {
            self.widen(Stale::widened);
        }
        if self.owed.len() > MOST {
            self.widen(|_| Stale::Scope(Scope::namespace()));
        }
        // The oldest were set first, and end by themselves first.
        let surplus = self.ended.len().saturating_sub(MOST);
        self.ended.drain(..surplus);
    }

    /// The server has acknowledged these, sent under this number.
    pub(super) fn acknowledge(&mut self, number: u64, stale: &[Stale], now: Instant) {
        for one in stale {
            self.recent.insert(one.clone(), Recent { number, at: now });
            match self.owed.get_mut(one) {
                Some(row) if row.last <= number => {
                    self.owed.remove(one);
                }
                Some(row) if row.first <= number => {
                    (row.first, row.since) = (number + 1, row.last_since);
                }
                Some(_) => {}
                None => {}
            }
        }
        self.ended.retain(|(of, _)| *of != number);
        if self.owed.is_empty() {
            self.ended.clear();
        }
        self.forget(now);
    }

    /// Another server may have taken over from one that had not told it everything: what was
    /// acknowledged shortly before that was lost is owed again.
    pub(super) fn recall(&mut self, lost: Instant, now: Instant) {
        let mut recent: Vec<(Stale, Recent)> = self.recent.drain().collect();
        recent.retain(|(_, recent)| lost.duration_since(recent.at) <= RECENT);
        recent.sort_by_key(|(_, recent)| recent.number);
        for (one, _) in recent {
            self.issue(&[one], None, now);
        }
        self.bound();
    }

    /// Whether anything of this, issued under this number, has not been acknowledged.
    pub(super) fn owes(&self, number: u64, stale: &[Stale]) -> bool {
        let rows = stale.iter().filter_map(|one| self.owed.get(one));
        rows.into_iter().any(|row| row.first <= number)
    }

    /// Whether everything up to this number has been acknowledged.
    pub(super) fn settled(&self, number: u64) -> bool {
        self.owed.values().all(|row| row.first > number)
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

    /// Since when the oldest is owed.
    pub(super) fn since(&self) -> Option<Instant> {
        self.owed.values().map(|row| row.since).min()
    }

    /// The oldest of what is owed.
    pub(super) fn batch(&mut self) -> Batch {
        // A number of its own: no mark was issued under it, whose rows may be in a later batch.
        self.issued += 1;
        let mut rows: Vec<(u64, &Stale)> = self
            .owed
            .iter()
            .map(|(stale, row)| (row.first, stale))
            .collect();
        rows.sort_unstable_by_key(|(first, _)| *first);
        let oldest = rows.into_iter().take(BATCH);
        Batch {
            number: self.issued,
            stale: oldest.map(|(_, stale)| stale.clone()).collect(),
            ended: self.ended.iter().map(|(_, token)| *token).collect(),
        }
    }

    /// Marks are not widened: nobody renews them any more, so they end by themselves.
    fn widen(&mut self, wider: impl Fn(&Stale) -> Stale) {
        let mut wide: HashMap<Stale, Owed> = HashMap::new();
        for (stale, row) in self.owed.drain() {
            let all = wide.entry(wider(&stale)).or_insert(row);
            all.first = all.first.min(row.first);
            all.since = all.since.min(row.since);
        }
        for row in wide.values_mut() {
            self.issued += 1;
            row.last = self.issued;
        }
        self.owed = wide;
    }

    /// Keeps what is recent small, in the same way.
    fn forget(&mut self, now: Instant) {
        if self.recent.len() <= MOST {
            return;
        }
        self.recent
            .retain(|_, recent| now.duration_since(recent.at) <= RECENT);
        if self.recent.len() > MOST / 2 {
            let mut wide: HashMap<Stale, Recent> = HashMap::new();
            for (stale, recent) in self.recent.drain() {
                let all = wide.entry(stale.widened()).or_insert(recent);
                all.at = all.at.max(recent.at);
            }
            self.recent = wide;
        }
        if self.recent.len() > MOST / 2 {
            let newest = self.recent.drain().map(|(_, recent)| recent);
            let newest = newest.max_by_key(|recent| recent.at);
            let everything = Stale::Scope(Scope::namespace());
            self.recent
                .extend(newest.map(|recent| (everything, recent)));
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

    fn acknowledge_all(ledger: &mut Ledger) {
        let Batch { number, stale, .. } = ledger.batch();
        ledger.acknowledge(number, &stale, Instant::now());
    }

    #[test]
    fn what_is_acknowledged_out_of_order_leaves_the_rest_owed() {
        let mut ledger = Ledger::default();
        let now = Instant::now();
        let one = ledger.issue(&stale("a:*"), None, now);
        let two = ledger.issue(&stale("b:*"), None, now);
        ledger.acknowledge(two, &stale("b:*"), now);
        assert!(ledger.owes(one, &stale("a:*")) && !ledger.owes(two, &stale("b:*")));
        assert!(!ledger.settled(one) && !ledger.settled(two));
        assert_eq!(ledger.batch().stale, stale("a:*"));
        ledger.acknowledge(one, &stale("a:*"), now);
        assert!(ledger.is_empty() && ledger.settled(two));
    }

    #[test]
    fn what_changes_again_and_again_is_owed_once_since_the_first_time() {
        let mut ledger = Ledger::default();
        let start = Instant::now();
        let first = ledger.issue(&stale("a:*"), None, start);
        for second in 1..1000 {
            ledger.issue(&stale("a:*"), None, start + Duration::from_secs(second));
        }
        assert_eq!((ledger.len(), ledger.since()), (1, Some(start)));
        // The first was sent before the others were issued.
        ledger.acknowledge(first, &stale("a:*"), start);
        let newest = start + Duration::from_secs(999);
        assert_eq!(ledger.since(), Some(newest), "the first is owed no more");
        assert!(ledger.settled(first) && !ledger.settled(ledger.newest()));
        assert_eq!(ledger.batch().stale, stale("a:*"));
        acknowledge_all(&mut ledger);
        assert!(ledger.settled(ledger.newest()));
    }

    #[test]
    fn what_is_issued_while_a_batch_is_on_its_way_stays_owed() {
        let mut ledger = Ledger::default();
        let now = Instant::now();
        ledger.issue(&stale("a:*"), None, now);
        let on_its_way = ledger.batch();
        let again = ledger.issue(&stale("a:*"), None, now);
        ledger.acknowledge(on_its_way.number, &on_its_way.stale, now);
        assert!(ledger.owes(again, &stale("a:*")) && !ledger.is_empty());
    }

    #[test]
    fn marks_end_with_what_is_owed() {
        let mut ledger = Ledger::default();
        let now = Instant::now();
        let (mine, yours) = (Token([1; 16]), Token([2; 16]));
        let first = ledger.issue(&stale("a:*"), Some(mine), now);
        ledger.issue(&stale("a:*"), None, now);
        ledger.issue(&stale("a:*"), Some(yours), now);
        assert_eq!(ledger.batch().ended, [mine, yours]);
        ledger.acknowledge(first, &stale("a:*"), now);
        assert_eq!(ledger.batch().ended, [yours]);
        acknowledge_all(&mut ledger);
        assert!(ledger.batch().ended.is_empty());
    }

    #[test]
    fn marks_end_with_the_batch_that_has_their_rows() {
        let mut ledger = Ledger::default();
        let (now, mine) = (Instant::now(), Token([1; 16]));
        for i in 0..BATCH {
            ledger.issue(&stale(&format!("a:{i}")), None, now);
        }
        ledger.issue(&stale("b:*"), Some(mine), now);
        acknowledge_all(&mut ledger);
        let last = ledger.batch();
        assert_eq!((last.stale, last.ended), (stale("b:*"), vec![mine]));
    }

    #[test]
    fn too_much_is_widened_and_nothing_is_forgotten() {
        let mut ledger = Ledger::default();
        let now = Instant::now();
        for i in 0..=MOST {
            ledger.issue(&stale(&format!("a:{i}")), None, now);
        }
        // Some of them may be on their way; that they arrive says nothing of the others.
        let on_their_way = ledger.batch();
        ledger.bound();
        ledger.acknowledge(on_their_way.number, &on_their_way.stale, now);
        let everything = Stale::Scope(Scope::tenant(&Tenant::named("acme")));
        ledger.acknowledge(on_their_way.number, &[everything], now);
        assert_eq!(ledger.batch().stale, stale("*"));
        assert!(!ledger.settled(ledger.newest()));
        acknowledge_all(&mut ledger);
        assert!(ledger.is_empty() && ledger.settled(ledger.newest()));
    }

    #[test]
    fn too_many_tenants_are_widened_to_everything() {
        let mut ledger = Ledger::default();
        for i in 0..=MOST {
            let tenant = Tenant::named(&format!("tenant {i}"));
            let all = Stale::Scope(Scope::tenant(&tenant));
            ledger.issue(&[all], None, Instant::now());
        }
        ledger.bound();
        let everything = Stale::Scope(Scope::namespace());
        assert_eq!(ledger.batch().stale, [everything]);
    }

    #[test]
    fn another_server_is_told_again_what_was_acknowledged_within_the_last_minute() {
        let mut ledger = Ledger::default();
        let start = Instant::now();
        let mut at = |second, pattern| {
            let now = start + Duration::from_secs(second);
            let number = ledger.issue(&stale(pattern), None, now);
            ledger.acknowledge(number, &stale(pattern), now);
        };
        at(0, "long-ago:*");
        at(20, "a:*");
        at(25, "b:*");
        at(30, "a:*");
        let lost = start + Duration::from_secs(70);
        ledger.recall(lost, lost + Duration::from_secs(600));
        assert_eq!(ledger.batch().stale, [stale("b:*"), stale("a:*")].concat());
        acknowledge_all(&mut ledger);
        assert!(ledger.is_empty());
    }

    #[test]
    fn what_is_recent_is_bounded_and_nothing_is_forgotten() {
        let mut ledger = Ledger::default();
        let now = Instant::now();
        for i in 0..3 * MOST {
            let one = stale(&format!("a:{i}"));
            let number = ledger.issue(&one, None, now);
            ledger.acknowledge(number, &one, now);
        }
        assert!(ledger.recent.len() <= MOST);
        ledger.recall(now, now);
        assert!(ledger.owed.contains_key(&stale("*")[0]));
    }
}
