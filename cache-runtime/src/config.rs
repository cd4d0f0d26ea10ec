//! Builder to one checked set of settings.

pub(crate) mod env;

use std::sync::Arc;
use std::time::Duration;

use crate::cache::Cache;
use crate::clock::Clock;
use crate::error::Error;
use crate::store::memory::Memory;
#[cfg(feature = "redis")]
use crate::store::redis::OnServerChange;
use crate::ttl::Ttl;

/// Whether a call needs a tenant to be cached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tenancy {
    /// Calls outside any tenant share entries of their own.
    #[default]
    Optional,
    /// Calls outside any tenant are computed and never cached; `tenant = shared` still is.
    Required,
}

impl Tenancy {
    pub(crate) fn required(self) -> bool {
        self == Tenancy::Required
    }
}

/// What every part of a cache may want to know.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) enabled: bool,
    pub(crate) default_ttl: Ttl,
    pub(crate) tenancy: Tenancy,
    pub(crate) budget: Duration,
    pub(crate) max_wait: Duration,
    pub(crate) lease: Duration,
}

/// Settings of a cache. Start with [`Cache::builder`], end with [`connect`](Builder::connect).
#[derive(Clone, Debug)]
pub struct Builder {
    settings: Settings,
    max_entries: usize,
    clock: Clock,
    #[cfg(feature = "redis")]
    redis: Option<Url>,
    #[cfg(feature = "redis")]
    link: crate::store::redis::Options,
}

/// An address that may hold a password, and does not print it.
#[cfg(feature = "redis")]
#[derive(Clone)]
struct Url(String);

#[cfg(feature = "redis")]
impl std::fmt::Debug for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::store::redis::redacted(&self.0))
    }
}

impl Default for Builder {
    fn default() -> Self {
        Builder {
            settings: Settings {
                enabled: true,
                default_ttl: Ttl::Of(Duration::from_secs(300)),
                tenancy: Tenancy::Optional,
                budget: Duration::from_millis(50),
                max_wait: Duration::from_secs(5),
                lease: Duration::from_secs(3),
            },
            max_entries: 100_000,
            clock: Clock::system(),
            #[cfg(feature = "redis")]
            redis: None,
            #[cfg(feature = "redis")]
            link: crate::store::redis::Options::default(),
        }
    }
}

impl Builder {
    /// Keeps values in this process's memory. The default.
    #[must_use]
    #[cfg_attr(
        not(feature = "redis"),
        allow(unused_mut, reason = "there is nothing to undo")
    )]
    pub fn memory(mut self) -> Self {
        #[cfg(feature = "redis")]
        {
            self.redis = None;
        }
        self
    }

    /// Keeps values in Redis, shared by all processes of the same namespace. Accepts
    /// `redis://[user:password@]host[:port][/database]`, the same with `rediss://` for TLS
    /// (feature `tls`), `unix:///path` and `redis+unix:///path`.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn redis(mut self, url: impl Into<String>) -> Self {
        self.redis = Some(Url(url.into()));
        self
    }

    /// Separates caches that share a server: the first part of every key. Default `cache`.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.link.namespace = namespace.into();
        self
    }

    /// Lifetime of entries whose function names none. Default five minutes.
    #[must_use]
    pub fn default_ttl(mut self, ttl: impl Into<Ttl>) -> Self {
        self.settings.default_ttl = ttl.into().or(self.settings.default_ttl);
        self
    }

    /// Whether calls outside any tenant are cached. Default [`Tenancy::Optional`].
    #[must_use]
    pub fn tenancy(mut self, tenancy: Tenancy) -> Self {
        self.settings.tenancy = tenancy;
        self
    }

    /// Switched off, every call is computed and nothing is stored, but invalidations are still
    /// sent to the store: other processes may use it. Default on.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.settings.enabled = enabled;
        self
    }

    /// The most entries kept in memory; past it the least used give way. Default 100,000.
    #[must_use]
    pub fn max_entries(mut self, entries: usize) -> Self {
        self.max_entries = entries;
        self
    }

    /// What questions to the store may cost one call, all together, before it is computed
    /// instead. Default 50 ms; after a call that used it up, calls skip the store until it
    /// answers again.
    #[must_use]
    pub fn budget(mut self, budget: Duration) -> Self {
        self.settings.budget = budget;
        self
    }

    /// How long an invalidation waits for Redis to acknowledge it; past that it is owed.
    /// Default one second.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn invalidation_budget(mut self, budget: Duration) -> Self {
        self.link.invalidation_budget = budget;
        self
    }

    /// How long a call waits for another call's run of the same key before it computes for
    /// itself and stores nothing. Default five seconds.
    #[must_use]
    pub fn max_wait(mut self, limit: Duration) -> Self {
        self.settings.max_wait = limit;
        self
    }

    /// How long the lease of a process that died stands in the way of others. Renewed while the
    /// body runs, so bodies may take longer. Default three seconds.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.settings.lease = lease;
        self
    }

    /// Number of connections to Redis for data; each carries any number of calls at once. From
    /// two on, the last is for large values, so that nobody waits behind them. Default two.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn connections(mut self, connections: usize) -> Self {
        self.link.connections = connections;
        self
    }

    /// How long a connection may leave a question without an answer before it is given up.
    /// Default one second.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn redis_timeout(mut self, timeout: Duration) -> Self {
        self.link.timeout = timeout;
        self
    }

    /// How long connecting to Redis may take. Default one second.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn redis_connect_timeout(mut self, timeout: Duration) -> Self {
        self.link.connect_timeout = timeout;
        self
    }

    /// What becomes of entries when the server restarts or a replica takes over. Default
    /// [`OnServerChange::Discard`].
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn on_server_change(mut self, what: OnServerChange) -> Self {
        self.link.on_server_change = what;
        self
    }

    /// The certificates, in a PEM file, that the server's own must lead to. Default: those of
    /// the system.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn redis_ca_file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.link.ca_file = Some(path.into());
        self
    }

    /// The clock by which entries in memory expire. Default the system's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Makes the cache. With Redis, tries to connect first and says in one log line how that
    /// went; a Redis that is absent or refuses is no error, for it may come later.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] names a setting that cannot be used.
    pub async fn connect(self) -> Result<Cache, Error> {
        self.check()?;
        if !self.settings.enabled {
            tracing::info!(target: "cache_runtime", "cache switched off: every call is computed, invalidations are still sent");
        }
        #[cfg(feature = "redis")]
        if let Some(Url(url)) = &self.redis {
            let options = crate::store::redis::Options {
                lease: self.settings.lease,
                budget: self.settings.budget,
                ..self.link.clone()
            };
            let store = crate::store::redis::Redis::connect(url, options).await?;
            return Ok(Cache::new(Arc::new(store), self.settings));
        }
        if self.settings.enabled {
            tracing::info!(target: "cache_runtime", "cache enabled in this process's memory");
        }
        Ok(self.in_memory())
    }

    /// As [`connect`](Builder::connect), for synchronous code.
    ///
    /// # Errors
    ///
    /// As [`connect`](Builder::connect).
    pub fn connect_blocking(self) -> Result<Cache, Error> {
        crate::background::wait(self.connect())
    }

    /// A cache in memory, whatever else was set.
    pub(crate) fn in_memory(self) -> Cache {
        Cache::new(
            Arc::new(Memory::new(self.max_entries, self.clock)),
            self.settings,
        )
    }

    fn check(&self) -> Result<(), Error> {
        self.settings.default_ttl.checked("default_ttl")?;
        positive("lease", self.settings.lease)?;
        positive("budget", self.settings.budget)?;
        if self.max_entries == 0 {
            return Err(Error::setting(
                "max_entries",
                "0",
                "a number of entries from 1; to switch the cache off, `enabled(false)`",
            ));
        }
        #[cfg(feature = "redis")]
        self.link.check()?;
        #[cfg(feature = "redis")]
        if self.redis.is_some() && self.clock.is_manual() {
            return Err(Error::setting(
                "clock",
                "a manual clock",
                "the system's clock: entries in Redis expire by the server's own; use `memory()` where a test turns the time",
            ));
        }
        Ok(())
    }
}

pub(crate) fn positive(name: &str, duration: Duration) -> Result<(), Error> {
    if duration < Duration::from_millis(1) || duration > crate::ttl::LONGEST {
        return Err(Error::setting(
            name,
            humantime::format_duration(duration).to_string(),
            "a time of at least one millisecond",
        ));
    }
    Ok(())
}
