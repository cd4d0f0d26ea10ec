//! The runs of bodies in this process that leases stand for.
//!
//! A flight is listed under its lease's token *before* the store is asked for the lease, so
//! whoever is told that this token leads finds it here. It ends in one of four ways:
//!
//! - **landed with a value**, or with a failure that can be shared: those who joined return it;
//! - **unshared**: the body ran, and its error cannot be copied. Those who joined run at once,
//!   side by side, and store nothing;
//! - **abandoned**: the leader's future was dropped, or its body panicked. Those who joined ask
//!   the store again, and one of them leads;
//! - it was **never flown**: the store gave the lead to another, and nobody can have joined.
//!
//! A leader that is alive but is not polled any more ends in none of them. Its [`Pulse`] shows it:
//! the body was woken, and nobody has polled it since. One that is only slow was not woken.
//!
//! What may race is harmless: a flight may be gone from the list when somebody comes who was
//! sent to it. They ask the store again, as after an abandoned one.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::background;
use crate::codec::Payload;
use crate::entry::{Fingerprint, Token};
use crate::kept::Shared;
use crate::sync::{Mutex, MutexGuard};

/// Nothing here panics while it holds a lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How a flight ended.
#[derive(Clone, Debug)]
pub(crate) enum Landing {
    Value(Payload),
    Failure(Shared),
    Unshared,
    Abandoned,
}

/// Who flies: a body that is awaited, or one that blocks its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Async,
    Blocking,
}

/// A flight as seen by those who may join it.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    fingerprint: Fingerprint,
    mode: Mode,
    landing: watch::Receiver<Option<Landing>>,
    pulse: Arc<Pulse>,
}

impl Flight {
    pub(crate) fn stalled(&self, limit: Duration) -> bool {
        self.pulse.stalled(limit)
    }

    /// Whether a call may wait for this flight: it must be after the same kind of value, and a
    /// blocking call must not wait for a future that its own thread may have to poll.
    pub(crate) fn admits(&self, fingerprint: Fingerprint, mode: Mode) -> bool {
        self.fingerprint == fingerprint && (mode == Mode::Async || self.mode == Mode::Blocking)
    }

    /// How it ends, or `None` when `limit` ends first.
    pub(crate) async fn landing(mut self, limit: Duration) -> Option<Landing> {
        background::within(limit, async {
            match self.landing.wait_for(Option::is_some).await {
                Ok(landing) => landing.clone().unwrap_or(Landing::Abandoned),
                Err(_) => Landing::Abandoned,
            }
        })
        .await
    }
}

/// The flights of this process, by the tokens of their leases.
#[derive(Debug, Default)]
pub(crate) struct Flights(Mutex<HashMap<Token, Flight>>);

impl Flights {
    fn list(&self) -> MutexGuard<'_, HashMap<Token, Flight>> {
        lock(&self.0)
    }

    /// Lists a flight; from now on it can be joined.
    pub(crate) fn open(
        &self,
        token: Token,
        fingerprint: Fingerprint,
        mode: Mode,
    ) -> (watch::Sender<Option<Landing>>, Arc<Pulse>) {
        let (sender, landing) = watch::channel(None);
        let pulse = Arc::new(Pulse::default());
        let flight = Flight {
            fingerprint,
            mode,
            landing,
            pulse: pulse.clone(),
        };
        self.list().insert(token, flight);
        (sender, pulse)
    }

    pub(crate) fn get(&self, token: Token) -> Option<Flight> {
        self.list().get(&token).cloned()
    }

    pub(crate) fn len(&self) -> usize {
        self.list().len()
    }

    /// Takes a flight off the list. Those who have joined still see it end.
    pub(crate) fn close(&self, token: Token) {
        self.list().remove(&token);
    }
}

/// Stands between a body and the task that polls it, and sees whether one follows the other.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// Since when the body waits to be polled.
    woken: Mutex<Option<Instant>>,
    task: Mutex<Option<Waker>>,
}

impl Pulse {
    /// Whether the leader has left its body lying for this long.
    pub(crate) fn stalled(&self, limit: Duration) -> bool {
        lock(&self.woken).is_some_and(|since| since.elapsed() >= limit)
    }

    /// Runs `body` under this pulse.
    pub(crate) async fn of<F: Future>(self: Arc<Self>, body: F) -> F::Output {
        let mut body = pin!(body);
        let waker = Waker::from(self.clone());
        std::future::poll_fn(|context| {
            *lock(&self.woken) = None;
            let before = lock(&self.task).replace(context.waker().clone());
            // After the lock: with the last of its wakers a task may go, and wake this pulse.
            drop(before);
            body.as_mut().poll(&mut Context::from_waker(&waker))
        })
        .await
    }
}

impl Wake for Pulse {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        lock(&self.woken).get_or_insert_with(Instant::now);
        let task = lock(&self.task).clone();
        if let Some(task) = task {
            task.wake();
        }
    }
}
