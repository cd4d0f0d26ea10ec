//! `Cache` and the read path: look up, ask, wait, compute, store.
//!
//! Read [`Inner::admit`] first: it is the way of one call, from the answer to its first question
//! to the right to run the body.

use std::collections::HashSet;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::background::{self, Held};
use crate::codec::{self, Payload, ValueType};
use crate::config::{Builder, Settings};
use crate::context;
use crate::entry::{self, Fingerprint, Token};
use crate::error::Error;
use crate::flight::{Flights, Landing, Mode};
use crate::key::Key;
use crate::kind::{CacheValue, Failure, Fallible, Kind, Outcome};
use crate::scope::{Scope, Stale, dependencies};
use crate::store::{
    Ask, Content, Ending, Form, Found, Grant, Health, Leased, Listener, Reply, Request, Store,
};
use crate::tenant::Tenant;
use crate::ttl::Ttl;

/// A cache: a store, and what is going on in this process. Clones are the same cache.
#[derive(Clone, Debug)]
pub struct Cache(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) settings: Settings,
    pub(crate) flights: Flights,
    pub(crate) counters: Counters,
    warned: Mutex<HashSet<String>>,
}

/// Warnings are remembered so that each comes once; past this many there are none.
const MOST_WARNINGS: usize = 1000;

/// What the cache lets a call do.
#[derive(Debug)]
pub(crate) enum Admission {
    /// Return this: it was stored, or it is what a flight that was joined landed with.
    Value(Payload),
    /// Return this failure of a flight that was joined.
    Failure(Failure),
    /// Run the body and land the flight.
    Lead(Box<Lead>),
    /// Run the body; store nothing.
    Compute,
}

impl Cache {
    /// The settings of a new cache; [`Builder::connect`] makes it.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(store: Arc<dyn Store>, settings: Settings) -> Self {
        Cache(Arc::new(Inner {
            store,
            settings,
            flights: Flights::default(),
            counters: Counters::default(),
            warned: Mutex::default(),
        }))
    }

    /// The value under a path of the current tenant, if there is a valid one of type `T`. A
    /// store that is away holds nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Name`] for a path that is none.
    pub async fn get<T: CacheValue>(&self, path: &str) -> Result<Option<T>, Error> {
        let Some(request) = self.by_hand::<T>(path, Ttl::Default)? else {
            return Ok(None);
        };
        let found = self.0.store.read(&request).await;
        let value = self.0.opened(found, &request).and_then(taken::<T>);
        self.0.counters.add(if value.is_some() {
            Counter::Hits
        } else {
            Counter::Misses
        });
        Ok(value)
    }

    /// Stores a value under a path of the current tenant. A fill in progress is refused.
    ///
    /// The value is as fresh as the moment it was read by the caller; where an invalidation may
    /// come between, use [`get_or_fetch`](Cache::get_or_fetch), which sees it.
    ///
    /// # Errors
    ///
    /// [`Error::Name`] for a path that is none, [`Error::Setting`] for a lifetime that is none,
    /// [`Error::Encode`] for a value that cannot be written, [`Error::Store`] if the store did
    /// not take it.
    pub async fn put<T: CacheValue>(
        &self,
        path: &str,
        value: &T,
        ttl: impl Into<Ttl>,
    ) -> Result<(), Error> {
        let Some(request) = self.by_hand::<T>(path, ttl.into().checked("ttl")?)? else {
            return Ok(());
        };
        let content = match self.0.store.form() {
            Form::Values => Content::Value(Some(Arc::new(value.clone()))),
            Form::Bytes => Content::Bytes(Some(codec::encode(value)?)),
        };
        let leased = self
            .0
            .store
            .lease(&request, Token::random()?, Ask::Take)
            .await?;
        if let Leased::Lead(grant) = leased
            && self.0.store.fill(&request, grant, content).await?
        {
            self.0.counters.add(Counter::Stored);
        }
        Ok(())
    }

    /// Removes the value under a path of the current tenant; what
    /// [`invalidate`](Cache::invalidate) does with an exact path.
    ///
    /// # Errors
    ///
    /// As [`invalidate`](Cache::invalidate).
    pub async fn remove(&self, path: &str) -> Result<(), Error> {
        self.invalidate_key(&Key::of(context::tenant_or_none(), path)?)
            .await
    }

    /// The value under a path of the current tenant, or what `fetch` returns, which is stored if
    /// it is `Ok`. Concurrent callers share one run, and an invalidation meanwhile refuses the
    /// fill, as with [`#[cached]`](crate::cached).
    ///
    /// # Errors
    ///
    /// Those of `fetch` only. A path that is none is computed each time, with one warning.
    pub async fn get_or_fetch<T, E, F, Fut>(
        &self,
        path: &str,
        ttl: impl Into<Ttl>,
        fetch: F,
    ) -> Result<T, E>
    where
        T: CacheValue,
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let asked = self.ask_by_hand::<T>(path, ttl.into());
        run(self, asked, Fallible::apart(), |_| true, fetch()).await
    }

    /// As [`get_or_fetch`](Cache::get_or_fetch), blocking the thread.
    pub(crate) fn fetch_blocking<T: CacheValue, E>(
        &self,
        path: &str,
        ttl: Ttl,
        fetch: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let asked = self.ask_by_hand::<T>(path, ttl);
        run_blocking(self, asked, Fallible::apart(), |_| true, fetch)
    }

    fn ask_by_hand<T: CacheValue>(&self, path: &str, ttl: Ttl) -> Asked {
        match self.by_hand::<T>(path, ttl) {
            Ok(Some(request)) => self.0.ask(request, Directive::Cached),
            Ok(None) => Asked::Nothing,
            Err(error) => {
                self.0
                    .warn_once(path, &format!("computed, not cached: {error}"));
                Asked::Nothing
            }
        }
    }

    /// Makes stale what a pattern reaches for the current tenant: one entry (`"suite:42"`),
    /// everything below a path (`"suite:*"`), or all of the tenant's entries (`"*"`). Takes the
    /// same time however many there are. When it returns `Ok`, no call that starts later gets a
    /// value from before, and fills in progress are refused.
    ///
    /// # Errors
    ///
    /// [`Error::Name`] for a pattern that is none; [`Error::Store`] if the store did not
    /// acknowledge within its budget: the invalidation is then kept and sent again.
    ///
    /// # Cancellation
    ///
    /// Once called and polled, it is carried out even if the returned future is dropped.
    pub async fn invalidate(&self, pattern: &str) -> Result<(), Error> {
        let stale = Stale::pattern(&context::tenant_or_none(), pattern)?;
        self.0.invalidate(vec![stale]).await
    }

    /// Makes one entry stale, by its key; see [`invalidate`](Cache::invalidate).
    ///
    /// # Errors
    ///
    /// [`Error::Key`] if an argument refused to be part of it, else as
    /// [`invalidate`](Cache::invalidate).
    pub async fn invalidate_key(&self, key: &Key) -> Result<(), Error> {
        key.text()?;
        self.0.invalidate(vec![Stale::Entry(key.clone())]).await
    }

    /// Makes stale what carries a tag in the current tenant.
    ///
    /// # Errors
    ///
    /// As [`invalidate`](Cache::invalidate).
    pub async fn invalidate_tag(&self, tag: &str) -> Result<(), Error> {
        let stale = Stale::tag(&context::tenant_or_none(), tag)?;
        self.0.invalidate(vec![stale]).await
    }

    /// Publishes an event in the current tenant: makes stale what listens to it. Publishing
    /// `suite.updated:42` reaches the listeners of `suite.updated:42` and of `suite.updated`;
    /// publishing `suite.updated` reaches those and every `suite.updated:…`.
    ///
    /// # Errors
    ///
    /// As [`invalidate`](Cache::invalidate).
    pub async fn publish(&self, event: &str) -> Result<(), Error> {
        let stale = Stale::event(&context::tenant_or_none(), event)?;
        self.0.invalidate(stale).await
    }

    /// Makes stale everything of one tenant, and nothing of any other.
    ///
    /// # Errors
    ///
    /// As [`invalidate`](Cache::invalidate).
    pub async fn clear_tenant(&self, tenant: impl Into<Tenant>) -> Result<(), Error> {
        let scope = Scope::tenant(&tenant.into());
        self.0.invalidate(vec![Stale::Scope(scope)]).await
    }

    /// Makes stale everything in the namespace.
    ///
    /// # Errors
    ///
    /// As [`invalidate`](Cache::invalidate).
    pub async fn clear_all(&self) -> Result<(), Error> {
        self.0
            .invalidate(vec![Stale::Scope(Scope::namespace())])
            .await
    }

    /// Waits until every invalidation issued so far has been acknowledged by the store, however
    /// long the store is away.
    pub async fn settled(&self) {
        // The only failure is a background thread that cannot be had, and then nothing is owed.
        let _ = self.0.store.settled().await;
    }

    /// Counts since this cache was made.
    pub fn stats(&self) -> Stats {
        self.0.counters.stats()
    }

    /// How things stand with the store.
    pub fn health(&self) -> Health {
        self.0.store.health()
    }

    /// The request of a path written by hand; nothing where this call is not to be cached.
    fn by_hand<T: CacheValue>(&self, path: &str, ttl: Ttl) -> Result<Option<Arc<Request>>, Error> {
        let tenant = context::current_tenant();
        let key = Key::of(tenant.clone().unwrap_or_else(Tenant::none), path)?;
        if !self.0.settings.enabled || (tenant.is_none() && self.0.settings.tenancy.required()) {
            return Ok(None);
        }
        let value = ValueType::of::<T>();
        Ok(self.0.usable(Request {
            scopes: dependencies(&key, &[], &[]),
            fingerprint: Fingerprint::by_hand(&key, (value.name)()),
            key,
            value,
            ttl,
            name: "a path by hand",
            cache_none: false,
        }))
    }
}

/// What a call asks of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Directive {
    Cached,
    /// Run the body and replace what is stored.
    Refresh,
    /// Run the body and leave what is stored alone.
    Uncached,
}

/// The first question, already on its way.
#[derive(Debug)]
pub(crate) enum Asked {
    Read(Arc<Request>, Reply<Option<Found>>),
    Refresh(Arc<Request>),
    /// The call is not to be cached.
    Nothing,
}

impl Inner {
    /// The request with its lifetime filled in, unless that is none to store with.
    pub(crate) fn usable(&self, mut request: Request) -> Option<Arc<Request>> {
        request.ttl = request.ttl.or(self.settings.default_ttl);
        if !request.ttl.usable() {
            let problem = "computed, not cached: its `ttl` is zero or beyond a hundred years; write `never` for no end";
            self.warn_once(request.name, problem);
            return None;
        }
        Some(Arc::new(request))
    }

    pub(crate) fn ask(&self, request: Arc<Request>, directive: Directive) -> Asked {
        match directive {
            Directive::Cached => {
                let reply = self.store.read(&request);
                Asked::Read(request, reply)
            }
            Directive::Refresh => Asked::Refresh(request),
            Directive::Uncached => Asked::Nothing,
        }
    }

    /// From the first question to a value, or to the right to run the body.
    ///
    /// Ask first, then join: a call waits for a flight only because the store, asked after the
    /// call began, said that this flight's lease leads and that its epochs are current. So a
    /// call that starts after an invalidation never gets a value from before it.
    async fn admit(self: Arc<Self>, asked: Asked, mode: Mode) -> Admission {
        let (request, first, ask) = match asked {
            Asked::Nothing => {
                self.counters.add(Counter::Bypassed);
                return Admission::Compute;
            }
            Asked::Refresh(request) => (request, None, Ask::Take),
            Asked::Read(request, reply) => (request, Some(reply), Ask::Join),
        };
        if let Some(reply) = first {
            let found = reply.await;
            if found.is_err() {
                self.counters.add(Counter::Errors);
                return Admission::Compute;
            }
            if let Some(payload) = self.opened(found, &request) {
                self.counters.add(Counter::Hits);
                return Admission::Value(payload);
            }
            self.counters.add(Counter::Misses);
        }
        self.ask_for_lead(request, ask, mode).await
    }

    async fn ask_for_lead(
        self: Arc<Self>,
        request: Arc<Request>,
        mut ask: Ask,
        mode: Mode,
    ) -> Admission {
        let patience = Patience::new(self.settings.max_wait);
        loop {
            let listener = self.store.listen(&request);
            let Ok(candidate) = Lead::candidate(&self, &request, mode) else {
                return Admission::Compute;
            };
            let answer = self.store.lease(&request, candidate.token, ask).await;
            let (leader, remaining) = match answer {
                Ok(Leased::Lead(grant)) => return Admission::Lead(candidate.granted(grant)),
                Ok(Leased::Filled) => {
                    candidate.withdraw();
                    let found = self.store.read(&request).await;
                    match self.opened(found, &request) {
                        Some(payload) => {
                            self.counters.add(Counter::Joined);
                            return Admission::Value(payload);
                        }
                        None if patience.over() => return Admission::Compute,
                        // Valid, but of another kind: another function's, or garbage.
                        None => ask = Ask::Take,
                    }
                    continue;
                }
                Ok(Leased::Led(leader, remaining)) => (leader, remaining),
                Err(_) => {
                    // The lease may have been granted all the same: dropping the candidate
                    // releases it.
                    self.counters.add(Counter::Errors);
                    return Admission::Compute;
                }
            };
            candidate.withdraw();
            if patience.over() {
                return Admission::Compute;
            }
            match self.flights.get(leader) {
                Some(flight) if flight.admits(request.fingerprint, mode) => {
                    match flight.landing(patience.left()).await {
                        Some(Landing::Value(payload)) => {
                            self.counters.add(Counter::Joined);
                            return Admission::Value(payload);
                        }
                        Some(Landing::Failure(failure)) => {
                            self.counters.add(Counter::Joined);
                            return Admission::Failure(failure);
                        }
                        Some(Landing::Abandoned) => continue,
                        Some(Landing::Unshared) | None => return Admission::Compute,
                    }
                }
                Some(_) => return Admission::Compute,
                None => {
                    if self.wait_elsewhere(listener, remaining, &patience).await
                        == Some(Ending::Unshared)
                    {
                        return Admission::Compute;
                    }
                    let found = self.store.read(&request).await;
                    if found.is_err() {
                        self.counters.add(Counter::Errors);
                        return Admission::Compute;
                    }
                    if let Some(payload) = self.opened(found, &request) {
                        self.counters.add(Counter::Joined);
                        return Admission::Value(payload);
                    }
                }
            }
        }
    }

    /// Waits for another process: for its note, or for its lease to run out, with some jitter so
    /// that those who wait do not come back all at once.
    async fn wait_elsewhere(
        &self,
        listener: Listener,
        remaining: Duration,
        patience: &Patience,
    ) -> Option<Ending> {
        let listener = listener?;
        let jitter = Duration::from_millis(u64::from(Token::random().map_or(0, |t| t.0[0]) / 5));
        let limit = remaining.saturating_add(jitter).min(patience.left());
        background::within(limit, listener).await
    }

    /// The payload of what was found, if it is of the kind that was asked for.
    fn opened(&self, found: Result<Option<Found>, Error>, request: &Request) -> Option<Payload> {
        let payload = match found.ok()?? {
            Found::Value(payload) => payload,
            Found::Bytes(bytes) => match entry::open(&bytes, request.fingerprint)? {
                Some(value) => Some(request.value.decode(value)?),
                None => None,
            },
        };
        (payload.is_some() || request.cache_none).then_some(payload)
    }

    pub(crate) async fn invalidate(&self, stale: Vec<Stale>) -> Result<(), Error> {
        if stale.is_empty() {
            return Ok(());
        }
        self.count_invalidation();
        self.store.invalidate(stale).await
    }

    pub(crate) fn count_invalidation(&self) {
        self.counters.add(Counter::Invalidations);
    }

    /// One log line for each subject and problem, however often it comes.
    pub(crate) fn warn_once(&self, subject: &str, problem: &str) {
        let line = format!("`{subject}`: {problem}");
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.len() < MOST_WARNINGS && !warned.contains(&line) {
            tracing::warn!(target: "cache_runtime", "{line}");
            warned.insert(line);
        }
    }
}

/// The time a call is ready to wait for others.
#[derive(Debug)]
struct Patience(Instant, Duration);

impl Patience {
    fn new(limit: Duration) -> Self {
        Patience(Instant::now(), limit)
    }

    fn left(&self) -> Duration {
        self.1.saturating_sub(self.0.elapsed())
    }

    fn over(&self) -> bool {
        self.left().is_zero()
    }
}

/// A flight of this process, from the question for its lease to its landing. Dropped before it
/// has landed, it is abandoned: the lease is released and one of those who wait takes over.
#[derive(Debug)]
pub(crate) struct Lead {
    cache: Arc<Inner>,
    request: Arc<Request>,
    token: Token,
    landing: watch::Sender<Option<Landing>>,
    grant: Option<Grant>,
    over: bool,
    /// Keeps the lease while the body runs.
    renewal: Option<Held>,
}

impl Lead {
    fn candidate(
        cache: &Arc<Inner>,
        request: &Arc<Request>,
        mode: Mode,
    ) -> Result<Box<Self>, Error> {
        let token = Token::random()?;
        Ok(Box::new(Lead {
            landing: cache.flights.open(token, request.fingerprint, mode),
            cache: cache.clone(),
            request: request.clone(),
            token,
            grant: None,
            over: false,
            renewal: None,
        }))
    }

    fn granted(mut self: Box<Self>, grant: Grant) -> Box<Self> {
        if self.cache.store.form() == Form::Bytes {
            let (store, request, lease) = (
                self.cache.store.clone(),
                self.request.clone(),
                self.cache.settings.lease,
            );
            let kept = grant.clone();
            self.renewal = Some(background::hold(async move {
                loop {
                    tokio::time::sleep(lease / 3).await;
                    // A store that is away may be back in time; a lost lease is lost for good.
                    if let Ok(false) = store.renew(&request, &kept).await {
                        return;
                    }
                }
            }));
        }
        self.grant = Some(grant);
        self
    }

    /// The store gave the lead to another.
    fn withdraw(mut self: Box<Self>) {
        self.over = true;
    }

    /// Lands with a value and stores it.
    fn store(mut self: Box<Self>, payload: Payload, content: Content) {
        self.over = true;
        let Some(grant) = self.grant.take() else {
            return;
        };
        let reply = self.cache.store.fill(&self.request, grant, content);
        self.landing.send_replace(Some(Landing::Value(payload)));
        let cache = self.cache.clone();
        let count = move |stored: Result<bool, Error>| {
            cache.counters.add(match stored {
                Ok(true) => Counter::Stored,
                Ok(false) => Counter::Refused,
                Err(_) => Counter::Errors,
            });
        };
        match reply {
            Reply::Now(answer) => answer.into_iter().for_each(count),
            // The caller has its value; nobody waits for the store.
            later => drop(background::spawn(async move { count(later.await) })),
        }
    }

    /// Lands with something that is not stored.
    fn land(mut self: Box<Self>, landing: Landing) {
        self.over = true;
        let ending = match &landing {
            Landing::Abandoned => Ending::Abandoned,
            _ => Ending::Unshared,
        };
        drop(self.cache.store.release(&self.request, self.token, ending));
        self.landing.send_replace(Some(landing));
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        self.cache.flights.close(self.token);
        if !self.over {
            drop(
                self.cache
                    .store
                    .release(&self.request, self.token, Ending::Abandoned),
            );
            self.landing.send_replace(Some(Landing::Abandoned));
        }
    }
}

/// The rest of a cached call, from its first question on. `body` is polled only if it has to
/// run, and then to its end unless the caller goes away.
pub(crate) async fn run<R, K, W, F>(cache: &Cache, asked: Asked, kind: K, when: W, body: F) -> R
where
    K: Kind<R>,
    K::Value: CacheValue,
    W: FnOnce(&K::Value) -> bool,
    F: Future<Output = R>,
{
    let admission = cache.0.clone().admit(asked, Mode::Async).await;
    let lead = match ready(admission, kind) {
        Ok(result) => return result,
        Err(lead) => lead,
    };
    cache.0.counters.add(Counter::Runs);
    let result = body.await;
    land(lead, kind, when, &result);
    result
}

/// The same for a function that blocks its thread.
pub(crate) fn run_blocking<R, K, W, F>(cache: &Cache, asked: Asked, kind: K, when: W, body: F) -> R
where
    K: Kind<R>,
    K::Value: CacheValue,
    W: FnOnce(&K::Value) -> bool,
    F: FnOnce() -> R,
{
    let admission = background::wait(cache.0.clone().admit(asked, Mode::Blocking))
        .unwrap_or(Admission::Compute);
    let lead = match ready(admission, kind) {
        Ok(result) => return result,
        Err(lead) => lead,
    };
    cache.0.counters.add(Counter::Runs);
    let result = body();
    land(lead, kind, when, &result);
    result
}

/// A result that is already there, or the flight to fly if there is one.
fn ready<R, K>(admission: Admission, kind: K) -> Result<R, Option<Box<Lead>>>
where
    K: Kind<R>,
    K::Value: CacheValue,
{
    match admission {
        Admission::Value(None) => kind.from_nothing().ok_or(None),
        Admission::Value(payload) => taken(payload)
            .map(|value| kind.from_value(value))
            .ok_or(None),
        Admission::Failure(failure) => kind.from_failure(&failure).ok_or(None),
        Admission::Lead(lead) => Err(Some(lead)),
        Admission::Compute => Err(None),
    }
}

/// The value of a payload, without a copy where nobody else holds it.
fn taken<T: CacheValue>(payload: Payload) -> Option<T> {
    let value = payload?.downcast::<T>().ok()?;
    Some(Arc::unwrap_or_clone(value))
}

/// Ends a flight with what its body returned.
fn land<R, K, W>(lead: Option<Box<Lead>>, kind: K, when: W, result: &R)
where
    K: Kind<R>,
    K::Value: CacheValue,
    W: FnOnce(&K::Value) -> bool,
{
    let Some(lead) = lead else { return };
    let form = lead.cache.store.form();
    match kind.outcome(result) {
        Outcome::Failed => lead.land(match kind.failure(result) {
            Some(failure) => Landing::Failure(failure),
            None => Landing::Unshared,
        }),
        Outcome::Nothing if lead.request.cache_none => lead.store(
            None,
            match form {
                Form::Values => Content::Value(None),
                Form::Bytes => Content::Bytes(None),
            },
        ),
        Outcome::Nothing => lead.land(Landing::Value(None)),
        Outcome::Value(value) => {
            let payload: Payload = Some(Arc::new(value.clone()));
            let wanted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| when(value)))
                .unwrap_or_else(|_| {
                    lead.cache
                        .warn_once(lead.request.name, "not stored: its `when` panicked");
                    false
                });
            if !wanted {
                return lead.land(Landing::Value(payload));
            }
            match form {
                Form::Values => lead.store(payload.clone(), Content::Value(payload)),
                Form::Bytes => match codec::encode(value) {
                    Ok(bytes) => lead.store(payload, Content::Bytes(Some(bytes))),
                    Err(error) => {
                        lead.cache
                            .warn_once(lead.request.name, &format!("not stored: {error}"));
                        lead.land(Landing::Value(payload));
                    }
                },
            }
        }
    }
}

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

    fn stats(&self) -> Stats {
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
