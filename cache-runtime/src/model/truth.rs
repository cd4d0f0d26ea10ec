//! What is committed, and the rule: a read that starts after an invalidation was acknowledged
//! returns nothing older than what was committed before that invalidation was sent. For the node
//! that sent it, the same holds from when it has returned, acknowledged or owed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::{note, pause};

/// Where the items lie, and what else they depend on. `suites` is not below `suite`.
pub(super) const ITEMS: [(&str, &str); 3] = [
    ("suite:0", "red"),
    ("suites:1", "red"),
    ("suite:list:2", "blue"),
];

/// An item, its version, and the run of a body that read it.
pub(super) type Value = (usize, u64, u64);

/// What is committed, and what nobody may miss any more.
#[derive(Default)]
pub(super) struct Truth {
    committed: RefCell<[u64; ITEMS.len()]>,
    /// By node, or for all.
    floors: RefCell<BTreeMap<Option<usize>, [u64; ITEMS.len()]>>,
    /// What each run of a body read.
    runs: RefCell<Vec<(usize, u64)>>,
    running: RefCell<[u64; ITEMS.len()]>,
    most_running: Cell<u64>,
}

impl Truth {
    pub(super) fn commit(&self, item: usize) {
        self.committed.borrow_mut()[item] += 1;
    }

    pub(super) fn committed(&self) -> [u64; ITEMS.len()] {
        *self.committed.borrow()
    }

    /// From now on, what is older than these versions is stale for a node, or for all.
    pub(super) fn raise(&self, node: Option<usize>, items: &[usize], versions: [u64; ITEMS.len()]) {
        let mut floors = self.floors.borrow_mut();
        let floor = floors.entry(node).or_default();
        for item in items {
            floor[*item] = floor[*item].max(versions[*item]);
        }
    }

    pub(super) fn floor(&self, node: usize, item: usize) -> u64 {
        let floors = self.floors.borrow();
        let floor = |who| {
            floors
                .get(&who)
                .map_or(0, |floor: &[u64; ITEMS.len()]| floor[item])
        };
        floor(None).max(floor(Some(node)))
    }

    /// Reads the version first and takes its time then: as stale as a body can be.
    pub(super) async fn body(&self, item: usize, takes: u64) -> Value {
        let version = self.committed()[item];
        let run = self.runs.borrow().len();
        self.runs.borrow_mut().push((item, version));
        let _running = Running::new(self, item);
        note(|| format!("run {run} reads version {version} of {item}"));
        pause(takes..=takes).await;
        (item, version, run as u64)
    }

    /// How many bodies of one item ran at once.
    pub(super) fn most_running(&self) -> u64 {
        self.most_running.get()
    }

    pub(super) fn runs(&self) -> usize {
        self.runs.borrow().len()
    }

    pub(super) fn check(&self, item: usize, floor: u64, value: &Value) {
        let (of, version, run) = *value;
        let made = self.runs.borrow().get(run as usize).copied();
        assert_eq!(
            (made, of),
            (Some((item, version)), item),
            "a value was invented"
        );
        assert!(
            version >= floor,
            "stale: version {version} of item {item}, and {floor} was acknowledged before the read"
        );
    }
}

struct Running<'a>(&'a Truth, usize);

impl<'a> Running<'a> {
    fn new(truth: &'a Truth, item: usize) -> Self {
        let mut running = truth.running.borrow_mut();
        running[item] += 1;
        truth
            .most_running
            .set(truth.most_running.get().max(running[item]));
        Running(truth, item)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.borrow_mut()[self.1] -= 1;
    }
}
