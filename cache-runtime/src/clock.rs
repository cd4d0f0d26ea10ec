//! Time as a value, so that tests never sleep. No clock decides whether an entry is valid; this
//! one only lets the memory store's entries expire.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A source of monotonic time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System(Instant),
    /// Milliseconds since the clock was made.
    Manual(Arc<AtomicU64>),
}

impl Clock {
    /// The system's monotonic clock.
    pub fn system() -> Self {
        Clock(Source::System(Instant::now()))
    }

    /// A clock that stands still until [`advance`](Clock::advance) is called. Clones share it.
    pub fn manual() -> Self {
        Clock(Source::Manual(Arc::default()))
    }

    /// Moves a manual clock forward, by whole milliseconds. The system's clock moves by itself.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(millis) = &self.0 {
            millis.fetch_add(millis_of(by), Ordering::SeqCst);
        }
    }

    #[cfg(feature = "redis")]
    pub(crate) fn is_manual(&self) -> bool {
        matches!(self.0, Source::Manual(_))
    }

    /// Milliseconds since this clock was made.
    pub(crate) fn now(&self) -> u64 {
        match &self.0 {
            Source::System(start) => millis_of(start.elapsed()),
            Source::Manual(millis) => millis.load(Ordering::SeqCst),
        }
    }
}

pub(crate) fn millis_of(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
