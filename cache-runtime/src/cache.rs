//! `Cache`: a store, what goes on in this process, and everything that can be done by hand.

use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use crate::call::{Asked, Directive, Lead, Look, Typed, run, run_blocking};
use crate::codec::{Codec, ValueType};
use crate::config::{Builder, Settings};
use crate::context;
use crate::entry::Fingerprint;
use crate::error::Error;
use crate::flight::{Flights, Mode};
use crate::key::Key;
use crate::kind::{CacheValue, Fallible, Sharing};
use crate::scope::{Scope, Stale, dependencies};
use crate::stats::{Counter, Counters, Stats};
use crate::store::{Ask, Content, Form, Health, Leased, Request, Store};
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
        let found = self.0.store.read(&request, self.0.settings.budget).await;
        let value = match self.0.look(found, &request) {
            Look::Value(Some(value)) => (Codec::<T>::new().taken)(value),
            _ => None,
        };
        self.0.counters.add(if value.is_some() {
            Counter::Hits
        } else {
            Counter::Misses
        });
        Ok(value)
    }

    /// Stores a value under a path of the current tenant. A fill in progress is refused. Where
    /// the cache is switched off, or a tenant is required and missing, nothing is stored; nor is
    /// it if an invalidation of the path comes at the same moment, or while a `strict` mutator
    /// of it runs.
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
        let codec = Codec::<T>::new();
        let payload = Some((codec.copied)(value).ok_or_else(|| Error::Encode {
            why: "its `Clone` panicked".into(),
        })?);
        let content = match self.0.store.form() {
            Form::Values => Content::Value(payload.clone()),
            Form::Bytes => Content::Bytes(Some((codec.encode)(value)?)),
        };
        let candidate = Lead::candidate(&self.0, &request, Mode::Async)?;
        let limit = self.0.settings.budget;
        let leased = self
            .0
            .store
            .lease(&request, candidate.token, Ask::Take, limit);
        if let Leased::Lead(grant) = leased.await? {
            candidate.granted(grant).store(payload, content).await?;
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
        let key = Key::of(context::tenant_or_none(), path)?;
        self.invalidate_key(&key).await
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
        run(self, asked, Self::by_hand_types(), |_| true, fetch()).await
    }

    /// As [`get_or_fetch`](Cache::get_or_fetch), blocking the thread.
    pub(crate) fn fetch_blocking<T: CacheValue, E>(
        &self,
        path: &str,
        ttl: Ttl,
        fetch: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let asked = self.ask_by_hand::<T>(path, ttl);
        run_blocking(self, asked, Self::by_hand_types(), |_| true, fetch)
    }

    fn by_hand_types<T: CacheValue, E>() -> Typed<Result<T, E>, Fallible> {
        Typed {
            kind: Fallible,
            sharing: Sharing::none(),
            codec: Codec::new(),
        }
    }

    fn ask_by_hand<T: CacheValue>(&self, path: &str, ttl: Ttl) -> Asked {
        match self.by_hand::<T>(path, ttl) {
            Ok(Some(request)) => self.0.ask(request, Directive::Cached),
            Ok(None) => Asked::Nothing,
            Err(error) => {
                self.0
                    .warn_once("get_or_fetch", &format!("computed, not cached: {error}"));
                Asked::Nothing
            }
        }
    }

    /// Makes stale what a pattern reaches for the current tenant: one entry (`"suite:42"`),
    /// everything below a path (`"suite:*"`), or all of the tenant's entries (`"*"`). Takes the
    /// same time however many there are. Levels are as a key shows them; [`Key::level`] writes one
    /// from a value. When it returns `Ok`, no call that starts later gets a
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
        self.0.invalidate(stale).await
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

    /// Makes stale what carries a tag in the current tenant. A tag made from arguments holds their
    /// text: write `project:{}` with [`Key::level`] where an argument may be more than a number or a
    /// plain word.
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

    pub(crate) async fn invalidate(&self, stale: Vec<Stale>) -> Result<(), Error> {
        if stale.is_empty() {
            return Ok(());
        }
        self.count_invalidation();
        self.store.invalidate(stale, None).await
    }

    pub(crate) fn count_invalidation(&self) {
        self.counters.add(Counter::Invalidations);
    }

    /// One log line for each subject and problem, however often it comes.
    pub(crate) fn warn_once(&self, subject: &str, problem: &str) {
        let line = format!("`{subject}`: {problem}");
        let new = {
            let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
            warned.len() < MOST_WARNINGS && warned.insert(line.clone())
        };
        if new {
            tracing::warn!(target: "cache_runtime", "{line}");
        }
    }
}
