//! The link to the server: connects, watches, leaves a connection that does not answer, connects
//! again, for ever. And what is owed: invalidations that have not been acknowledged are kept in
//! order and sent again before this process reads the store again.
//!
//! A command without a live connection fails at once. One answer that comes late closes the
//! way for all calls until a ping is answered; a ping that is not, or any broken connection,
//! and all of them are replaced.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, PushInfo,
    PushKind, RedisError, RedisResult,
};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::background;
use crate::entry::Token;
use crate::error::Error;
use crate::key::encoding;
use crate::scope::Stale;
use crate::store::redis::{Options, notes, scripts, send_stale};
use crate::store::{Health, Reply};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Invalidations are sent again in batches of this many.
const BATCH: usize = 256;

/// The address of a URL, or what is wrong with it in terms of the setting `name`.
pub(super) fn parse(name: &str, url: &str) -> Result<ConnectionInfo, Error> {
    let accepted =
        "`redis://[user:password@]host[:port][/database]`, `unix:///path` or `redis+unix:///path`";
    let refused = |why: &str| Error::setting(name, redacted(url), format!("{accepted} ({why})"));
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    match scheme {
        "redis" | "valkey" | "unix" | "redis+unix" | "valkey+unix" => {}
        "rediss" | "valkeys" => return Err(refused("TLS is not built yet")),
        "" => return Err(refused("there is no scheme")),
        _ => return Err(refused("the scheme is unknown")),
    }
    let info = url
        .into_connection_info()
        .map_err(|error| refused(&error.to_string()))?;
    let settings = info
        .redis_settings()
        .clone()
        .set_protocol(ProtocolVersion::RESP3);
    Ok(info
        .set_redis_settings(settings)
        .set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

/// A URL without what stands before the `@`, nor a `pass=` in its query.
pub(crate) fn redacted(url: &str) -> String {
    let url = match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    };
    match url.split_once("pass=") {
        Some((before, _)) => format!("{before}pass=…"),
        None => url,
    }
}

/// A set of connections to one run of one server.
#[derive(Debug)]
pub(super) struct Live {
    data: Vec<MultiplexedConnection>,
    /// Of the server's `run_id`: a server restarted from an old snapshot is another server.
    pub(super) server: [u8; 16],
    /// Whether calls may use it; closed by a late answer until a ping is answered.
    open: AtomicBool,
}

impl Live {
    /// Commands for one entry always travel in order on one connection.
    pub(super) fn connection(&self, digest: [u8; 16]) -> MultiplexedConnection {
        self.data[usize::from(digest[0]) % self.data.len()].clone()
    }
}

#[derive(Clone, Debug)]
pub(super) struct Link(Arc<Shared>);

struct Shared {
    options: Options,
    info: ConnectionInfo,
    name: String,
    notes: notes::Notes,
    state: Mutex<State>,
    /// Something is wrong with the live connections.
    trouble: Notify,
    /// The oldest invalidation that is still owed changes.
    progress: watch::Sender<()>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// Behind one lock, so that connections become live only when nothing is owed.
#[derive(Default)]
struct State {
    live: Option<Arc<Live>>,
    last_error: Option<String>,
    next: u64,
    /// Not acknowledged, whether sent or waiting.
    unsettled: BTreeSet<u64>,
    /// Waiting to be sent again, in order.
    owed: VecDeque<(u64, Vec<Stale>)>,
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
            options,
            info,
        });
        let attempted = Arc::new(Notify::new());
        let weak = Arc::downgrade(&shared);
        drop(background::spawn(supervise(weak, attempted.clone())));
        let limit = shared.options.connect_timeout * 2;
        background::within(limit, async move { attempted.notified().await }).await;
        Ok(Link(shared))
    }

    pub(super) fn options(&self) -> &Options {
        &self.0.options
    }

    pub(super) fn notes(&self) -> &notes::Notes {
        &self.0.notes
    }

    /// The live connections, unless the last answer was late.
    pub(super) fn live(&self) -> Option<Arc<Live>> {
        let live = self.0.state().live.clone()?;
        live.open.load(Ordering::Relaxed).then_some(live)
    }

    pub(super) fn away(&self) -> Error {
        let why = self.0.state().last_error.clone();
        Error::store(&self.0.name, why.unwrap_or_else(|| "not connected".into()))
    }

    /// A command failed. Some failures are the connection's.
    pub(super) fn failed(&self, live: &Arc<Live>, error: RedisError) -> Error {
        if self.0.fatal(&error) {
            self.0.leave(live, &error.to_string());
        }
        Error::Store {
            store: self.0.name.clone(),
            why: error.to_string(),
            source: Some(Box::new(error)),
        }
    }

    /// An answer did not come in time: nobody else is to wait until a ping is answered.
    pub(super) fn late(&self, live: &Arc<Live>, budget: Duration) -> Error {
        live.open.store(false, Ordering::Relaxed);
        self.0.trouble.notify_one();
        Error::store(&self.0.name, format!("no answer within {budget:?}"))
    }

    /// Sends, and keeps what is not acknowledged. While the server is known to be away, nobody
    /// waits for it: the invalidation is owed at once.
    pub(super) fn invalidate(&self, stale: Vec<Stale>) -> Reply<()> {
        let (id, live) = self.0.state().owe(&stale);
        let Some(live) = live else {
            return Reply::Now(Some(Err(self.away())));
        };
        let shared = self.0.clone();
        Reply::Later(background::spawn(async move {
            let budget = shared.options.invalidation_budget;
            let mut connection = live.connection([0; 16]);
            let sent = send_stale(&shared.options.namespace, &stale, &mut connection);
            let why = match timeout(budget, sent).await {
                Ok(Ok(())) => {
                    shared.settle(id);
                    return Ok(());
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("an invalidation had no answer within {budget:?}"),
            };
            shared.owe_again(id, stale, &why);
            Err(Error::store(&shared.name, why))
        }))
    }

    pub(super) fn settled(&self) -> Reply<()> {
        let shared = self.0.clone();
        let newest = shared.state().next;
        Reply::Later(background::spawn(async move {
            shared.settled(newest).await;
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
            owed: state.unsettled.len(),
            last_error: state.last_error.clone(),
        }
    }
}

impl State {
    /// A new invalidation: its number, and the connections to send it on. Without any, or while
    /// others wait before it, it waits too.
    fn owe(&mut self, stale: &[Stale]) -> (u64, Option<Arc<Live>>) {
        self.next += 1;
        self.unsettled.insert(self.next);
        let live = self.live.clone().filter(|_| self.owed.is_empty());
        if live.is_none() {
            self.owed.push_back((self.next, stale.to_vec()));
        }
        (self.next, live)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settle(&self, id: u64) {
        self.state().unsettled.remove(&id);
        self.progress.send_replace(());
    }

    /// Waits until this invalidation and all before it are acknowledged.
    async fn settled(&self, id: u64) {
        let mut progress = self.progress.subscribe();
        while self
            .state()
            .unsettled
            .first()
            .is_some_and(|oldest| *oldest <= id)
        {
            if progress.changed().await.is_err() {
                return;
            }
        }
    }

    /// Whether an error means that this connection, or this server, is not to be used.
    fn fatal(&self, error: &RedisError) -> bool {
        error.is_connection_dropped()
            || error.is_unrecoverable_error()
            || error.is_io_error()
            || matches!(
                error.code(),
                Some("READONLY" | "LOADING" | "MASTERDOWN" | "NOAUTH")
            )
    }

    /// Keeps an invalidation that was not acknowledged. Nothing is read before it has been sent
    /// again, so whatever is live is left.
    fn owe_again(&self, id: u64, stale: Vec<Stale>, why: &str) {
        let mut state = self.state();
        let at = state.owed.partition_point(|(other, _)| *other < id);
        state.owed.insert(at, (id, stale));
        if let Some(live) = state.live.clone() {
            drop(state);
            self.leave(&live, why);
        }
    }

    /// Stops using these connections; the supervisor makes new ones.
    fn leave(&self, live: &Arc<Live>, why: &str) {
        let mut state = self.state();
        if state
            .live
            .as_ref()
            .is_some_and(|now| Arc::ptr_eq(now, live))
        {
            state.live = None;
            state.last_error = Some(why.to_owned());
            tracing::warn!(target: "cache_runtime", "{} lost: {why}; calls are computed until it is back", self.name);
        }
        self.trouble.notify_one();
    }

    async fn connect(self: &Arc<Self>) -> RedisResult<(Arc<Live>, MultiplexedConnection)> {
        let client = Client::open(self.info.clone())?;
        let config = || {
            AsyncConnectionConfig::new()
                .set_connection_timeout(Some(self.options.connect_timeout))
                .set_response_timeout(None)
        };
        let weak = Arc::downgrade(self);
        let heard = config().set_push_sender(move |push: PushInfo| {
            if let Some(shared) = weak.upgrade() {
                shared.heard(&push);
            }
            Ok::<(), redis::aio::SendError>(())
        });
        let mut ears = client
            .get_multiplexed_async_connection_with_config(&heard)
            .await?;
        ears.subscribe(notes::channel(&self.options.namespace))
            .await?;
        let mut data = Vec::with_capacity(self.options.connections);
        for _ in 0..self.options.connections {
            data.push(
                client
                    .get_multiplexed_async_connection_with_config(&config())
                    .await?,
            );
        }
        let server = identity(&mut data[0]).await?;
        for script in scripts() {
            script.load_async(&mut data[0]).await?;
        }
        let live = Live {
            data,
            server,
            open: AtomicBool::new(true),
        };
        Ok((Arc::new(live), ears))
    }

    fn heard(&self, push: &PushInfo) {
        match (&push.kind, push.data.as_slice()) {
            (PushKind::Message, [_, redis::Value::BulkString(note)]) => self.notes.hear(note),
            (PushKind::Disconnection, _) => {
                self.notes.hear_nothing();
                let live = self.state().live.clone();
                if let Some(live) = live {
                    self.leave(&live, "the connection was closed");
                }
            }
            _ => {}
        }
    }

    /// Sends what is owed, then makes the connections live, with nothing in between.
    async fn replay(&self, live: &Arc<Live>) -> RedisResult<()> {
        let mut connection = live.connection([0; 16]);
        loop {
            let batch: Vec<_> = {
                let mut state = self.state();
                if state.owed.is_empty() {
                    state.live = Some(live.clone());
                    state.last_error = None;
                    return Ok(());
                }
                state.owed.iter().take(BATCH).cloned().collect()
            };
            let stale: Vec<Stale> = batch.iter().flat_map(|(_, stale)| stale.clone()).collect();
            send_stale(&self.options.namespace, &stale, &mut connection).await?;
            self.state().owed.drain(..batch.len());
            for (id, _) in batch {
                self.settle(id);
            }
        }
    }

    /// Returns when these connections are no longer to be used.
    async fn watch(self: &Arc<Self>, live: &Arc<Live>, mut ears: MultiplexedConnection) {
        loop {
            let _ = timeout(HEARTBEAT, self.trouble.notified()).await;
            let used = |state: &State| {
                state
                    .live
                    .as_ref()
                    .is_some_and(|now| Arc::ptr_eq(now, live))
            };
            if !used(&self.state()) {
                return;
            }
            let limit = self.options.timeout;
            let mut answered = ping(&mut ears, limit).await;
            for connection in &live.data {
                if answered.is_ok() {
                    answered = ping(&mut connection.clone(), limit).await;
                }
            }
            match answered {
                Ok(()) => live.open.store(true, Ordering::Relaxed),
                Err(why) => return self.leave(live, &why),
            }
        }
    }
}

async fn ping(connection: &mut MultiplexedConnection, limit: Duration) -> Result<(), String> {
    match timeout(limit, redis::cmd("PING").exec_async(connection)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer to a ping within {limit:?}")),
    }
}

/// A digest of the server's `run_id`, which is new each time it starts.
async fn identity(connection: &mut MultiplexedConnection) -> RedisResult<[u8; 16]> {
    let info: RedisResult<String> = redis::cmd("INFO")
        .arg("server")
        .query_async(connection)
        .await;
    let info = match info {
        Err(error) if error.is_io_error() || error.is_connection_dropped() => return Err(error),
        info => info.unwrap_or_default(),
    };
    let run = info.lines().find_map(|line| line.strip_prefix("run_id:"));
    if run.is_none() {
        tracing::warn!(target: "cache_runtime", "this server does not tell its `run_id`: if it restarts from an old snapshot, entries from before may come back");
    }
    Ok(encoding::digest(run.unwrap_or_default().trim()))
}

/// Connects, serves, and begins again, until the cache is gone.
async fn supervise(shared: Weak<Shared>, attempted: Arc<Notify>) {
    let mut pause = FIRST_PAUSE;
    let mut said_why = false;
    loop {
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let limit = shared.options.connect_timeout;
        let attempt = async {
            let (live, ears) = shared.connect().await?;
            shared.replay(&live).await?;
            Ok::<_, RedisError>((live, ears))
        };
        match timeout(limit, attempt).await {
            Ok(Ok((live, ears))) => {
                tracing::info!(target: "cache_runtime", "cache enabled: {}, namespace `{}`", shared.name, shared.options.namespace);
                attempted.notify_one();
                (pause, said_why) = (FIRST_PAUSE, false);
                shared.watch(&live, ears).await;
            }
            failed => {
                let why = match failed {
                    Ok(Err(error)) => error.to_string(),
                    _ => format!("no connection within {limit:?}"),
                };
                shared.state().last_error = Some(why.clone());
                if !said_why {
                    tracing::warn!(target: "cache_runtime", "{} cannot be used: {why}; calls are computed until it can", shared.name);
                    said_why = true;
                }
                attempted.notify_one();
            }
        }
        drop(shared);
        let jitter = f64::from(Token::random().map_or(128, |token| token.0[0])) / 255.0;
        tokio::time::sleep(pause.mul_f64(0.5 + jitter / 2.0)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
