//! The shared store: one round trip to read, one script each to lease, fill, release and
//! invalidate. What a reply means is decided here; whether there is a server at all is
//! [`link`]'s business.
//!
//! Keys, all of one tenant in one slot: `ns:e:{acme}:suite:get_suite:42#digest` the entry,
//! `ns:l:{acme}:digest` its lease, `ns:w:{acme}:digest` somebody waits, `ns:g:{acme}:suite` an
//! epoch. The digest is 128 bits of SHA-256 over tenant and path.

mod link;
mod notes;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use redis::{Script, Value};

use crate::background;
use crate::clock::millis_of;
use crate::config::positive;
use crate::entry::{self, STAMP, Token};
use crate::error::Error;
use crate::key::{Key, encoding};
use crate::scope::{Scope, Stale};
use crate::store::{
    Ask, Content, Ending, Form, Found, Grant, Health, Leased, Listener, Reply, Request, Store,
};
use crate::ttl::Ttl;
use link::{Link, Live};

/// Readable part of a key; what is longer is cut, the digest stays.
const LONGEST_PATH: usize = 120;

/// Epochs outlive the entries they guard, and short-lived entries do not make them churn.
const SHORTEST_EPOCH: u64 = 600_000;

static LEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("redis/lease.lua")));
static FILL: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("redis/fill.lua")));
static RENEW: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("redis/renew.lua")));
static RELEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("redis/release.lua")));
static INVALIDATE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("redis/invalidate.lua")));

/// Every script, to be loaded when a connection is made: a call sends its hash only.
fn scripts() -> [&'static Script; 5] {
    [&LEASE, &FILL, &RENEW, &RELEASE, &INVALIDATE]
}

/// Settings of the shared store.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) namespace: String,
    pub(crate) budget: Duration,
    pub(crate) invalidation_budget: Duration,
    pub(crate) connections: usize,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) lease: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            namespace: "cache".into(),
            budget: Duration::from_millis(50),
            invalidation_budget: Duration::from_secs(1),
            connections: 2,
            timeout: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(1),
            lease: Duration::from_secs(3),
        }
    }
}

impl Options {
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_namespace("namespace", &self.namespace)?;
        positive("budget", self.budget)?;
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

pub(crate) use link::redacted;

pub(crate) fn check_url(name: &str, url: &str) -> Result<(), Error> {
    link::parse(name, url).map(|_| ())
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
        Ok(Redis {
            link: Link::start(url, options).await?,
        })
    }

    fn names(&self, request: &Request) -> (Names, Vec<String>) {
        let namespace = &self.link.options().namespace;
        let epochs = request
            .scopes
            .iter()
            .map(|scope| epoch_name(namespace, scope))
            .collect();
        (Names::of(namespace, &request.key), epochs)
    }

    /// Does `work` on a live connection, within `budget`; without one, fails at once.
    fn on<T, F>(
        &self,
        digest: [u8; 16],
        budget: Duration,
        work: impl FnOnce(Arc<Live>, redis::aio::MultiplexedConnection) -> F,
    ) -> Reply<T>
    where
        T: Send + 'static,
        F: Future<Output = redis::RedisResult<T>> + Send + 'static,
    {
        let Some(live) = self.link.live() else {
            return Reply::Now(Some(Err(self.link.away())));
        };
        let connection = live.connection(digest);
        let work = work(live.clone(), connection);
        let link = self.link.clone();
        Reply::Later(background::spawn(async move {
            match tokio::time::timeout(budget, work).await {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(error)) => Err(link.failed(&live, error)),
                Err(_) => Err(link.late(&live, budget)),
            }
        }))
    }

    fn release_token(&self, names: Names, token: Token, ending: Ending) -> Reply<()> {
        let options = self.link.options();
        let channel = notes::channel(&options.namespace);
        self.on(
            names.digest,
            options.timeout,
            move |_, mut connection| async move {
                RELEASE
                    .key(&names.lease)
                    .key(&names.waiter)
                    .arg(&token.0)
                    .arg(channel)
                    .arg(notes::write(ending, &names.digest))
                    .invoke_async::<()>(&mut connection)
                    .await
            },
        )
    }
}

impl Store for Redis {
    fn form(&self) -> Form {
        Form::Bytes
    }

    fn read(&self, request: &Arc<Request>) -> Reply<Option<Found>> {
        let (names, epochs) = self.names(request);
        self.on(
            names.digest,
            self.link.options().budget,
            move |live, mut connection| async move {
                let mut answer: Vec<Option<Vec<u8>>> = redis::cmd("MGET")
                    .arg(&names.entry)
                    .arg(&epochs)
                    .query_async(&mut connection)
                    .await?;
                let Some(bytes) = answer.first_mut().and_then(Option::take) else {
                    return Ok(None);
                };
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

    fn lease(&self, request: &Arc<Request>, token: Token, ask: Ask) -> Reply<Leased> {
        let (names, epochs) = self.names(request);
        let mut candidates = Vec::with_capacity(16 * epochs.len());
        for _ in &epochs {
            match Token::random() {
                Ok(candidate) => candidates.extend_from_slice(&candidate.0),
                Err(error) => return Reply::Now(Some(Err(error))),
            }
        }
        let (_, epoch_ms) = lifetimes(request.ttl);
        let lease_ms = millis_of(self.link.options().lease);
        let link = self.link.clone();
        self.on(
            names.digest,
            self.link.options().budget,
            move |live, mut connection| async move {
                let mut script = LEASE.prepare_invoke();
                script
                    .key(&names.entry)
                    .key(&names.lease)
                    .key(&names.waiter);
                script.key(&epochs);
                let (lead, held, rest): (u8, Vec<u8>, Value) = script
                    .arg(&token.0)
                    .arg(&live.server)
                    .arg(lease_ms)
                    .arg(epoch_ms)
                    .arg(if ask == Ask::Join { "join" } else { "take" })
                    .arg(candidates)
                    .invoke_async(&mut connection)
                    .await?;
                if lead == 0 {
                    let leader = held.try_into().map_err(|_| unexpected())?;
                    let left: u64 = redis::from_redis_value::<i64>(rest)?
                        .try_into()
                        .unwrap_or(0);
                    return Ok(Leased::Led(Token(leader), Duration::from_millis(left)));
                }
                let found: Vec<u8> = redis::from_redis_value(rest)?;
                if ask == Ask::Join && found == stamp(&live.server, &held) {
                    // Somebody filled between the read and this lease, which nobody needs now.
                    let redis = Redis { link };
                    drop(redis.release_token(names, token, Ending::Filled));
                    return Ok(Leased::Filled);
                }
                let mut epochs = live.server.to_vec();
                epochs.extend_from_slice(&held);
                Ok(Leased::Lead(Grant { token, epochs }))
            },
        )
    }

    fn listen(&self, request: &Arc<Request>) -> Listener {
        let digest = Names::of(&self.link.options().namespace, &request.key).digest;
        Some(Box::pin(self.link.notes().listen(digest)))
    }

    fn renew(&self, request: &Arc<Request>, grant: &Grant) -> Reply<bool> {
        let (names, _) = self.names(request);
        let lease = [&grant.token.0, grant.epochs.as_slice()].concat();
        let lease_ms = millis_of(self.link.options().lease);
        self.on(
            names.digest,
            self.link.options().timeout,
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
        let (names, epochs) = self.names(request);
        let (entry_ms, epoch_ms) = lifetimes(request.ttl);
        let channel = notes::channel(&self.link.options().namespace);
        let stamp = encoding::digest(&grant.epochs);
        let bytes = entry::write(
            &stamp,
            request.fingerprint,
            request.ttl.millis(),
            entry::now(),
            payload.as_deref(),
        );
        let lease = [&grant.token.0, grant.epochs.as_slice()].concat();
        self.on(
            names.digest,
            self.link.options().timeout,
            move |_, mut connection| async move {
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
            },
        )
    }

    fn release(&self, request: &Arc<Request>, token: Token, ending: Ending) -> Reply<()> {
        self.release_token(
            Names::of(&self.link.options().namespace, &request.key),
            token,
            ending,
        )
    }

    fn invalidate(&self, stale: Vec<Stale>) -> Reply<()> {
        self.link.invalidate(stale)
    }

    fn settled(&self) -> Reply<()> {
        self.link.settled()
    }

    fn health(&self) -> Health {
        self.link.health()
    }
}

fn unexpected() -> redis::RedisError {
    (
        redis::ErrorKind::UnexpectedReturnType,
        "an unexpected reply",
    )
        .into()
}

/// Sends invalidations: one script for all of them.
async fn send_stale(
    namespace: &str,
    stale: &[Stale],
    connection: &mut redis::aio::MultiplexedConnection,
) -> redis::RedisResult<()> {
    let mut script = INVALIDATE.prepare_invoke();
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
    script
        .arg(notes.len())
        .arg(notes::channel(namespace))
        .arg(notes)
        .invoke_async(connection)
        .await
}
