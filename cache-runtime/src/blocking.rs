//! The cache by hand, from synchronous code.

use std::future::Future;

use crate::background;
use crate::cache::Cache;
use crate::context;
use crate::error::Error;
use crate::key::Key;
use crate::kind::CacheValue;
use crate::tenant::Tenant;
use crate::ttl::Ttl;

/// A [`Cache`] whose methods block the calling thread instead of being awaited. They use the
/// cache's own background thread, so they work inside and outside every executor.
#[derive(Clone, Debug)]
pub struct Blocking(Cache);

impl Cache {
    /// The same cache for synchronous code.
    pub fn blocking(&self) -> Blocking {
        Blocking(self.clone())
    }
}

impl Blocking {
    /// Runs one of the cache's own futures to its end, under the caller's tenant.
    fn wait<T, F>(&self, call: impl FnOnce(Cache) -> F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        background::wait(context::carry(call(self.0.clone())))?
    }

    /// As [`Cache::get`].
    ///
    /// # Errors
    ///
    /// As [`Cache::get`].
    pub fn get<T: CacheValue>(&self, path: &str) -> Result<Option<T>, Error> {
        let path = path.to_owned();
        self.wait(|cache| async move { cache.get(&path).await })
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
        let (path, value, ttl) = (path.to_owned(), value.clone(), ttl.into());
        self.wait(move |cache| async move { cache.put(&path, &value, ttl).await })
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
        let path = path.to_owned();
        self.wait(|cache| async move { cache.remove(&path).await })
    }

    /// As [`Cache::invalidate`].
    ///
    /// # Errors
    ///
    /// As [`Cache::invalidate`].
    pub fn invalidate(&self, pattern: &str) -> Result<(), Error> {
        let pattern = pattern.to_owned();
        self.wait(|cache| async move { cache.invalidate(&pattern).await })
    }

    /// As [`Cache::invalidate_key`].
    ///
    /// # Errors
    ///
    /// As [`Cache::invalidate_key`].
    pub fn invalidate_key(&self, key: &Key) -> Result<(), Error> {
        let key = key.clone();
        self.wait(|cache| async move { cache.invalidate_key(&key).await })
    }

    /// As [`Cache::invalidate_tag`].
    ///
    /// # Errors
    ///
    /// As [`Cache::invalidate_tag`].
    pub fn invalidate_tag(&self, tag: &str) -> Result<(), Error> {
        let tag = tag.to_owned();
        self.wait(|cache| async move { cache.invalidate_tag(&tag).await })
    }

    /// As [`Cache::publish`].
    ///
    /// # Errors
    ///
    /// As [`Cache::publish`].
    pub fn publish(&self, event: &str) -> Result<(), Error> {
        let event = event.to_owned();
        self.wait(|cache| async move { cache.publish(&event).await })
    }

    /// As [`Cache::clear_tenant`].
    ///
    /// # Errors
    ///
    /// As [`Cache::clear_tenant`].
    pub fn clear_tenant(&self, tenant: impl Into<Tenant>) -> Result<(), Error> {
        let tenant = tenant.into();
        self.wait(|cache| async move { cache.clear_tenant(tenant).await })
    }

    /// As [`Cache::clear_all`].
    ///
    /// # Errors
    ///
    /// As [`Cache::clear_all`].
    pub fn clear_all(&self) -> Result<(), Error> {
        self.wait(|cache| async move { cache.clear_all().await })
    }

    /// As [`Cache::settled`].
    pub fn settled(&self) {
        // Without a background thread nothing is owed.
        let _ = self.wait(|cache| async move {
            cache.settled().await;
            Ok(())
        });
    }
}
