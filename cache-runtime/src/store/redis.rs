//! The shared store: one round trip to read, one script each to lease, fill, release,
//! invalidate and mark. What a reply means is decided here; whether there is a server at all is
//! [`link`]'s business, what it has yet to be told [`ledger`]'s.
//!
//! Keys, all of one tenant in one slot: `ns:e:{acme}:suite:get_suite:42#digest` the entry,
//! `ns:l:{acme}:digest` its lease, `ns:w:{acme}:digest` somebody waits, `ns:g:{acme}:suite` an
//! epoch. The digest is 128 bits of SHA-256 over tenant and path. A mark stands in place of a
//! lease or an epoch.

mod connect;
mod lanes;
mod ledger;
mod link;
mod notes;
mod untold;

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{RedisResult, Script, ScriptInvocation, Value};

use crate::background;
use crate::clock::millis_of;
use crate::config::positive;
use crate::entry::{self, FINGERPRINT, STAMP, Token};
use crate::error::Error;
use crate::key::{Key, encoding};
use crate::left_over::LeftOver;
use crate::scope::{Scope, Stale};
use crate::store::{
    Ask, Content, Ending, Form, Found, Grant, Health, Leased, Listener, Reply, Request, Store,
};
use crate::ttl::Ttl;
use connect::Live;
use lanes::Lane;
use link::{Link, Shared};
use untold::Ended;

/// Readable part of a key; what is longer is cut, the digest stays.
const LONGEST_PATH: usize = 120;

/// An epoch drawn for an entry without an end lives this long if the entry never comes.
const UNFILLED_EPOCH: u64 = 86_400_000;

/// Where nobody tells that a lease has ended, who waits for it looks this often.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Epochs outlive the entries they guard, and short-lived entries do not make them churn.
const SHORTEST_EPOCH: u64 = 600_000;

static LEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("redis/lease.lua")));
static FILL: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("redis/fill.lua")));
static RENEW: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("redis/renew.lua")));
static RELEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("redis/release.lua")));
static INVALIDATE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("redis/invalidate.lua")));
static MARK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("redis/mark.lua")));

/// What `lease.lua` returns of an entry: these bytes of its header, counted from 0.
const _: () = assert!(STAMP.start == 2 && STAMP.end == FINGERPRINT.start && FINGERPRINT.end == 34);

/// Every script, to be loaded when a connection is made: a call sends its hash only.
fn scripts() -> [&'static Script; 6] {
    [&LEASE, &FILL, &RENEW, &RELEASE, &INVALIDATE, &MARK]
}

/// Settings of the shared store.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) namespace: String,
    pub(crate) invalidation_budget: Duration,
    pub(crate) connections: usize,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) lease: Duration,
    /// What the questions of one call may cost.
    pub(crate) budget: Duration,
    pub(crate) on_server_change: OnServerChange,
    pub(crate) ca_file: Option<PathBuf>,
}

/// What becomes of entries when the server is another than the one that stored them: restarted,
/// or a replica that took over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnServerChange {
    /// They count as gone. What the new server knows may be old: a snapshot from before an
    /// invalidation, or a replica that had not heard of it.
    #[default]
    Discard,
    /// They are used. Restarts and failovers keep the cache warm, and promise 1 then holds only
    /// as far as the server loses nothing: each process tells the new server again what was
    /// acknowledged within the last minute before the old one was lost. What the new one lacks
    /// from earlier, or from a process that has ended, is read stale until its `ttl` ends.
    Trust,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            namespace: "cache".into(),
            invalidation_budget: Duration::from_secs(1),
            connections: 2,
            timeout: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(1),
            lease: Duration::from_secs(3),
            budget: Duration::from_millis(50),
            on_server_change: OnServerChange::default(),
            ca_file: None,
        }
    }
}

impl Options {
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_namespace("namespace", &self.namespace)?;
        positive("invalidation_budget", self.invalidation_budget)?;
        positive("redis_timeout", self.timeout)?;
        positive("redis_connect_timeout", self.connect_timeout)?;
        if !(1..=1024).contains(&self.connections) {
            return Err(Error::setting(
                "connections",
                self.connections.to_string(),
                "a number from 1 to 1024; a handful is plenty, for each carries many calls at once",
            ));
        }
        Ok(())
    }
}

pub(crate) fn check_namespace(name: &str, namespace: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if namespace.is_empty() || namespace.len() > 64 || !namespace.chars().all(plain) {
        return Err(Error::setting(
            name,
            namespace,
            "1 to 64 letters, digits and `-_./`, such as `qa`",
        ));
    }
    Ok(())
}

pub(crate) use connect::redacted;

pub(crate) fn check_url(name: &str, url: &str) -> Result<(), Error> {
    connect::parse(name, url).map(|_| ())
}

#[derive(Debug)]
pub(crate) struct Redis {
    link: Link,
}

/// The names of one entry's keys.
struct Names {
    entry: String,
    lease: String,
    waiter: String,
    digest: [u8; 16],
}

impl Names {
    fn of(namespace: &str, key: &Key) -> Self {
        let tag = key.tenant().tag();
        // A key without a text never gets as far as the store.
        let digest = encoding::digest(key.text().unwrap_or_default());
        let hex = encoding::hex(&digest);
        let path = encoding::head(key.path(), LONGEST_PATH);
        Names {
            entry: format!("{namespace}:e:{tag}:{path}#{hex}"),
            lease: format!("{namespace}:l:{tag}:{hex}"),
            waiter: format!("{namespace}:w:{tag}:{hex}"),
            digest,
        }
    }
}

fn epoch_name(namespace: &str, scope: &Scope) -> String {
    let name = scope.name();
    let name = encoding::cut(name, LONGEST_PATH, || encoding::digest_hex(name));
    format!("{namespace}:g:{name}")
}

/// What an entry is stamped with: the server as it was, and every epoch.
fn stamp(server: &[u8; 16], epochs: &[u8]) -> [u8; 16] {
    encoding::digest([server.as_slice(), epochs].concat())
}

/// Milliseconds as scripts take them, 0 for no end.
fn lifetimes(ttl: Ttl) -> (u64, u64) {
    match ttl.millis() {
        Some(entry) => (entry, entry.saturating_mul(2).max(SHORTEST_EPOCH)),
        None => (0, 0),
    }
}

impl Redis {
    pub(crate) async fn connect(url: &str, options: Options) -> Result<Self, Error> {
        let client = connect::client(url, options.ca_file.as_deref())?;
        Ok(Redis {
            link: Link::start(client, options).await?,
        })
    }

    fn options(&self) -> &Options {
        &self.link.shared().options
    }

    fn names(&self, request: &Request) -> Names {
        Names::of(&self.options().namespace, &request.key)
    }

    fn epochs(&self, request: &Request) -> Vec<String> {
        let namespace = &self.options().namespace;
        let scopes = request.scopes.iter();
        scopes.map(|scope| epoch_name(namespace, scope)).collect()
    }

    /// Asks something: only while answers come in time.
    fn ask<T, F>(
        &self,
        digest: [u8; 16],
        lane: Lane,
        limit: Duration,
        question: impl FnOnce(Arc<Live>, MultiplexedConnection) -> F,
    ) -> Reply<T>
    where
        T: Send + 'static,
        F: Future<Output = RedisResult<T>> + Send + 'static,
    {
        let shared = self.link.shared();
        if limit < self.options().budget / 10 {
            // Spent elsewhere: that says nothing about the server.
            return Reply::Now(Some(Err(shared.error("the budget of the call is spent"))));
        }
        // A timer rings late, and its news has yet to change threads: that costs the call too.
        let limit = limit - limit / 10;
        match shared.open(lane) {
            Some(live) => on(shared, live, digest, lane, limit, question),
            None => Reply::Now(Some(Err(shared.away()))),
        }
    }

    /// Tells something that nobody waits for, also to a server that is late.
    fn tell<T, F>(
        &self,
        digest: [u8; 16],
        lane: Lane,
        message: impl FnOnce(Arc<Live>, MultiplexedConnection) -> F,
    ) -> Reply<T>
    where
        T: Send + 'static,
        F: Future<Output = RedisResult<T>> + Send + 'static,
    {
        let shared = self.link.shared();
        match shared.live() {
            Some(live) => on(shared, live, digest, lane, shared.limit(lane), message),
            None => Reply::Now(Some(Err(shared.away()))),
        }
    }
}

/// Does `work` on one of the connections, for at most `limit`.
fn on<T, F>(
    shared: &Arc<Shared>,
    live: Arc<Live>,
    digest: [u8; 16],
    lane: Lane,
    limit: Duration,
    work: impl FnOnce(Arc<Live>, MultiplexedConnection) -> F,
) -> Reply<T>
where
    T: Send + 'static,
    F: Future<Output = RedisResult<T>> + Send + 'static,
{
    let shared = shared.clone();
    let work = work(live.clone(), live.connection(digest, lane));
    Reply::Later(background::spawn(async move {
        match tokio::time::timeout(limit, work).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(shared.failed(&live, error)),
            Err(_) => {
                shared.sizes.late(digest);
                Err(shared.late(&live, lane, limit))
            }
        }
    }))
}

/// Ends the lease of `token`, if it stands.
async fn release_lease(
    namespace: &str,
    names: &Names,
    token: Token,
    ending: Ending,
    connection: &mut MultiplexedConnection,
) -> RedisResult<()> {
    release_script(namespace, names, token, ending)
        .invoke_async(connection)
        .await
}

fn release_script(
    namespace: &str,
    names: &Names,
    token: Token,
    ending: Ending,
) -> ScriptInvocation<'static> {
    let mut script = RELEASE.key(&names.lease);
    script
        .key(&names.waiter)
        .arg(&token.0)
        .arg(notes::channel(namespace))
        .arg(notes::write(ending, &names.digest));
    script
}

impl Store for Redis {
    fn form(&self) -> Form {
        Form::Bytes
    }

    fn read(&self, request: &Arc<Request>, limit: Duration) -> Reply<Option<Found>> {
        let (names, epochs) = (self.names(request), self.epochs(request));
        let shared = self.link.shared().clone();
        let lane = shared.sizes.lane(names.digest);
        self.ask(
            names.digest,
            lane,
            limit,
            move |live, mut connection| async move {
                let mut answer: Vec<Option<Vec<u8>>> = redis::cmd("MGET")
                    .arg(&names.entry)
                    .arg(&epochs)
                    .query_async(&mut connection)
                    .await?;
                let Some(bytes) = answer.first_mut().and_then(Option::take) else {
                    return Ok(None);
                };
                shared.sizes.seen(names.digest, bytes.len());
                let mut now = Vec::with_capacity(16 * epochs.len());
                for epoch in &answer[1..] {
                    match epoch {
                        Some(epoch) if epoch.len() == 16 => now.extend_from_slice(epoch),
                        _ => return Ok(None),
                    }
                }
                let valid = bytes.get(STAMP) == Some(stamp(&live.server, &now).as_slice());
                Ok(valid.then_some(Found::Bytes(bytes)))
            },
        )
    }

    fn lease(
        &self,
        request: &Arc<Request>,
        token: Token,
        ask: Ask,
        limit: Duration,
    ) -> Reply<Leased> {
        let (names, epochs) = (self.names(request), self.epochs(request));
        let mut candidates = Vec::with_capacity(16 * epochs.len());
        for _ in &epochs {
            match Token::random() {
                Ok(candidate) => candidates.extend_from_slice(&candidate.0),
                Err(error) => return Reply::Now(Some(Err(error))),
            }
        }
        let (_, epoch_ms) = lifetimes(request.ttl);
        // One without an end gets it at the fill, if there is one.
        let epoch_ms = if epoch_ms == 0 {
            UNFILLED_EPOCH
        } else {
            epoch_ms
        };
        let lease_ms = millis_of(self.options().lease);
        let fingerprint = request.fingerprint.0;
        let namespace = self.options().namespace.clone();
        self.ask(
            names.digest,
            Lane::Usual,
            limit,
            move |live, mut connection| async move {
                let mut script = LEASE.prepare_invoke();
                script
                    .key(&names.entry)
                    .key(&names.lease)
                    .key(&names.waiter);
                script.key(&epochs);
                let (answer, held, rest): (u8, Vec<u8>, Value) = script
                    .arg(&token.0)
                    .arg(&live.server)
                    .arg(lease_ms)
                    .arg(epoch_ms)
                    .arg(if ask == Ask::Join { "join" } else { "take" })
                    .arg(candidates)
                    .invoke_async(&mut connection)
                    .await?;
                if answer == 2 {
                    return Ok(Leased::Marked);
                }
                if answer == 0 {
                    let leader = held.try_into().map_err(|_| unexpected())?;
                    let left: u64 = redis::from_redis_value::<i64>(rest)?
                        .try_into()
                        .unwrap_or(0);
                    return Ok(Leased::Led(Token(leader), Duration::from_millis(left)));
                }
                let found: Vec<u8> = redis::from_redis_value(rest)?;
                let same = [stamp(&live.server, &held), fingerprint].concat();
                if ask == Ask::Join && found == same {
                    // Somebody filled between the read and this lease, which nobody needs now.
                    let ending = Ending::Filled;
                    release_lease(&namespace, &names, token, ending, &mut connection).await?;
                    return Ok(Leased::Filled);
                }
                let mut epochs = live.server.to_vec();
                epochs.extend_from_slice(&held);
                Ok(Leased::Lead(Grant { token, epochs }))
            },
        )
    }

    fn listen(&self, request: &Arc<Request>) -> Listener {
        let shared = self.link.shared();
        if shared.live().is_some_and(|live| live.deaf) {
            return Some(Box::pin(async {
                background::within(LOOK_AGAIN, std::future::pending::<()>()).await;
                // Perhaps: who waited looks.
                Ending::Filled
            }));
        }
        let digest = self.names(request).digest;
        Some(Box::pin(shared.notes.listen(digest)))
    }

    fn renew(&self, request: &Arc<Request>, grant: &Grant) -> Reply<bool> {
        let names = self.names(request);
        let lease = [&grant.token.0, grant.epochs.as_slice()].concat();
        let lease_ms = millis_of(self.options().lease);
        self.tell(
            names.digest,
            Lane::Usual,
            move |_, mut connection| async move {
                RENEW
                    .key(&names.lease)
                    .key(&names.waiter)
                    .arg(lease)
                    .arg(lease_ms)
                    .invoke_async(&mut connection)
                    .await
            },
        )
    }

    fn fill(&self, request: &Arc<Request>, grant: Grant, content: Content) -> Reply<bool> {
        let Content::Bytes(payload) = content else {
            return Reply::now(false);
        };
        let (names, epochs) = (self.names(request), self.epochs(request));
        let (entry_ms, epoch_ms) = lifetimes(request.ttl);
        let channel = notes::channel(&self.options().namespace);
        let stamp = encoding::digest(&grant.epochs);
        let bytes = entry::write(
            &stamp,
            request.fingerprint,
            request.ttl.millis(),
            entry::now(),
            payload.as_deref(),
        );
        let lease = [&grant.token.0, grant.epochs.as_slice()].concat();
        let lane = self.link.shared().sizes.seen(names.digest, bytes.len());
        self.tell(names.digest, lane, move |_, mut connection| async move {
            let mut script = FILL.prepare_invoke();
            script
                .key(&names.entry)
                .key(&names.lease)
                .key(&names.waiter);
            script.key(&epochs);
            script
                .arg(lease)
                .arg(bytes)
                .arg(entry_ms)
                .arg(epoch_ms)
                .arg(channel)
                .arg(notes::write(Ending::Filled, &names.digest))
                .arg(notes::write(Ending::Abandoned, &names.digest))
                .invoke_async(&mut connection)
                .await
        })
    }

    fn release(&self, request: &Arc<Request>, token: Token, ending: Ending) -> Reply<()> {
        let names = self.names(request);
        let Options {
            namespace, lease, ..
        } = self.options().clone();
        let ended = Ended::new(&namespace, &names, token, ending, lease);
        let (shared, live) = (self.link.shared().clone(), self.link.shared().live());
        let told = self.tell(
            names.digest,
            Lane::Usual,
            move |_, mut connection| async move {
                release_lease(&namespace, &names, token, ending, &mut connection).await
            },
        );
        Reply::Later(background::spawn(async move {
            let told = told.await;
            if told.is_err() {
                shared.could_not_tell(ended, live).await;
            }
            told
        }))
    }

    fn invalidate(&self, stale: Vec<Stale>, ended: Option<Token>) -> Reply<()> {
        self.link.invalidate(stale, ended)
    }

    fn mark(&self, stale: Arc<[Stale]>, token: Token) -> Reply<()> {
        let shared = self.link.shared();
        let Some(live) = shared.live() else {
            return Reply::Now(Some(Err(shared.away())));
        };
        let Options {
            namespace,
            invalidation_budget,
            lease,
            ..
        } = self.options().clone();
        // On the connection of invalidations, so that none overtakes its mark.
        on(
            shared,
            live,
            [0; 16],
            Lane::Usual,
            invalidation_budget,
            move |_, mut connection| async move {
                send_mark(&namespace, &stale, token, lease, &mut connection).await
            },
        )
    }

    fn settled(&self) -> Reply<()> {
        self.link.settled()
    }

    fn health(&self) -> Health {
        self.link.health()
    }

    fn left_over(&self) -> LeftOver {
        LeftOver {
            listeners: self.link.shared().notes.len(),
            owed: self.link.health().owed,
            ..LeftOver::default()
        }
    }
}

fn unexpected() -> redis::RedisError {
    (
        redis::ErrorKind::UnexpectedReturnType,
        "an unexpected reply",
    )
        .into()
}

/// Sends invalidations: one script for all of them, and for the marks that end with them.
async fn send_stale(
    namespace: &str,
    stale: &[Stale],
    ended: &[Token],
    connection: &mut MultiplexedConnection,
) -> RedisResult<()> {
    let ended: Vec<u8> = ended.iter().flat_map(|token| token.0).collect();
    let mut script = INVALIDATE.prepare_invoke();
    let notes = name_stale(&mut script, namespace, stale);
    script
        .arg(notes.len())
        .arg(notes::channel(namespace))
        .arg(ended)
        .arg(notes)
        .invoke_async(connection)
        .await
}

/// Sets a mark, or keeps it for another period.
async fn send_mark(
    namespace: &str,
    stale: &[Stale],
    token: Token,
    period: Duration,
    connection: &mut MultiplexedConnection,
) -> RedisResult<()> {
    let mut script = MARK.prepare_invoke();
    let notes = name_stale(&mut script, namespace, stale);
    script
        .arg(notes.len())
        .arg(notes::channel(namespace))
        .arg(&token.0)
        .arg(millis_of(period))
        .arg(notes)
        .invoke_async(connection)
        .await
}

/// The keys of what becomes stale: those of entries first, for each of which a note is returned.
fn name_stale(script: &mut ScriptInvocation<'_>, namespace: &str, stale: &[Stale]) -> Vec<Vec<u8>> {
    let mut notes = Vec::new();
    for one in stale {
        if let Stale::Entry(key) = one {
            let names = Names::of(namespace, key);
            script.key(names.entry).key(names.lease).key(names.waiter);
            notes.push(notes::write(Ending::Abandoned, &names.digest));
        }
    }
    for one in stale {
        if let Stale::Scope(scope) = one {
            script.key(epoch_name(namespace, scope));
        }
    }
    notes
}
