//! Leases that ended while the server could not be told. It hears of them when it is back, so
//! that nobody waits for a leader that is none; until then they run out by themselves.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{RedisResult, ScriptInvocation};
use tokio::time::Instant;

use crate::entry::Token;
use crate::store::Ending;
use crate::store::redis::{Names, release_script};

/// Past this many, those that come later are left to run out.
const MOST: usize = 10_000;

#[derive(Debug, Default)]
pub(super) struct Untold(Mutex<Vec<Ended>>);

/// The end of one lease.
pub(super) struct Ended {
    script: ScriptInvocation<'static>,
    /// When it has run out.
    until: Instant,
}

impl std::fmt::Debug for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Ended").field(&self.until).finish()
    }
}

/// The ends of several leases.
pub(super) struct Endings(pub(super) Vec<Ended>);

impl Untold {
    pub(super) fn keep(&self, ended: impl IntoIterator<Item = Ended>) {
        let mut kept = self.kept();
        kept.extend(ended);
        if kept.len() > MOST {
            let now = Instant::now();
            kept.retain(|ended| ended.until > now);
            kept.truncate(MOST);
        }
    }

    pub(super) fn take(&self) -> Endings {
        let now = Instant::now();
        let mut ended = std::mem::take(&mut *self.kept());
        ended.retain(|ended| ended.until > now);
        Endings(ended)
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Ended>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ended {
    pub(super) fn new(
        namespace: &str,
        names: &Names,
        token: Token,
        ending: Ending,
        lease: Duration,
    ) -> Self {
        Ended {
            script: release_script(namespace, names, token, ending),
            until: Instant::now() + lease,
        }
    }
}

impl Endings {
    /// Tells all of them in one round trip.
    pub(super) async fn tell(&self, connection: &mut MultiplexedConnection) -> RedisResult<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut pipe = redis::pipe();
        for ended in &self.0 {
            pipe.invoke_script(&ended.script).ignore();
        }
        pipe.exec_async(connection).await
    }
}
