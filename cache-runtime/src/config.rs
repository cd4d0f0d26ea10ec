//! Builder and environment to one checked set of settings.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::Cache;
use crate::clock::Clock;
use crate::error::Error;
use crate::store::memory::Memory;
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
    redis: Option<String>,
    #[cfg(feature = "redis")]
    link: crate::store::redis::Options,
}

impl Default for Builder {
    fn default() -> Self {
        Builder {
            settings: Settings {
                enabled: true,
                default_ttl: Ttl::Of(Duration::from_secs(300)),
                tenancy: Tenancy::Optional,
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
    pub fn memory(mut self) -> Self {
        #[cfg(feature = "redis")]
        {
            self.redis = None;
        }
        // Without Redis there is nothing else it could be.
        self.max_entries = self.max_entries.max(0);
        self
    }

    /// Keeps values in Redis, shared by all processes of the same namespace. Accepts
    /// `redis://[user:password@]host[:port][/database]`, `unix:///path` and
    /// `redis+unix:///path`.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn redis(mut self, url: impl Into<String>) -> Self {
        self.redis = Some(url.into());
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

    /// What a question to Redis may cost a call before it is computed instead. Default 50 ms;
    /// after one that took longer, calls skip the store until it answers again.
    #[cfg(feature = "redis")]
    #[must_use]
    pub fn budget(mut self, budget: Duration) -> Self {
        self.link.budget = budget;
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

    /// Number of connections to Redis for data; each carries any number of calls at once.
    /// Default two.
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
        #[cfg(feature = "redis")]
        if let Some(url) = &self.redis {
            let options = crate::store::redis::Options {
                lease: self.settings.lease,
                ..self.link.clone()
            };
            let store = crate::store::redis::Redis::connect(url, options).await?;
            return Ok(Cache::new(Arc::new(store), self.settings));
        }
        tracing::info!(target: "cache_runtime", "cache enabled in this process's memory");
        Ok(self.in_memory())
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
        if self.max_entries == 0 {
            return Err(Error::setting(
                "max_entries",
                "0",
                "a number of entries from 1; to switch the cache off, `enabled(false)`",
            ));
        }
        #[cfg(feature = "redis")]
        self.link.check()?;
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

/// Settings from the environment; `variable` looks one up. Empty is unset.
pub(crate) fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Builder, Error> {
    let get = |name: &str| {
        variable(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    };
    let flag = |name: &str| get(name).map(|value| parse_flag(name, &value)).transpose();
    let number = |name: &str, range: std::ops::RangeInclusive<u64>| {
        get(name)
            .map(|value| parse_number(name, &value, range))
            .transpose()
    };
    let seconds = |name: &str| {
        get(name)
            .map(|value| parse_duration(name, &value))
            .transpose()
    };

    let mut builder = Cache::builder();
    if let Some(enabled) = flag("CACHE_ENABLED")? {
        builder = builder.enabled(enabled);
    }
    if let Some(value) = get("CACHE_TTL") {
        let ttl = match value.as_str() {
            "never" => Ttl::Never,
            value => Ttl::Of(parse_duration("CACHE_TTL", value)?),
        };
        builder = builder.default_ttl(ttl.checked("CACHE_TTL")?);
    }
    if let Some(value) = get("CACHE_TENANCY") {
        builder = builder.tenancy(match value.to_lowercase().as_str() {
            "optional" => Tenancy::Optional,
            "required" => Tenancy::Required,
            _ => {
                return Err(Error::setting(
                    "CACHE_TENANCY",
                    value,
                    "`optional` or `required`",
                ));
            }
        });
    }
    if let Some(value) = get("CACHE_LOCAL") {
        return Err(Error::setting(
            "CACHE_LOCAL",
            value,
            "the local tier is not built yet; leave it unset",
        ));
    }

    let url = get("REDIS_URL");
    let socket = get("REDIS_SOCKET_PATH");
    let host = get("REDIS_HOST");
    let enabled = flag("REDIS_ENABLED")?;
    let port = number("REDIS_PORT", 1..=65_535)?;
    let database = number("REDIS_DB", 0..=u64::from(u32::MAX))?.unwrap_or(0);
    let connections = number("REDIS_MAX_CONNECTIONS", 1..=1024)?;
    let timeout = seconds("REDIS_SOCKET_TIMEOUT")?;
    let connect_timeout = seconds("REDIS_SOCKET_CONNECT_TIMEOUT")?;
    let namespace = get("CACHE_NAMESPACE");
    let named = url.is_some() || socket.is_some() || host.is_some() || port.is_some();
    if !enabled.unwrap_or(named) {
        return Ok(builder);
    }

    #[cfg(not(feature = "redis"))]
    {
        let _ = (database, connections, timeout, connect_timeout, namespace);
        Err(Error::setting(
            "REDIS_URL",
            "set",
            "this build has no Redis; add the feature `redis` to cache-runtime, or set `REDIS_ENABLED=false`",
        ))
    }
    #[cfg(feature = "redis")]
    {
        let name = if url.is_some() {
            "REDIS_URL"
        } else {
            "REDIS_HOST"
        };
        let url = url.unwrap_or_else(|| {
            address(
                host.as_deref().unwrap_or("localhost"),
                port.unwrap_or(6379),
                socket.as_deref(),
                database,
                get("REDIS_USERNAME").as_deref(),
                get("REDIS_PASSWORD").as_deref(),
            )
        });
        crate::store::redis::check_url(name, &url)?;
        builder = builder.redis(url);
        if let Some(connections) = connections {
            builder = builder.connections(usize::try_from(connections).unwrap_or(usize::MAX));
        }
        if let Some(timeout) = timeout {
            builder = builder.redis_timeout(timeout);
        }
        if let Some(timeout) = connect_timeout {
            builder = builder.redis_connect_timeout(timeout);
        }
        if let Some(namespace) = namespace {
            crate::store::redis::check_namespace("CACHE_NAMESPACE", &namespace)?;
            builder = builder.namespace(namespace);
        }
        Ok(builder)
    }
}

/// The URL of separate settings; user and password are percent-encoded, as a URL wants them.
#[cfg(feature = "redis")]
fn address(
    host: &str,
    port: u64,
    socket: Option<&str>,
    database: u64,
    user: Option<&str>,
    password: Option<&str>,
) -> String {
    let plain = |text: &str| {
        crate::key::encoding::escaped(text, |c| c.is_ascii_alphanumeric() || "-._~".contains(c))
    };
    let user = user.map(plain).unwrap_or_default();
    let password = password.map(plain).unwrap_or_default();
    match socket {
        Some(path) => {
            let mut query = format!("db={database}");
            if !user.is_empty() {
                query.push_str(&format!("&user={user}"));
            }
            if !password.is_empty() {
                query.push_str(&format!("&pass={password}"));
            }
            format!("redis+unix://{path}?{query}")
        }
        None => {
            let credentials = match (user.is_empty(), password.is_empty()) {
                (true, true) => String::new(),
                _ => format!("{user}:{password}@"),
            };
            let host = if host.contains(':') && !host.starts_with('[') {
                format!("[{host}]")
            } else {
                host.to_owned()
            };
            format!("redis://{credentials}{host}:{port}/{database}")
        }
    }
}

fn parse_flag(name: &str, value: &str) -> Result<bool, Error> {
    match value.to_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(Error::setting(name, value, "`true` or `false`")),
    }
}

fn parse_number(
    name: &str,
    value: &str,
    range: std::ops::RangeInclusive<u64>,
) -> Result<u64, Error> {
    match value.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(Error::setting(
            name,
            value,
            format!("a whole number from {} to {}", range.start(), range.end()),
        )),
    }
}

/// Seconds, whole or with a fraction, or a duration with units.
fn parse_duration(name: &str, value: &str) -> Result<Duration, Error> {
    let parsed = match value.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => humantime::parse_duration(value).ok(),
    };
    match parsed {
        Some(duration) if positive(name, duration).is_ok() => Ok(duration),
        _ => Err(Error::setting(
            name,
            value,
            "seconds such as `300` or `0.5`, or a time with a unit such as `5m`; longer than zero",
        )),
    }
}
