//! The cache by hand, from synchronous code.

use crate::background;
use crate::cache::Cache;
use crate::error::Error;
use crate::key::Key;
use crate::kind::CacheValue;
use crate::tenant::Tenant;
use crate::ttl::Ttl;

/// A [`Cache`] whose methods block the calling thread instead of being awaited. They use the
/// cache's own background thread for I/O, so they work inside and outside every executor.
#[derive(Clone, Debug)]
pub struct Blocking(Cache);

impl Cache {
    /// The same cache for synchronous code.
    pub fn blocking(&self) -> Blocking {
        Blocking(self.clone())
    }
}

impl Blocking {
    /// As [`Cache::get`].
    ///
    /// # Errors
    ///
    /// As [`Cache::get`].
    pub fn get<T: CacheValue>(&self, path: &str) -> Result<Option<T>, Error> {
        background::wait(self.0.get(path))
    }

    /// As [`Cache::put`].
    ///
    /// # Errors
    ///
    /// As [`Cache::put`].
    pub fn put<T: CacheValue>(
        &self,
        path: &str,
        value: &T,
        ttl: impl Into<Ttl>,
    ) -> Result<(), Error> {
        background::wait(self.0.put(path, value, ttl))
    }

    /// As [`Cache::get_or_fetch`].
    ///
    /// # Errors
    ///
    /// Those of `fetch` only.
    pub fn get_or_fetch<T: CacheValue, E>(
        &self,
        path: &str,
        ttl: impl Into<Ttl>,
        fetch: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.fetch_blocking(path, ttl.into(), fetch)
    }

    /// As [`Cache::remove`].
    ///
    /// # Errors
    ///
    /// As [`Cache::remove`].
    pub fn remove(&self, path: &str) -> Result<(), Error> {
        background::wait(self.0.remove(path))
    }

    /// As [`Cache::invalidate`].
    ///
    /// # Errors
    ///
    /// As [`Cache::invalidate`].
    pub fn invalidate(&self, pattern: &str) -> Result<(), Error> {
        background::wait(self.0.invalidate(pattern))
    }

    /// As [`Cache::invalidate_key`].
    ///
    /// # Errors
    ///
    /// As [`Cache::invalidate_key`].
    pub fn invalidate_key(&self, key: &Key) -> Result<(), Error> {
        background::wait(self.0.invalidate_key(key))
    }

    /// As [`Cache::invalidate_tag`].
    ///
    /// # Errors
    ///
    /// As [`Cache::invalidate_tag`].
    pub fn invalidate_tag(&self, tag: &str) -> Result<(), Error> {
        background::wait(self.0.invalidate_tag(tag))
    }

    /// As [`Cache::publish`].
    ///
    /// # Errors
    ///
    /// As [`Cache::publish`].
    pub fn publish(&self, event: &str) -> Result<(), Error> {
        background::wait(self.0.publish(event))
    }

    /// As [`Cache::clear_tenant`].
    ///
    /// # Errors
    ///
    /// As [`Cache::clear_tenant`].
    pub fn clear_tenant(&self, tenant: impl Into<Tenant>) -> Result<(), Error> {
        background::wait(self.0.clear_tenant(tenant))
    }

    /// As [`Cache::clear_all`].
    ///
    /// # Errors
    ///
    /// As [`Cache::clear_all`].
    pub fn clear_all(&self) -> Result<(), Error> {
        background::wait(self.0.clear_all())
    }

    /// As [`Cache::settled`].
    pub fn settled(&self) {
        background::wait(self.0.settled());
    }
}
