//! The link to the server: connects, watches, leaves connections that do not answer, connects
//! again, for ever; and sees to it that what is owed is sent before anything is read.
//!
//! | the link is | questions (read, lease) | tells (fill, renew, release, mark) | invalidations |
//! |---|---|---|---|
//! | away | fail at once | fail at once | are owed |
//! | ready | are asked | are told | are sent; owed until acknowledged |
//! | late with an answer, or still sending what is owed | fail at once | are told | the same |
//!
//! That is a circuit breaker: late is open. A probe follows at once, and again and again until
//! it is answered so fast that a call's budget is enough for two, which closes it; one that is
//! not answered at all means that the link is away. It is ready when all is acknowledged that was owed when it came up,
//! which is decided under the lock that holds the ledger; an invalidation that fails takes it
//! down.
//!
//! | what | how long it may take |
//! |---|---|
//! | questions | what is left of the call's budget |
//! | fills, renewals, releases, probes | `redis_timeout`; large values ten times that |
//! | invalidations, marks | `invalidation_budget`; what is sent again, at least `redis_timeout` |
//! | connecting | `redis_connect_timeout` |

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use redis::{Client, PushInfo, PushKind, RedisError};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout};

use crate::background;
use crate::entry::Token;
use crate::error::Error;
use crate::metrics;
use crate::scope::Stale;
use crate::store::redis::connect::{Identity, Live, connect};
use crate::store::redis::lanes::{Lane, Sizes};
use crate::store::redis::ledger::{Batch, Ledger};
use crate::store::redis::untold::{Ended, Untold};
use crate::store::redis::{Options, notes, send_stale};
use crate::store::{Health, Reply, StoreState};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Between the probes of a link that is late.
const PROBE: Duration = Duration::from_millis(100);
/// A large value may take this many times longer than others.
const LARGE_TIMES: u32 = 10;
/// What is said of an invalidation that was not acknowledged.
const KEPT: &str = "the invalidation is kept, and sent when it can be";
/// Refusals are told once each; past this many different ones, no more.
const MOST_REFUSALS: usize = 16;
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
    pub(super) sizes: Sizes,
    untold: Untold,
    client: Client,
    name: String,
    inner: Mutex<Inner>,
    /// Something may be wrong with the live connections.
    trouble: Notify,
    /// Something was acknowledged.
    progress: watch::Sender<()>,
    closed: AtomicBool,
}

struct Inner {
    live: Option<Arc<Live>>,
    ledger: Ledger,
    /// Since when it is ready, late or away.
    since: Instant,
    /// When the last connections that were ready were left.
    lost: Instant,
    /// How often it became ready.
    connects: u64,
    /// The server that was told everything last.
    known: Option<Identity>,
    last_error: Option<String>,
    refusals: Vec<String>,
}

impl Inner {
    fn uses(&self, live: &Arc<Live>) -> bool {
        let now = self.live.as_ref();
        now.is_some_and(|now| Arc::ptr_eq(now, live))
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl Link {
    /// Starts the supervisor and waits for its first attempt.
    pub(super) async fn start(client: Client, options: Options) -> Result<Self, Error> {
        let shared = Arc::new(Shared {
            name: format!("redis at {}", client.get_connection_info().addr()),
            notes: notes::Notes::default(),
            untold: Untold::default(),
            sizes: Sizes::default(),
            inner: Mutex::new(Inner {
                live: None,
                ledger: Ledger::default(),
                since: Instant::now(),
                lost: Instant::now(),
                connects: 0,
                known: None,
                last_error: None,
                refusals: Vec::new(),
            }),
            trouble: Notify::new(),
            progress: watch::Sender::new(()),
            closed: AtomicBool::new(false),
            options,
            client,
        });
        metrics::store_state(&shared.name, StoreState::Away);
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
        let (number, owed, live) = {
            let mut inner = self.0.inner();
            let number = inner.ledger.issue(&stale, ended, Instant::now());
            if inner.live.is_none() {
                inner.ledger.bound();
            }
            (number, inner.ledger.len(), inner.live.clone())
        };
        metrics::invalidations_owed(&self.0.name, owed);
        let Some(live) = live else {
            return Reply::Now(Some(Err(self.0.kept())));
        };
        let shared = self.0.clone();
        Reply::Later(background::spawn(async move {
            let budget = shared.options.invalidation_budget;
            let mut connection = live.connection([0; 16], Lane::Usual);
            let namespace = &shared.options.namespace;
            let sent = send_stale(namespace, &stale, ended.as_slice(), &mut connection);
            let why = match timeout(budget, sent).await {
                Ok(Ok(())) if shared.acknowledge(&live, number, &stale) => return Ok(()),
                Ok(Ok(())) => "another server has taken over".to_owned(),
                Ok(Err(error)) => {
                    shared.say_refusal(&error);
                    told(&error)
                }
                Err(_) => format!("an invalidation had no answer within {budget:?}"),
            };
            // Connections that came up since have been told, before they were asked anything.
            if shared.inner().ledger.owes(number, &stale) {
                shared.leave(&live, &why);
            }
            Err(shared.error(format!("{why}; {KEPT}")))
        }))
    }

    pub(super) fn settled(&self) -> Reply<()> {
        let shared = self.0.clone();
        let newest = shared.inner().ledger.newest();
        // Who gives up waiting leaves nothing behind, however long the server is away.
        Reply::Later(background::spawn_held(async move {
            let mut progress = shared.progress.subscribe();
            while !shared.inner().ledger.settled(newest) {
                if progress.changed().await.is_err() {
                    break;
                }
            }
            Ok(())
        }))
    }

    pub(super) fn health(&self) -> Health {
        let inner = self.0.inner();
        let state = match &inner.live {
            Some(live) if live.open(Lane::Usual).load(Ordering::Relaxed) => StoreState::Ready,
            Some(_) => StoreState::Late,
            None => StoreState::Away,
        };
        Health {
            store: self.0.name.clone(),
            connected: state == StoreState::Ready,
            state,
            state_for: inner.since.elapsed(),
            connects: inner.connects,
            owed: inner.ledger.len(),
            owed_for: inner.ledger.since().map(|since| since.elapsed()),
            last_error: inner.last_error.clone(),
        }
    }
}

impl Shared {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it holds this lock.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connections to tell something on.
    pub(super) fn live(&self) -> Option<Arc<Live>> {
        self.inner().live.clone()
    }

    /// The connections to ask something on.
    pub(super) fn open(&self, lane: Lane) -> Option<Arc<Live>> {
        let open = |live: &Live, lane| live.open(lane).load(Ordering::Relaxed);
        // A server that is late for small values is late for all.
        self.live()
            .filter(|live| open(live, Lane::Usual) && open(live, lane))
    }

    /// How long something may take that nobody waits for.
    pub(super) fn limit(&self, lane: Lane) -> Duration {
        match lane {
            Lane::Usual => self.options.timeout,
            Lane::Large => self.options.timeout * LARGE_TIMES,
        }
    }

    pub(super) fn error(&self, why: impl Into<String>) -> Error {
        Error::store(&self.name, why)
    }

    pub(super) fn away(&self) -> Error {
        self.error(self.why())
    }

    /// As [`away`](Shared::away), of an invalidation.
    fn kept(&self) -> Error {
        self.error(format!("{}; {KEPT}", self.why()))
    }

    fn why(&self) -> String {
        let inner = self.inner();
        let why = inner.last_error.clone();
        why.unwrap_or_else(|| "not connected".into())
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
            self.leave(live, &told(&error));
        }
        self.say_refusal(&error);
        let why = told(&error);
        let whole = why == error.to_string();
        Error::Store {
            store: self.name.clone(),
            why,
            source: whole.then(|| Box::new(error) as _),
        }
    }

    /// What this user may not do, or a full server does not, it will not do for the next call
    /// either: that is told once.
    fn say_refusal(&self, error: &RedisError) {
        let why = told(error);
        let refused = [
            "NOPERM",
            "OOM",
            "MISCONF",
            "ermission",
            "nknown command",
            "can't run",
        ];
        if !refused.iter().any(|part| why.contains(part)) {
            return;
        }
        {
            let mut inner = self.inner();
            if inner.refusals.len() >= MOST_REFUSALS || inner.refusals.contains(&why) {
                return;
            }
            inner.refusals.push(why.clone());
        }
        let then = match why.contains("OOM") {
            true => "nothing new is stored until there is room",
            false => {
                "what it refuses is computed each time, and the README lists what a user must be allowed"
            }
        };
        // After the lock: a subscriber is user code, and may ask for the health.
        tracing::warn!(target: "cache_runtime", "{} refuses what the cache needs: {why}; {then}", self.name);
    }

    /// An answer did not come in time: nobody else is to wait until a probe is answered.
    pub(super) fn late(self: &Arc<Self>, live: &Arc<Live>, lane: Lane, limit: Duration) -> Error {
        let why = format!("no answer within {limit:?}");
        if live.open(lane).swap(false, Ordering::Relaxed) && self.inner().uses(live) {
            match lane {
                Lane::Usual => {
                    self.inner().last_error = Some(why.clone());
                    self.entered(StoreState::Late);
                    self.trouble.notify_one();
                    tracing::warn!(target: "cache_runtime", "{} is late: {why}; calls are computed until it answers in time", self.name);
                }
                Lane::Large => drop(background::spawn(probe_large(self.clone(), live.clone()))),
            }
        }
        self.error(why)
    }

    /// A lease ended and `live` did not hear of it: the next connections will.
    pub(super) async fn could_not_tell(&self, ended: Ended, live: Option<Arc<Live>>) {
        self.untold.keep([ended]);
        // They may be there already, and then they have told all that was kept before.
        if let Some(now) = self.live()
            && !live.is_some_and(|live| Arc::ptr_eq(&live, &now))
        {
            self.tell_endings(&now).await;
        }
    }

    async fn tell_endings(&self, live: &Arc<Live>) {
        let ended = self.untold.take();
        let mut connection = live.connection([0; 16], Lane::Usual);
        let told = ended.tell(&mut connection);
        match timeout(self.options.timeout, told).await {
            Ok(Ok(())) => {}
            _ => self.untold.keep(ended.0),
        }
    }

    /// Whether that counts: what a server says that was replaced by another does not.
    fn acknowledge(&self, live: &Live, number: u64, stale: &[Stale]) -> bool {
        let owed = {
            let mut inner = self.inner();
            if inner.known != live.identity {
                return false;
            }
            inner.ledger.acknowledge(number, stale, Instant::now());
            inner.ledger.len()
        };
        metrics::invalidations_owed(&self.name, owed);
        self.progress.send_replace(());
        true
    }

    /// It is ready, late or away from now on.
    fn entered(&self, state: StoreState) {
        self.inner().since = Instant::now();
        metrics::store_state(&self.name, state);
    }

    /// Stops using these connections; the supervisor makes new ones.
    fn leave(&self, live: &Arc<Live>, why: &str) {
        {
            let mut inner = self.inner();
            if !inner.uses(live) {
                return;
            }
            inner.live = None;
            inner.lost = Instant::now();
            inner.last_error = Some(why.to_owned());
        }
        self.entered(StoreState::Away);
        self.trouble.notify_one();
        // Who waits for a note would wait in vain.
        self.notes.hear_nothing();
        tracing::warn!(target: "cache_runtime", "{} lost: {why}; calls are computed until it is back", self.name);
    }

    fn heard(&self, push: &PushInfo, live: Option<Arc<Live>>) {
        match (&push.kind, push.data.as_slice()) {
            (PushKind::Message, [_, redis::Value::BulkString(note)]) => self.notes.hear(note),
            (PushKind::Disconnection, _) => {
                if let Some(live) = live {
                    self.leave(&live, "the connection was closed");
                }
            }
            _ => {}
        }
    }

    /// Sends what is owed. Meanwhile nothing is asked, but what becomes stale from here on is
    /// sent by those who say so: else there might be no end to it.
    async fn replay(&self, live: &Arc<Live>) -> Result<(), String> {
        let limit = self.options.invalidation_budget.max(self.options.timeout);
        let mut connection = live.connection([0; 16], Lane::Usual);
        let owed = {
            let mut inner = self.inner();
            inner.live = Some(live.clone());
            inner.ledger.newest()
        };
        loop {
            let Batch {
                number,
                stale,
                ended,
            } = {
                let mut inner = self.inner();
                if !inner.uses(live) {
                    return Err(inner.last_error.clone().unwrap_or_default());
                }
                if inner.ledger.settled(owed) {
                    live.open(Lane::Usual).store(true, Ordering::Relaxed);
                    inner.connects += 1;
                    inner.last_error = None;
                    break;
                }
                inner.ledger.batch()
            };
            let namespace = &self.options.namespace;
            let sent = send_stale(namespace, &stale, &ended, &mut connection);
            match timeout(limit, sent).await {
                Ok(Ok(())) => {
                    self.acknowledge(live, number, &stale);
                }
                Ok(Err(error)) => return Err(told(&error)),
                Err(_) => return Err(format!("what is owed had no answer within {limit:?}")),
            }
        }
        metrics::store_connected(&self.name);
        self.entered(StoreState::Ready);
        Ok(())
    }

    async fn come_alive(self: &Arc<Self>) -> Result<Arc<Live>, String> {
        let limit = self.options.connect_timeout;
        let weak = Arc::downgrade(self);
        // Whose ears they are: known once they are connected.
        let mine: Arc<OnceLock<Weak<Live>>> = Arc::default();
        let whose = Arc::clone(&mine);
        let heard = move |push: PushInfo| {
            if let Some(shared) = weak.upgrade() {
                shared.heard(&push, whose.get().and_then(Weak::upgrade));
            }
        };
        let live = match timeout(limit, connect(&self.client, &self.options, heard)).await {
            Ok(Ok(live)) => Arc::new(live),
            Ok(Err(error)) => return Err(told(&error)),
            Err(_) => return Err(format!("no connection within {limit:?}")),
        };
        let _ = mine.set(Arc::downgrade(&live));
        self.recognise(&live);
        if let Err(why) = self.replay(&live).await {
            self.inner().live = None;
            self.notes.hear_nothing();
            return Err(why);
        }
        self.tell_endings(&live).await;
        Ok(live)
    }

    /// Another server than before may not know what the last one acknowledged.
    fn recognise(&self, live: &Live) {
        let mut inner = self.inner();
        if inner.connects > 0 && (live.identity.is_none() || inner.known != live.identity) {
            let lost = inner.lost;
            inner.ledger.recall(lost, Instant::now());
        }
        inner.known = live.identity;
    }

    fn is_done(&self) -> bool {
        self.closed.load(Ordering::Relaxed) && self.inner().ledger.is_empty()
    }

    /// Returns when these connections are no longer to be used.
    async fn watch(&self, live: &Arc<Live>) {
        while !self.is_done() && self.inner().uses(live) {
            let open = live.open(Lane::Usual);
            match live.check(self.options.timeout).await {
                Ok(slowest) if slowest <= self.options.budget / 5 * 2 => {
                    if !open.swap(true, Ordering::Relaxed) && self.inner().uses(live) {
                        self.inner().last_error = None;
                        self.entered(StoreState::Ready);
                        tracing::info!(target: "cache_runtime", "{} answers in time again", self.name);
                    }
                }
                // It is there, but it would cost each call its budget, and for nothing.
                Ok(_) => {}
                Err(why) => self.leave(live, &why),
            }
            let pause = match open.load(Ordering::Relaxed) {
                true => HEARTBEAT,
                false => PROBE,
            };
            let _ = timeout(pause, self.trouble.notified()).await;
        }
    }
}

/// What the server said, without the arguments that it repeats: keys may be private.
fn told(error: &RedisError) -> String {
    let text = error.to_string().trim_end().replace('\n', " ");
    match text.split_once(", with args") {
        Some((said, _)) => said.to_owned(),
        None => text,
    }
}

/// Opens the lane for large values again, once what stands in it has been sent.
async fn probe_large(shared: Arc<Shared>, live: Arc<Live>) {
    match live.check_large(shared.limit(Lane::Large)).await {
        Ok(()) => live.open(Lane::Large).store(true, Ordering::Relaxed),
        Err(why) => shared.leave(&live, &why),
    }
}

/// Connects, serves, and begins again, until the cache is gone and nothing is owed.
async fn supervise(shared: Arc<Shared>, attempted: Arc<Notify>) {
    let mut pause = FIRST_PAUSE;
    let mut said = String::new();
    while !shared.is_done() {
        match shared.come_alive().await {
            Ok(live) => {
                let deaf = match live.deaf {
                    true => {
                        "; it refuses SUBSCRIBE, so calls that wait for another process look every 50 ms"
                    }
                    false => "",
                };
                let unknown = match live.identity {
                    None => {
                        "; it does not tell its `run_id`: if it restarts from an old snapshot, entries from before may come back"
                    }
                    Some(_) => "",
                };
                let (connects, away) = {
                    let inner = shared.inner();
                    (inner.connects, inner.lost.elapsed().as_secs())
                };
                match connects {
                    ..=1 => {
                        tracing::info!(target: "cache_runtime", "cache enabled: {}, namespace `{}`{deaf}{unknown}", shared.name, shared.options.namespace);
                    }
                    _ => {
                        tracing::info!(target: "cache_runtime", "{} is back after {away} s, and all that was owed is sent{deaf}{unknown}", shared.name);
                    }
                }
                attempted.notify_one();
                said.clear();
                let since = Instant::now();
                shared.watch(&live).await;
                if since.elapsed() > SETTLED_IN {
                    pause = FIRST_PAUSE;
                }
            }
            Err(why) => {
                shared.inner().last_error = Some(why.clone());
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
