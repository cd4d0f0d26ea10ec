//! The link to the server: connects, watches, leaves connections that do not answer, connects
//! again, for ever; and sees to it that what is owed is sent before anything is read.
//!
//! | the link is | questions (read, lease) | tells (fill, renew, release, mark) | invalidations |
//! |---|---|---|---|
//! | away | fail at once | fail at once | are owed |
//! | live | are asked | are told | are sent; owed until acknowledged |
//! | live, but late with an answer | fail at once | are told | the same |
//!
//! A late answer is followed by a check at once: answered, all is well again; not answered, the
//! link is away. It becomes live under the lock that holds the ledger, and only when that is
//! empty; an invalidation that fails takes it down.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::{ConnectionInfo, PushInfo, PushKind, RedisError};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::background;
use crate::entry::Token;
use crate::error::Error;
use crate::scope::Stale;
use crate::store::redis::connect::{Live, connect, parse};
use crate::store::redis::ledger::{Batch, Ledger};
use crate::store::redis::{Options, notes, send_stale};
use crate::store::{Health, Reply};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const HEARTBEAT: Duration = Duration::from_secs(1);
/// A link that lived this long was no false start: the next pause is the first again.
const SETTLED_IN: Duration = Duration::from_secs(5);

/// Held by the store; when it is dropped, the supervisor ends as soon as nothing is owed.
#[derive(Debug)]
pub(super) struct Link(Arc<Shared>);

impl Drop for Link {
    fn drop(&mut self) {
        self.0.closed.store(true, Ordering::Relaxed);
        self.0.trouble.notify_one();
    }
}

pub(super) struct Shared {
    pub(super) options: Options,
    pub(super) notes: notes::Notes,
    info: ConnectionInfo,
    name: String,
    state: Mutex<State>,
    /// Something may be wrong with the live connections.
    trouble: Notify,
    /// Something was acknowledged.
    progress: watch::Sender<()>,
    closed: AtomicBool,
}

#[derive(Default)]
struct State {
    live: Option<Arc<Live>>,
    ledger: Ledger,
    last_error: Option<String>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl Link {
    /// Starts the supervisor and waits for its first attempt.
    pub(super) async fn start(url: &str, options: Options) -> Result<Self, Error> {
        let info = parse("redis", url)?;
        let shared = Arc::new(Shared {
            name: format!("redis at {}", info.addr()),
            notes: notes::Notes::default(),
            state: Mutex::default(),
            trouble: Notify::new(),
            progress: watch::Sender::new(()),
            closed: AtomicBool::new(false),
            options,
            info,
        });
        let attempted = Arc::new(Notify::new());
        drop(background::spawn(supervise(
            shared.clone(),
            attempted.clone(),
        )));
        let limit = shared.options.connect_timeout * 2;
        background::within(limit, attempted.notified()).await;
        Ok(Link(shared))
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.0
    }

    /// Sends, and keeps what is not acknowledged. While the server is known to be away, nobody
    /// waits for it: the invalidation is owed at once.
    pub(super) fn invalidate(&self, stale: Vec<Stale>, ended: Option<Token>) -> Reply<()> {
        let (id, live) = {
            let mut state = self.0.state();
            let id = state.ledger.issue(&stale, ended);
            if state.live.is_none() {
                state.ledger.bound();
            }
            (id, state.live.clone())
        };
        let Some(live) = live else {
            return Reply::Now(Some(Err(self.0.away())));
        };
        let shared = self.0.clone();
        Reply::Later(background::spawn(async move {
            let budget = shared.options.invalidation_budget;
            let mut connection = live.connection([0; 16]);
            let namespace = &shared.options.namespace;
            let sent = send_stale(namespace, &stale, ended.as_slice(), &mut connection);
            let why = match timeout(budget, sent).await {
                Ok(Ok(())) => {
                    shared.acknowledge(&[id]);
                    return Ok(());
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("an invalidation had no answer within {budget:?}"),
            };
            let owed_on = {
                let state = shared.state();
                state.live.clone().filter(|_| state.ledger.owes(id))
            };
            if let Some(live) = owed_on {
                shared.leave(&live, &why);
            }
            Err(shared.error(why))
        }))
    }

    pub(super) fn settled(&self) -> Reply<()> {
        let shared = self.0.clone();
        let newest = shared.state().ledger.newest();
        Reply::Later(background::spawn(async move {
            let mut progress = shared.progress.subscribe();
            while !shared.state().ledger.settled(newest) {
                if progress.changed().await.is_err() {
                    break;
                }
            }
            Ok(())
        }))
    }

    pub(super) fn health(&self) -> Health {
        let state = self.0.state();
        Health {
            store: self.0.name.clone(),
            connected: state
                .live
                .as_ref()
                .is_some_and(|live| live.open.load(Ordering::Relaxed)),
            owed: state.ledger.len(),
            last_error: state.last_error.clone(),
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connections to tell something on.
    pub(super) fn live(&self) -> Option<Arc<Live>> {
        self.state().live.clone()
    }

    /// The connections to ask something on.
    pub(super) fn open(&self) -> Option<Arc<Live>> {
        self.live().filter(|live| live.open.load(Ordering::Relaxed))
    }

    fn error(&self, why: impl Into<String>) -> Error {
        Error::store(&self.name, why)
    }

    pub(super) fn away(&self) -> Error {
        let why = self.state().last_error.clone();
        self.error(why.unwrap_or_else(|| "not connected".into()))
    }

    /// A command failed. Some failures are the connection's, or the server's.
    pub(super) fn failed(&self, live: &Arc<Live>, error: RedisError) -> Error {
        let fatal = error.is_connection_dropped()
            || error.is_unrecoverable_error()
            || error.is_io_error()
            || matches!(
                error.code(),
                Some("READONLY" | "LOADING" | "MASTERDOWN" | "NOAUTH")
            );
        if fatal {
            self.leave(live, &error.to_string());
        }
        Error::Store {
            store: self.name.clone(),
            why: error.to_string(),
            source: Some(Box::new(error)),
        }
    }

    /// An answer did not come in time: nobody else is to wait until a check is answered.
    pub(super) fn late(&self, live: &Arc<Live>, limit: Duration) -> Error {
        live.open.store(false, Ordering::Relaxed);
        self.trouble.notify_one();
        self.error(format!("no answer within {limit:?}"))
    }

    fn acknowledge(&self, ids: &[u64]) {
        let mut state = self.state();
        for id in ids {
            state.ledger.acknowledge(*id);
        }
        drop(state);
        self.progress.send_replace(());
    }

    fn uses(&self, live: &Arc<Live>) -> bool {
        let state = self.state();
        state
            .live
            .as_ref()
            .is_some_and(|now| Arc::ptr_eq(now, live))
    }

    /// Stops using these connections; the supervisor makes new ones.
    fn leave(&self, live: &Arc<Live>, why: &str) {
        if !self.uses(live) {
            return;
        }
        {
            let mut state = self.state();
            state.live = None;
            state.last_error = Some(why.to_owned());
        }
        self.trouble.notify_one();
        // Who waits for a note would wait in vain.
        self.notes.hear_nothing();
        tracing::warn!(target: "cache_runtime", "{} lost: {why}; calls are computed until it is back", self.name);
    }

    fn heard(&self, push: &PushInfo) {
        match (&push.kind, push.data.as_slice()) {
            (PushKind::Message, [_, redis::Value::BulkString(note)]) => self.notes.hear(note),
            (PushKind::Disconnection, _) => {
                if let Some(live) = self.live() {
                    self.leave(&live, "the connection was closed");
                }
            }
            _ => {}
        }
    }

    /// Sends what is owed, then makes the connections live, with nothing in between.
    async fn replay(&self, live: &Arc<Live>) -> Result<(), String> {
        let limit = self.options.invalidation_budget.max(self.options.timeout);
        let mut connection = live.connection([0; 16]);
        loop {
            let Batch { ids, stale, ended } = {
                let mut state = self.state();
                if state.ledger.is_empty() {
                    state.live = Some(live.clone());
                    state.last_error = None;
                    return Ok(());
                }
                state.ledger.batch()
            };
            let namespace = &self.options.namespace;
            let sent = send_stale(namespace, &stale, &ended, &mut connection);
            match timeout(limit, sent).await {
                Ok(Ok(())) => self.acknowledge(&ids),
                Ok(Err(error)) => return Err(error.to_string()),
                Err(_) => return Err(format!("what is owed had no answer within {limit:?}")),
            }
        }
    }

    async fn come_alive(self: &Arc<Self>) -> Result<Arc<Live>, String> {
        let limit = self.options.connect_timeout;
        let weak = Arc::downgrade(self);
        let heard = move |push: PushInfo| {
            if let Some(shared) = weak.upgrade() {
                shared.heard(&push);
            }
        };
        let live = match timeout(limit, connect(&self.info, &self.options, heard)).await {
            Ok(Ok(live)) => Arc::new(live),
            Ok(Err(error)) => return Err(error.to_string()),
            Err(_) => return Err(format!("no connection within {limit:?}")),
        };
        self.replay(&live).await?;
        Ok(live)
    }

    fn is_done(&self) -> bool {
        self.closed.load(Ordering::Relaxed) && self.state().ledger.is_empty()
    }

    /// Returns when these connections are no longer to be used.
    async fn watch(&self, live: &Arc<Live>) {
        while !self.is_done() && self.uses(live) {
            match live.check(self.options.timeout).await {
                Ok(()) => live.open.store(true, Ordering::Relaxed),
                Err(why) => self.leave(live, &why),
            }
            let _ = timeout(HEARTBEAT, self.trouble.notified()).await;
        }
    }
}

/// Connects, serves, and begins again, until the cache is gone and nothing is owed.
async fn supervise(shared: Arc<Shared>, attempted: Arc<Notify>) {
    let mut pause = FIRST_PAUSE;
    let mut said = String::new();
    while !shared.is_done() {
        match shared.come_alive().await {
            Ok(live) => {
                tracing::info!(target: "cache_runtime", "cache enabled: {}, namespace `{}`", shared.name, shared.options.namespace);
                attempted.notify_one();
                said.clear();
                let since = Instant::now();
                shared.watch(&live).await;
                if since.elapsed() > SETTLED_IN {
                    pause = FIRST_PAUSE;
                }
            }
            Err(why) => {
                shared.state().last_error = Some(why.clone());
                if said != why {
                    tracing::warn!(target: "cache_runtime", "{} cannot be used: {why}; calls are computed until it can", shared.name);
                    said = why;
                }
                attempted.notify_one();
            }
        }
        let jitter = f64::from(Token::random().map_or(128, |token| token.0[0])) / 255.0;
        tokio::time::sleep(pause.mul_f64(0.5 + jitter / 2.0)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
