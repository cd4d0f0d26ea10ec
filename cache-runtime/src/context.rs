//! Which cache and which tenant a piece of code runs under: the global runtime, and what
//! `with_cache` and `with_tenant` put in its place for a while.

use std::cell::Cell;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use once_cell::sync::OnceCell;

use crate::cache::Cache;
use crate::call::Directive;
use crate::config::env::from_env;
use crate::error::Error;
use crate::tenant::Tenant;

static GLOBAL: OnceCell<Cache> = OnceCell::new();

/// Whether this process has tenants at all: a call outside of any is then likely a mistake.
static TENANTS_USED: AtomicBool = AtomicBool::new(false);

pub(crate) fn tenants_used() -> bool {
    TENANTS_USED.load(Ordering::Relaxed)
}

tokio::task_local! {
    static CACHE: Cache;
    static TENANT: Tenant;
    /// What the next cached function is to do; taken by the first that begins.
    static DIRECTIVE: Cell<Option<Directive>>;
}

/// Makes `cache` the one that cached functions of this process use.
///
/// # Errors
///
/// [`Error::AlreadyInitialised`] the second time, and when a cached function has already run.
pub fn init(cache: Cache) -> Result<(), Error> {
    GLOBAL.set(cache).map_err(|_| Error::AlreadyInitialised)
}

/// Initialises the cache from the environment: Redis if `REDIS_URL` (or `REDIS_HOST`, …) is
/// set, otherwise in memory. A Redis that is absent is no error: calls are computed until it
/// comes.
///
/// # Errors
///
/// [`Error::Setting`] names a variable whose value cannot be used and says what it accepts;
/// [`Error::AlreadyInitialised`] as [`init`].
pub async fn init_from_env() -> Result<(), Error> {
    init(from_env(|name| std::env::var(name).ok())?.connect().await?)
}

/// The cache that a cached function called here would use: that of the innermost
/// [`with_cache`], or the global one. Never initialised, it is in memory, with one warning.
pub fn current() -> Cache {
    CACHE
        .try_with(Cache::clone)
        .unwrap_or_else(|_| global().clone())
}

fn global() -> &'static Cache {
    GLOBAL.get_or_init(|| {
        tracing::warn!(
            target: "cache_runtime",
            "cache used before `cache_runtime::init`: values are kept in this process's memory only; call `init` or `init_from_env` first in `main`, and `carry` a task that is spawned under `with_cache`"
        );
        Cache::builder().in_memory()
    })
}

/// Runs `future` with a cache of its own instead of the global one: for tests, and for several
/// caches in one process.
pub fn with_cache<F: Future>(cache: Cache, future: F) -> impl Future<Output = F::Output> {
    CACHE.scope(cache, future)
}

/// As [`with_cache`], for synchronous code.
pub fn with_cache_blocking<R>(cache: Cache, run: impl FnOnce() -> R) -> R {
    CACHE.sync_scope(cache, run)
}

/// Runs `future` for a tenant: every cached function and every invalidation in it reads and
/// reaches this tenant's entries only.
///
/// A spawned task does not inherit it; wrap what you spawn in [`carry`].
pub fn with_tenant<F: Future>(
    tenant: impl Into<Tenant>,
    future: F,
) -> impl Future<Output = F::Output> {
    TENANTS_USED.store(true, Ordering::Relaxed);
    TENANT.scope(tenant.into(), future)
}

/// As [`with_tenant`], for synchronous code.
pub fn with_tenant_blocking<R>(tenant: impl Into<Tenant>, run: impl FnOnce() -> R) -> R {
    TENANT.sync_scope(tenant.into(), run)
}

/// The tenant of the innermost [`with_tenant`].
pub fn current_tenant() -> Option<Tenant> {
    TENANT.try_with(Tenant::clone).ok()
}

pub(crate) fn tenant_or_none() -> Tenant {
    current_tenant().unwrap_or_else(Tenant::none)
}

/// Takes the tenant and the cache of the caller along into a task:
/// `tokio::spawn(carry(async { … }))`.
pub fn carry<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let cache = CACHE.try_with(Cache::clone).ok();
    let tenant = current_tenant();
    async move {
        match (cache, tenant) {
            (Some(cache), Some(tenant)) => with_cache(cache, with_tenant(tenant, future)).await,
            (Some(cache), None) => with_cache(cache, future).await,
            (None, Some(tenant)) => with_tenant(tenant, future).await,
            (None, None) => future.await,
        }
    }
}

/// Takes the tenant and the cache of the caller along to another thread:
/// `spawn_blocking(carry_blocking(|| …))`.
pub fn carry_blocking<R>(run: impl FnOnce() -> R) -> impl FnOnce() -> R {
    let cache = CACHE.try_with(Cache::clone).ok();
    let tenant = current_tenant();
    move || {
        let run = || match tenant {
            Some(tenant) => with_tenant_blocking(tenant, run),
            None => run(),
        };
        match cache {
            Some(cache) => with_cache_blocking(cache, run),
            None => run(),
        }
    }
}

pub(crate) fn directed<F: Future>(
    directive: Directive,
    future: F,
) -> impl Future<Output = F::Output> {
    DIRECTIVE.scope(Cell::new(Some(directive)), future)
}

pub(crate) fn directed_blocking<R>(directive: Directive, run: impl FnOnce() -> R) -> R {
    DIRECTIVE.sync_scope(Cell::new(Some(directive)), run)
}

/// The directive for the function that begins now, and for none that it calls.
pub(crate) fn take_directive() -> Directive {
    DIRECTIVE
        .try_with(Cell::take)
        .ok()
        .flatten()
        .unwrap_or(Directive::Cached)
}
