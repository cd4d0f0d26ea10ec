//! Where entries, epochs and leases live. This trait's documentation is the contract; the same
//! tests run against every store.

pub(crate) mod memory;
#[cfg(feature = "redis")]
pub(crate) mod redis;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::background::Pending;
use crate::codec::{Payload, ValueType};
use crate::entry::{Fingerprint, Token};
use crate::error::Error;
use crate::key::Key;
use crate::left_over::LeftOver;
use crate::scope::{Scope, Stale};
use crate::ttl::Ttl;

/// Everything a store is told about the entry of one call.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) key: Key,
    /// What the entry depends on, in an order all processes share.
    pub(crate) scopes: Vec<Scope>,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) value: ValueType,
    /// Never [`Ttl::Default`].
    pub(crate) ttl: Ttl,
    /// The function, or the path for entries made by hand; for log lines.
    pub(crate) name: &'static str,
    pub(crate) cache_none: bool,
}

/// A valid entry.
#[derive(Debug)]
pub(crate) enum Found {
    /// The value itself, of the requested type and fingerprint.
    Value(Payload),
    /// An entry's bytes, whose stamp is good and whose fingerprint is not yet checked.
    Bytes(Vec<u8>),
}

/// The form in which a store keeps values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Values,
    Bytes,
}

/// What is stored.
#[derive(Debug)]
pub(crate) enum Content {
    Value(Payload),
    /// Encoded; `None` for a stored `None`.
    Bytes(Option<Vec<u8>>),
}

/// How to ask for a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Stand back if somebody leads whose epochs are current.
    Join,
    /// Take the lead from whoever has it; their fill will be refused.
    Take,
}

/// The answer to a request for a lease.
#[derive(Debug)]
pub(crate) enum Leased {
    /// The caller leads.
    Lead(Grant),
    /// A valid entry of this kind has come meanwhile: read again. The caller holds no lease.
    Filled,
    /// The lease of this token leads, and will end by itself in this time unless renewed.
    Led(Token, Duration),
    /// A mutator that marked the entry, or a scope of it, is at work: nothing can be stored.
    Marked,
}

/// A lease that was granted, with the epochs it was granted under.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) token: Token,
    /// As the store wants them back at the fill.
    pub(crate) epochs: Vec<u8>,
}

/// How a lease ended, for those who wait in other processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// There is an entry now.
    Filled,
    /// The body ran and there is nothing to share: who waits should run at once, not in a queue.
    Unshared,
    /// The body did not finish: one of those who wait takes over.
    Abandoned,
}

/// Hears how leases of other processes end. Armed before the question is asked, so that no
/// ending is missed. `None` where no other process can lead.
pub(crate) type Listener = Option<Pin<Box<dyn Future<Output = Ending> + Send>>>;

/// An answer that is there at once, or comes from the background thread.
#[derive(Debug)]
pub(crate) enum Reply<T> {
    Now(Option<Result<T, Error>>),
    Later(Pending<Result<T, Error>>),
}

impl<T> Reply<T> {
    pub(crate) fn now(value: T) -> Self {
        Reply::Now(Some(Ok(value)))
    }
}

impl<T: Unpin> Future for Reply<T> {
    type Output = Result<T, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Reply::Now(answer) => match answer.take() {
                Some(answer) => Poll::Ready(answer),
                None => Poll::Pending,
            },
            Reply::Later(pending) => Pin::new(pending)
                .poll(context)
                .map(|answer| answer.and_then(|answer| answer)),
        }
    }
}

/// A store.
///
/// Every method may be called from any thread and answers with an error rather than late:
/// questions within `limit`. Dropping a [`Reply`] never undoes what was asked.
pub(crate) trait Store: Debug + Send + Sync {
    /// The form in which values are handed to [`fill`](Store::fill).
    fn form(&self) -> Form;

    /// The entry, if there is one and every epoch it was stamped with is still the same. An
    /// epoch that is absent matches nothing.
    fn read(&self, request: &Arc<Request>, limit: Duration) -> Reply<Option<Found>>;

    /// Asks for the right to fill. Missing epochs are created, but under a mark nothing is. With
    /// [`Ask::Join`], a standing lease leads on only if it was granted under the present epochs.
    fn lease(
        &self,
        request: &Arc<Request>,
        token: Token,
        ask: Ask,
        limit: Duration,
    ) -> Reply<Leased>;

    /// A listener for the end of the lease on this entry, armed now.
    fn listen(&self, request: &Arc<Request>) -> Listener;

    /// Keeps a granted lease for another period. `false`: it is lost, and so is the fill.
    fn renew(&self, request: &Arc<Request>, grant: &Grant) -> Reply<bool>;

    /// Stores, only if the lease still stands and no epoch has moved since it was granted.
    /// `false`: refused, nothing was stored. Ends the lease if it stood.
    fn fill(&self, request: &Arc<Request>, grant: Grant, content: Content) -> Reply<bool>;

    /// Ends the lease of `token`, if it stands.
    fn release(&self, request: &Arc<Request>, token: Token, ending: Ending) -> Reply<()>;

    /// Makes all of these stale: an entry is removed and with it the lease on it, a scope's
    /// epoch is replaced. After `Ok` no read that starts later, anywhere, finds what was there.
    /// What fails is kept and sent again before this store is read again.
    ///
    /// A mark on any of these stays, and with it they stay stale; that of `ended` ends.
    fn invalidate(&self, stale: Vec<Stale>, ended: Option<Token>) -> Reply<()>;

    /// Makes all of these stale until an invalidation ends the mark: after `Ok`, and while any
    /// mark stands, no lease is granted below them. Marks are counted: each is ended by its own
    /// token. Asked again, a mark is kept for another period; one that is not ends by itself
    /// after a lease, except where all holders live and die with the store.
    fn mark(&self, stale: Arc<[Stale]>, token: Token) -> Reply<()>;

    /// Done when nothing issued so far is owed any more.
    fn settled(&self) -> Reply<()>;

    /// How things stand.
    fn health(&self) -> Health;

    /// What is under way here.
    fn left_over(&self) -> LeftOver;
}

/// How things stand with the store.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Health {
    /// Which store, without credentials: `memory`, `redis at 127.0.0.1:6379`.
    pub store: String,
    /// Whether it can be used now.
    pub connected: bool,
    /// Why not, if it cannot.
    pub state: StoreState,
    /// How long it has been in that state.
    pub state_for: Duration,
    /// How often a connection was made. Rising: something between here and there is unwell.
    pub connects: u64,
    /// Scopes and entries that are stale and that it has not heard of yet, each counted once.
    pub owed: usize,
    /// How long the oldest of them is owed.
    pub owed_for: Option<Duration>,
    /// What went wrong last, if it is not connected.
    pub last_error: Option<String>,
}

/// Whether a store can be used.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreState {
    /// It answers in time.
    Ready,
    /// It is there, and an answer was late, or invalidations that are owed are still being sent:
    /// calls are computed until a probe is answered within the budget of a call, or all is sent.
    /// The circuit breaker is open.
    Late,
    /// There is no connection. Attempts go on, every few seconds at most.
    Away,
}

impl std::fmt::Display for StoreState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            StoreState::Ready => "ready",
            StoreState::Late => "late",
            StoreState::Away => "away",
        })
    }
}

impl std::fmt::Display for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let whole =
            |time: Duration| humantime::format_duration(Duration::from_secs(time.as_secs()));
        write!(f, "{}: {}", self.store, self.state)?;
        if !self.connected {
            write!(f, " for {}", whole(self.state_for))?;
        }
        if self.owed > 0 {
            let plural = if self.owed == 1 { "" } else { "s" };
            write!(f, ", {} invalidation{plural} owed", self.owed)?;
        }
        if let Some(time) = self.owed_for {
            write!(f, " for {}", whole(time))?;
        }
        match &self.last_error {
            Some(error) if !self.connected => write!(f, " ({error})"),
            _ => Ok(()),
        }
    }
}
