//! The environment to settings. Each variable is read, checked and named in its own terms.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::cache::Cache;
use crate::config::{Builder, Tenancy, positive};
use crate::error::Error;
#[cfg(feature = "redis")]
use crate::store::redis::OnServerChange;
use crate::ttl::Ttl;

/// Settings from the environment; `variable` looks one up. Empty is unset.
pub(crate) fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Builder, Error> {
    let get = |name: &str| {
        variable(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    };
    let flag = |name: &str| get(name).map(|value| parse_flag(name, &value)).transpose();
    let number = |name: &str, range: RangeInclusive<u64>| {
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
    let ca_file = get("REDIS_SSL_CA_CERTS");
    let on_change = get("CACHE_ON_SERVER_CHANGE")
        .map(|value| parse_discard(&value))
        .transpose()?;
    let named = url.is_some() || socket.is_some() || host.is_some() || port.is_some();
    if !enabled.unwrap_or(named) {
        return Ok(builder);
    }

    #[cfg(not(feature = "redis"))]
    {
        let _ = (database, connections, timeout, connect_timeout, namespace);
        let _ = (ca_file, on_change);
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
        if let Some(discard) = on_change {
            builder = builder.on_server_change(match discard {
                true => OnServerChange::Discard,
                false => OnServerChange::Trust,
            });
        }
        if let Some(path) = ca_file {
            #[cfg(feature = "tls")]
            {
                builder = builder.redis_ca_file(path);
            }
            #[cfg(not(feature = "tls"))]
            return Err(Error::setting(
                "REDIS_SSL_CA_CERTS",
                path,
                "unset: certificates are for `rediss://`, which needs the feature `tls` of cache-runtime",
            ));
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

/// Whether to discard.
fn parse_discard(value: &str) -> Result<bool, Error> {
    match value.to_lowercase().as_str() {
        "discard" => Ok(true),
        "trust" => Ok(false),
        _ => {
            let accepted = "`discard` or `trust`";
            Err(Error::setting("CACHE_ON_SERVER_CHANGE", value, accepted))
        }
    }
}

fn parse_number(name: &str, value: &str, range: RangeInclusive<u64>) -> Result<u64, Error> {
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
    let never = match name {
        "CACHE_TTL" => "; or `never`",
        _ => "",
    };
    match parsed {
        Some(duration) if positive(name, duration).is_ok() => Ok(duration),
        _ => Err(Error::setting(
            name,
            value,
            format!(
                "seconds such as `300` or `0.5`, or a time with a unit such as `5m`, longer than zero{never}"
            ),
        )),
    }
}
