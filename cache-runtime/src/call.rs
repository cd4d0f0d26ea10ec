//! The way of one call: look up, ask, wait, compute, store.
//!
//! Read [`Inner::admit`] first: from the answer to the first question to the right to run the
//! body. [`run`] is what stands around it, [`Lead`] what comes after.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::background::{self, Held};
use crate::cache::{Cache, Inner};
use crate::codec::{Codec, Payload};
use crate::entry::{self, Token};
use crate::error::Error;
use crate::flight::{Landing, Mode, Pulse};
use crate::kept::{self, Shared};
use crate::kind::{Kind, Outcome, Sharing};
use crate::stats::Counter;
use crate::store::{Ask, Content, Ending, Form, Found, Grant, Leased, Listener, Reply, Request};

/// What a call asks of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Directive {
    Cached,
    /// Run the body and replace what is stored.
    Refresh,
    /// Run the body and leave what is stored alone.
    Uncached,
}

/// The first question, already on its way.
#[derive(Debug)]
pub(crate) enum Asked {
    Read(Arc<Request>, Reply<Option<Found>>),
    Refresh(Arc<Request>),
    /// The call is not to be cached.
    Nothing,
}

/// What the cache lets a call do.
#[derive(Debug)]
pub(crate) enum Admission {
    /// Return this: it was stored, or it is what a flight that was joined landed with.
    Value(Payload),
    /// Return this failure of a flight that was joined.
    Failure(Shared),
    /// Run the body and land the flight.
    Lead(Lead),
    /// Run the body; store nothing.
    Compute,
}

impl Inner {
    pub(crate) fn ask(&self, request: Arc<Request>, directive: Directive) -> Asked {
        match directive {
            Directive::Cached => {
                let reply = self.store.read(&request, self.settings.budget);
                Asked::Read(request, reply)
            }
            Directive::Refresh => Asked::Refresh(request),
            Directive::Uncached => Asked::Nothing,
        }
    }

    /// From the first question to a value, or to the right to run the body.
    ///
    /// Ask first, then join: a call waits for a flight only because the store, asked after the
    /// call began, said that this flight's lease leads and that its epochs are current. So a
    /// call that starts after an invalidation never gets a value from before it.
    async fn admit(self: Arc<Self>, asked: Asked, mode: Mode) -> Admission {
        let mut budget = Budget(self.settings.budget);
        let (request, ask) = match asked {
            Asked::Nothing => {
                self.counters.add(Counter::Bypassed);
                return Admission::Compute;
            }
            Asked::Refresh(request) => (request, Ask::Take),
            Asked::Read(request, reply) => {
                match self.look(budget.spend(|_| reply).await, &request) {
                    Look::Value(payload) => {
                        self.counters.add(Counter::Hits);
                        return Admission::Value(payload);
                    }
                    Look::Away => return Admission::Compute,
                    Look::Other | Look::Nothing => {}
                }
                self.counters.add(Counter::Misses);
                (request, Ask::Join)
            }
        };
        self.ask_for_lead(request, ask, mode, budget).await
    }

    async fn ask_for_lead(
        self: Arc<Self>,
        request: Arc<Request>,
        first: Ask,
        mode: Mode,
        mut budget: Budget,
    ) -> Admission {
        let patience = Patience::new(self.settings.max_wait);
        let mut ask = first;
        loop {
            // Armed before the question, so that no ending is missed.
            let listener = self.store.listen(&request);
            let Ok(candidate) = Lead::candidate(&self, &request, mode) else {
                return Admission::Compute;
            };
            let lease = |limit| self.store.lease(&request, candidate.token, ask, limit);
            let next = match budget.spend(lease).await {
                Ok(Leased::Lead(grant)) => return Admission::Lead(candidate.granted(grant)),
                Ok(Leased::Marked) => {
                    candidate.withdraw();
                    return Admission::Compute;
                }
                Ok(Leased::Filled) => {
                    candidate.withdraw();
                    self.look_again(&request, first, &mut budget).await
                }
                Ok(Leased::Led(leader, remaining)) => {
                    candidate.withdraw();
                    match self.flights.get(leader) {
                        Some(flight) if flight.stalled(self.settings.max_wait) => {
                            // Of all who find it one is to lead, and the others are to join: so
                            // its lease is not taken over, but ended, before it is asked for.
                            drop(self.store.release(&request, leader, Ending::Abandoned));
                            Next::Ask(first)
                        }
                        Some(flight) if flight.admits(request.fingerprint, mode) => {
                            self.join(flight.landing(patience.left()).await, &request, first)
                        }
                        Some(_) => Next::Admit(Admission::Compute),
                        None => {
                            let ending = elsewhere(listener, remaining, &patience).await;
                            // So far the store was well. However often this call has to wait,
                            // it pays only once for one that is not.
                            budget = Budget(self.settings.budget);
                            match ending {
                                Some(Ending::Unshared) => Next::Admit(Admission::Compute),
                                _ => self.look_again(&request, first, &mut budget).await,
                            }
                        }
                    }
                }
                Err(_) => {
                    // The lease may have been granted all the same: dropping the candidate
                    // releases it.
                    self.counters.add(Counter::Errors);
                    return Admission::Compute;
                }
            };
            match next {
                Next::Admit(admission) => return admission,
                Next::Ask(_) if patience.over() => {
                    self.warn_once(request.name, OUT_OF_PATIENCE);
                    return Admission::Compute;
                }
                Next::Ask(how) => ask = how,
            }
        }
    }

    /// What somebody else has stored meanwhile, if it is there. What is there and cannot be read
    /// is to be replaced.
    async fn look_again(&self, request: &Arc<Request>, first: Ask, budget: &mut Budget) -> Next {
        let found = budget.spend(|limit| self.store.read(request, limit)).await;
        match self.look(found, request) {
            Look::Value(payload) => {
                self.counters.add(Counter::Joined);
                Next::Admit(Admission::Value(payload))
            }
            Look::Other => Next::Ask(Ask::Take),
            Look::Nothing => Next::Ask(first),
            Look::Away => Next::Admit(Admission::Compute),
        }
    }

    /// What a flight's end means for a call that waited for it.
    fn join(&self, landing: Option<Landing>, request: &Request, first: Ask) -> Next {
        let admission = match landing {
            Some(Landing::Value(payload)) => Admission::Value(payload),
            Some(Landing::Failure(failure)) => Admission::Failure(failure),
            Some(Landing::Unshared) => return Next::Admit(Admission::Compute),
            None => {
                self.warn_once(request.name, OUT_OF_PATIENCE);
                return Next::Admit(Admission::Compute);
            }
            Some(Landing::Abandoned) => return Next::Ask(first),
        };
        self.counters.add(Counter::Joined);
        Next::Admit(admission)
    }

    /// What an answer to a read is worth.
    pub(crate) fn look(&self, found: Result<Option<Found>, Error>, request: &Request) -> Look {
        let payload = match found {
            Ok(Some(Found::Value(payload))) => Some(payload),
            Ok(Some(Found::Bytes(bytes))) => match entry::open(&bytes, request.fingerprint) {
                Some(Some(value)) => request.value.decode(value).map(Some),
                Some(None) => Some(None),
                None => None,
            },
            Ok(None) => return Look::Nothing,
            Err(_) => {
                self.counters.add(Counter::Errors);
                return Look::Away;
            }
        };
        match payload {
            Some(payload) if payload.is_some() || request.cache_none => Look::Value(payload),
            _ => {
                self.warn_once(request.name, NOT_ITS_OWN);
                Look::Other
            }
        }
    }
}

const OUT_OF_PATIENCE: &str = "its body runs longer than `max_wait`, or calls itself: calls that waited for it compute for themselves; raise `max_wait`";
const NOT_ITS_OWN: &str = "finds a value under its key that is not its own, and replaces it: another version's, a damaged one, or another function's; give functions with the same `prefix` and `key` different prefixes";

/// What a read brought.
#[derive(Debug)]
pub(crate) enum Look {
    Value(Payload),
    /// Something of another kind, or damaged.
    Other,
    Nothing,
    /// The store did not answer.
    Away,
}

/// What a call does after an answer.
enum Next {
    Admit(Admission),
    Ask(Ask),
}

/// What the questions of one call may still cost. Waiting for a leader is not counted.
struct Budget(Duration);

impl Budget {
    async fn spend<T: Unpin>(
        &mut self,
        question: impl FnOnce(Duration) -> Reply<T>,
    ) -> Result<T, Error> {
        match question(self.0) {
            reply @ Reply::Now(_) => reply.await,
            reply => {
                let start = Instant::now();
                let answer = reply.await;
                self.0 = self.0.saturating_sub(start.elapsed());
                answer
            }
        }
    }
}

/// Waits for the leader in another process: for its note, or for its lease to run out, with some
/// jitter so that those who wait do not come back all at once.
async fn elsewhere(listener: Listener, remaining: Duration, patience: &Patience) -> Option<Ending> {
    let listener = listener?;
    let jitter = Duration::from_millis(u64::from(Token::random().map_or(0, |t| t.0[0]) / 5));
    let limit = remaining.saturating_add(jitter).min(patience.left());
    background::within(limit, listener).await
}

/// The time a call is ready to wait for others.
#[derive(Debug)]
struct Patience(Instant, Duration);

impl Patience {
    fn new(limit: Duration) -> Self {
        Patience(Instant::now(), limit)
    }

    fn left(&self) -> Duration {
        self.1.saturating_sub(self.0.elapsed())
    }

    fn over(&self) -> bool {
        self.left().is_zero()
    }
}

/// A flight of this process, from the question for its lease to its landing. Dropped before it
/// has landed, it is abandoned: the lease is released and one of those who wait takes over.
#[derive(Debug)]
pub(crate) struct Lead {
    cache: Arc<Inner>,
    request: Arc<Request>,
    pub(crate) token: Token,
    landing: watch::Sender<Option<Landing>>,
    pulse: Arc<Pulse>,
    grant: Option<Grant>,
    over: bool,
    /// Keeps the lease while the body runs.
    renewal: Option<Held>,
}

impl Lead {
    pub(crate) fn candidate(
        cache: &Arc<Inner>,
        request: &Arc<Request>,
        mode: Mode,
    ) -> Result<Self, Error> {
        let token = Token::random()?;
        let (landing, pulse) = cache.flights.open(token, request.fingerprint, mode);
        Ok(Lead {
            landing,
            pulse,
            cache: cache.clone(),
            request: request.clone(),
            token,
            grant: None,
            over: false,
            renewal: None,
        })
    }

    pub(crate) fn granted(mut self, grant: Grant) -> Self {
        if self.cache.store.form() == Form::Bytes {
            let (store, request, lease) = (
                self.cache.store.clone(),
                self.request.clone(),
                self.cache.settings.lease,
            );
            let kept = grant.clone();
            let (pulse, patience) = (self.pulse.clone(), self.cache.settings.max_wait);
            self.renewal = Some(background::hold(async move {
                loop {
                    tokio::time::sleep(lease / 3).await;
                    // Left lying, it stands in the way of other processes.
                    if pulse.stalled(patience) {
                        return;
                    }
                    // A store that is away may be back in time; a lost lease is lost for good.
                    if let Ok(false) = store.renew(&request, &kept).await {
                        return;
                    }
                }
            }));
        }
        self.grant = Some(grant);
        self
    }

    /// The store gave the lead to another.
    fn withdraw(mut self) {
        self.over = true;
    }

    /// Lands with a value and stores it, unless it was overtaken. Nobody has to wait for that.
    pub(crate) fn store(mut self, payload: Payload, content: Content) -> Reply<bool> {
        self.over = true;
        let Some(grant) = self.grant.take() else {
            return Reply::now(false);
        };
        let reply = self.cache.store.fill(&self.request, grant, content);
        self.landing.send_replace(Some(Landing::Value(payload)));
        let (cache, request, token) = (self.cache.clone(), self.request.clone(), self.token);
        let filled = async move {
            let stored = reply.await;
            cache.counters.add(match stored {
                Ok(true) => Counter::Stored,
                Ok(false) => Counter::Refused,
                Err(_) => Counter::Errors,
            });
            if stored.is_err() {
                // The lease must not outlive a fill that failed.
                drop(cache.store.release(&request, token, Ending::Abandoned));
            }
            stored
        };
        match self.cache.store.form() {
            // There at once, and what it drops is dropped here.
            Form::Values => Reply::Now(Some(background::wait(filled))),
            Form::Bytes => Reply::Later(background::spawn(filled)),
        }
    }

    fn release(&self, ending: Ending) {
        let store = &self.cache.store;
        drop(store.release(&self.request, self.token, ending));
    }

    /// Lands with something that is not stored.
    fn land(mut self, landing: Landing) {
        self.over = true;
        self.release(Ending::Unshared);
        self.landing.send_replace(Some(landing));
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        if !self.over {
            self.release(Ending::Abandoned);
            self.landing.send_replace(Some(Landing::Abandoned));
        }
        // Last: whoever is still told that this lease leads finds the flight, and does not have
        // to ask again and again until the lease is gone.
        self.cache.flights.close(self.token);
    }
}

/// What a call knows of its own types, once it has begun.
pub(crate) struct Typed<R, K: Kind<R>> {
    pub(crate) kind: K,
    pub(crate) sharing: Sharing<R>,
    pub(crate) codec: Codec<K::Value>,
}

/// The rest of a cached call, from its first question on. `body` is polled only if it has to
/// run, and then to its end unless the caller goes away.
pub(crate) async fn run<R, K, W, F>(
    cache: &Cache,
    asked: Asked,
    typed: Typed<R, K>,
    when: W,
    body: F,
) -> R
where
    K: Kind<R>,
    W: FnOnce(&K::Value) -> bool,
    F: Future<Output = R>,
{
    let admission = cache.0.clone().admit(asked, Mode::Async).await;
    let lead = match ready(admission, &typed) {
        Ok(result) => return result,
        Err(lead) => lead,
    };
    cache.0.counters.add(Counter::Runs);
    let result = match &lead {
        Some(lead) => lead.pulse.clone().of(body).await,
        None => body.await,
    };
    land(lead, &typed, when, &result);
    result
}

/// The same for a function that blocks its thread.
pub(crate) fn run_blocking<R, K, W, F>(
    cache: &Cache,
    asked: Asked,
    typed: Typed<R, K>,
    when: W,
    body: F,
) -> R
where
    K: Kind<R>,
    W: FnOnce(&K::Value) -> bool,
    F: FnOnce() -> R,
{
    let admission = background::wait(cache.0.clone().admit(asked, Mode::Blocking));
    let lead = match ready(admission, &typed) {
        Ok(result) => return result,
        Err(lead) => lead,
    };
    cache.0.counters.add(Counter::Runs);
    let result = body();
    land(lead, &typed, when, &result);
    result
}

/// A result that is already there, or the flight to fly if there is one.
fn ready<R, K>(admission: Admission, typed: &Typed<R, K>) -> Result<R, Option<Lead>>
where
    K: Kind<R>,
{
    match admission {
        Admission::Value(None) => typed.kind.of_nothing().ok_or(None),
        Admission::Value(Some(value)) => (typed.codec.taken)(value)
            .map(|value| typed.kind.of_value(value))
            .ok_or(None),
        Admission::Failure(failure) => (typed.sharing.of_failure)(failure).ok_or(None),
        Admission::Lead(lead) => Err(Some(lead)),
        Admission::Compute => Err(None),
    }
}

/// Ends a flight with what its body returned.
fn land<R, K, W>(lead: Option<Lead>, typed: &Typed<R, K>, when: W, result: &R)
where
    K: Kind<R>,
    W: FnOnce(&K::Value) -> bool,
{
    let Some(lead) = lead else { return };
    let form = lead.cache.store.form();
    match typed.kind.outcome(result) {
        Outcome::Failed => lead.land(match (typed.sharing.failure)(result) {
            Some(failure) => Landing::Failure(failure),
            None => Landing::Unshared,
        }),
        Outcome::Nothing if lead.request.cache_none => drop(lead.store(
            None,
            match form {
                Form::Values => Content::Value(None),
                Form::Bytes => Content::Bytes(None),
            },
        )),
        Outcome::Nothing => lead.land(Landing::Value(None)),
        Outcome::Value(value) => {
            let Some(payload) = (typed.codec.copied)(value) else {
                lead.cache.warn_once(
                    lead.request.name,
                    "not stored: its value's `Clone` panicked",
                );
                return lead.land(Landing::Unshared);
            };
            let payload = Some(payload);
            let wanted = kept::quietly(|| when(value)).unwrap_or_else(|| {
                lead.cache
                    .warn_once(lead.request.name, "not stored: its `when` panicked");
                false
            });
            if !wanted {
                return lead.land(Landing::Value(payload));
            }
            match form {
                Form::Values => drop(lead.store(payload.clone(), Content::Value(payload))),
                Form::Bytes => match (typed.codec.encode)(value) {
                    Ok(bytes) => drop(lead.store(payload, Content::Bytes(Some(bytes)))),
                    Err(error) => {
                        lead.cache
                            .warn_once(lead.request.name, &format!("not stored: {error}"));
                        lead.land(Landing::Value(payload));
                    }
                },
            }
        }
    }
}
