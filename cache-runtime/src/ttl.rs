//! How long an entry lives, and the usual lengths by name.

use std::time::Duration;

use crate::error::Error;

/// A minute: for what changes all the time.
pub const SHORT: Duration = Duration::from_secs(60);
/// Ten minutes: for what people edit.
pub const MEDIUM: Duration = Duration::from_secs(600);
/// An hour: for what rarely changes.
pub const LONG: Duration = Duration::from_secs(3600);
/// A day: for reference data.
pub const EXTENDED: Duration = Duration::from_secs(86_400);

/// Longer than any cache lives; most likely a mistake in units.
pub(crate) const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

/// The lifetime of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ttl {
    /// The runtime's default, five minutes if nothing else was set.
    #[default]
    Default,
    /// This long. Zero, or more than a hundred years, is not stored.
    Of(Duration),
    /// Until it is invalidated or evicted.
    Never,
}

impl From<Duration> for Ttl {
    fn from(duration: Duration) -> Self {
        Ttl::Of(duration)
    }
}

impl Ttl {
    /// This one, or `default` in its place.
    pub(crate) fn or(self, default: Ttl) -> Ttl {
        match self {
            Ttl::Default => default,
            ttl => ttl,
        }
    }

    /// Whether an entry may be stored with it.
    pub(crate) fn usable(self) -> bool {
        !matches!(self, Ttl::Of(duration) if duration.as_millis() == 0 || duration > LONGEST)
    }

    /// As the setting `name` accepts it.
    pub(crate) fn checked(self, name: &str) -> Result<Ttl, Error> {
        match self {
            Ttl::Of(duration) if !self.usable() => Err(Error::setting(
                name,
                humantime::format_duration(duration).to_string(),
                "a lifetime between one millisecond and a hundred years, such as 300 seconds or `5m`; `never` for none",
            )),
            ttl => Ok(ttl),
        }
    }

    /// Milliseconds, or `None` without an end.
    pub(crate) fn millis(self) -> Option<u64> {
        match self {
            Ttl::Of(duration) => Some(crate::clock::millis_of(duration)),
            Ttl::Default | Ttl::Never => None,
        }
    }
}
