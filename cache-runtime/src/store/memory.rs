//! The store of one process: typed values, epochs as shared atomic versions.
//!
//! Entries lie in a bounded concurrent cache. A scope's epoch is a cell that entries and leases
//! share; replacing it is one atomic write, and a cell nobody shares any more is forgotten. A
//! version is drawn from one counter of the process and never repeats, and a forgotten cell
//! cannot come back: so there is no absent epoch that could match.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use quick_cache::sync::Cache as Entries;

use crate::clock::Clock;
use crate::codec::Payload;
use crate::entry::{Fingerprint, Token};
use crate::key::Key;
use crate::left_over::LeftOver;
use crate::scope::{Scope, Stale};
use crate::store::{
    Ask, Content, Ending, Form, Found, Grant, Health, Leased, Listener, Reply, Request, Store,
    StoreState,
};
use crate::sync::{AtomicU64, Mutex, MutexGuard};

/// Sweeps for forgotten scopes happen when the table has doubled, and not below this size.
const SMALLEST_SWEEP: usize = 1024;

/// Epochs as they were: valid while none has moved.
type Stamp = Box<[(Arc<AtomicU64>, u64)]>;

#[derive(Clone)]
struct Entry {
    payload: Payload,
    fingerprint: Fingerprint,
    stamp: Arc<Stamp>,
    /// On the store's clock, in milliseconds.
    expires: Option<u64>,
}

struct Lease {
    token: Token,
    stamp: Stamp,
}

pub(crate) struct Memory {
    entries: Entries<Key, Entry>,
    /// Held while a fill compares and inserts, and while an exact invalidation removes: so a
    /// fill that lost its lease cannot come after. Locked after `epochs` where both are.
    leases: Mutex<HashMap<Key, Lease>>,
    epochs: Mutex<Epochs>,
    clock: Clock,
    made: Instant,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({} entries)", self.entries.len())
    }
}

/// The cells of all scopes that something depends on, and what is marked.
#[derive(Default)]
struct Epochs {
    cells: HashMap<Scope, Arc<AtomicU64>>,
    sweep_at: usize,
    /// Who holds a mark on what; never an empty list.
    marks: HashMap<Stale, Vec<Token>>,
}

static VERSIONS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);

fn next_version() -> u64 {
    VERSIONS.fetch_add(1, Ordering::Relaxed)
}

impl Epochs {
    fn stamp(&mut self, scopes: &[Scope]) -> Stamp {
        if self.cells.len() >= self.sweep_at.max(SMALLEST_SWEEP) {
            self.cells.retain(|_, cell| Arc::strong_count(cell) > 1);
            self.sweep_at = self.cells.len() * 2;
        }
        scopes
            .iter()
            .map(|scope| {
                let cell = self
                    .cells
                    .entry(scope.clone())
                    .or_insert_with(|| Arc::new(AtomicU64::new(next_version())));
                (cell.clone(), cell.load(Ordering::SeqCst))
            })
            .collect()
    }

    /// A scope without a cell has nothing that depends on it.
    fn replace(&self, scope: &Scope) {
        if let Some(cell) = self.cells.get(scope) {
            cell.store(next_version(), Ordering::SeqCst);
        }
    }

    fn mark(&mut self, one: &Stale, token: Token) {
        let holders = self.marks.entry(one.clone()).or_default();
        if !holders.contains(&token) {
            holders.push(token);
        }
    }

    fn unmark(&mut self, one: &Stale, token: Token) {
        if let Some(holders) = self.marks.get_mut(one) {
            holders.retain(|holder| *holder != token);
            if holders.is_empty() {
                self.marks.remove(one);
            }
        }
    }

    /// Whether the entry, or anything it depends on, is marked.
    fn marked(&self, request: &Request) -> bool {
        let is = |one: Stale| self.marks.contains_key(&one);
        let scopes = || request.scopes.iter().cloned().map(Stale::Scope);
        !self.marks.is_empty() && (is(Stale::Entry(request.key.clone())) || scopes().any(is))
    }
}

fn current(stamp: &[(Arc<AtomicU64>, u64)]) -> bool {
    stamp
        .iter()
        .all(|(cell, version)| cell.load(Ordering::SeqCst) == *version)
}

/// Nothing here panics while it holds a lock, and every state in between is a valid one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Memory {
    pub(crate) fn new(max_entries: usize, clock: Clock) -> Self {
        Memory {
            entries: Entries::new(max_entries),
            leases: Mutex::default(),
            epochs: Mutex::default(),
            clock,
            made: Instant::now(),
        }
    }

    fn valid(&self, request: &Request, entry: &Entry) -> bool {
        let expired = entry.expires.is_some_and(|end| end <= self.clock.now());
        let same_kind = entry.fingerprint == request.fingerprint
            && entry
                .payload
                .as_ref()
                .is_none_or(|value| (**value).type_id() == (request.value.id)());
        !expired && same_kind && current(&entry.stamp)
    }

    fn remove(&self, one: &Stale) {
        match one {
            Stale::Scope(scope) => lock(&self.epochs).replace(scope),
            Stale::Entry(key) => {
                let mut leases = lock(&self.leases);
                leases.remove(key);
                let removed = self.entries.remove(key);
                drop(leases);
                drop(removed);
            }
        }
    }
}

impl Store for Memory {
    fn form(&self) -> Form {
        Form::Values
    }

    fn read(&self, request: &Arc<Request>, _limit: Duration) -> Reply<Option<Found>> {
        let entry = self.entries.get(&request.key);
        let entry = entry.filter(|entry| self.valid(request, entry));
        Reply::now(entry.map(|entry| Found::Value(entry.payload)))
    }

    fn lease(
        &self,
        request: &Arc<Request>,
        token: Token,
        ask: Ask,
        _limit: Duration,
    ) -> Reply<Leased> {
        // What is taken out under a lock is dropped after it: a value's `Drop` is user code.
        let seen;
        // Held until the lease stands: a mark comes before it, or finds it and removes it.
        let mut epochs = lock(&self.epochs);
        if epochs.marked(request) {
            return Reply::now(Leased::Marked);
        }
        let stamp = epochs.stamp(&request.scopes);
        let mut leases = lock(&self.leases);
        if ask == Ask::Join {
            seen = self.entries.get(&request.key);
            if seen
                .as_ref()
                .is_some_and(|entry| self.valid(request, entry))
            {
                return Reply::now(Leased::Filled);
            }
            if let Some(lease) = leases.get(&request.key)
                && current(&lease.stamp)
            {
                // It ends when its holder says so, or is dropped.
                return Reply::now(Leased::Led(lease.token, Duration::MAX));
            }
        }
        leases.insert(request.key.clone(), Lease { token, stamp });
        Reply::now(Leased::Lead(Grant {
            token,
            epochs: Vec::new(),
        }))
    }

    fn listen(&self, _request: &Arc<Request>) -> Listener {
        None
    }

    fn renew(&self, _request: &Arc<Request>, _grant: &Grant) -> Reply<bool> {
        Reply::now(true)
    }

    fn fill(&self, request: &Arc<Request>, grant: Grant, content: Content) -> Reply<bool> {
        let Content::Value(payload) = content else {
            return Reply::now(false);
        };
        // Dropped after the lock, like everything it makes room in place of.
        let replaced = self.entries.get(&request.key);
        let mut evicted = Default::default();
        let mut leases = lock(&self.leases);
        let owned = leases
            .get(&request.key)
            .is_some_and(|lease| lease.token == grant.token);
        let Some(lease) = owned.then(|| leases.remove(&request.key)).flatten() else {
            return Reply::now(false);
        };
        if !current(&lease.stamp) {
            return Reply::now(false);
        }
        let entry = Entry {
            payload,
            fingerprint: request.fingerprint,
            stamp: Arc::new(lease.stamp),
            expires: request
                .ttl
                .millis()
                .map(|ttl| self.clock.now().saturating_add(ttl)),
        };
        self.entries
            .insert_with_lifecycle(request.key.clone(), entry, &mut evicted);
        drop(leases);
        drop((evicted, replaced));
        Reply::now(true)
    }

    fn release(&self, request: &Arc<Request>, token: Token, _ending: Ending) -> Reply<()> {
        let mut leases = lock(&self.leases);
        if leases
            .get(&request.key)
            .is_some_and(|lease| lease.token == token)
        {
            leases.remove(&request.key);
        }
        Reply::now(())
    }

    fn invalidate(&self, stale: Vec<Stale>, ended: Option<Token>) -> Reply<()> {
        for one in &stale {
            self.remove(one);
            if let Some(token) = ended {
                lock(&self.epochs).unmark(one, token);
            }
        }
        Reply::now(())
    }

    fn mark(&self, stale: Arc<[Stale]>, token: Token) -> Reply<()> {
        for one in stale.iter() {
            lock(&self.epochs).mark(one, token);
            self.remove(one);
        }
        Reply::now(())
    }

    fn settled(&self) -> Reply<()> {
        Reply::now(())
    }

    fn health(&self) -> Health {
        Health {
            store: "memory".into(),
            connected: true,
            state: StoreState::Ready,
            state_for: self.made.elapsed(),
            connects: 0,
            owed: 0,
            owed_for: None,
            last_error: None,
        }
    }

    fn left_over(&self) -> LeftOver {
        let epochs = lock(&self.epochs);
        LeftOver {
            scopes: epochs.cells.len(),
            marks: epochs.marks.len(),
            leases: lock(&self.leases).len(),
            ..LeftOver::default()
        }
    }
}
