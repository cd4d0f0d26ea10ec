//! One thread for everything that must go on without a caller: the store's I/O and timers,
//! renewals, fills, and invalidations whose caller went away.
//!
//! Because it is a thread of its own, cached functions work under every executor and under
//! none, a blocked executor thread cannot stop the cache, and dropping a caller's future never
//! cancels what is owed. No user code runs on it, so nothing a user writes can hold it up.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

#[cfg(not(shuttle))]
use once_cell::sync::OnceCell;
#[cfg(not(shuttle))]
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::error::Error;
use crate::sync::{AbortHandle, Thread, current, park, sleep};

#[cfg(not(shuttle))]
static THREAD: OnceCell<Handle> = OnceCell::new();

#[cfg(not(shuttle))]
fn start(work: impl Future<Output = ()> + Send + 'static) -> Result<AbortHandle, Error> {
    #[cfg(all(test, feature = "redis"))]
    if crate::model::is_on() {
        return Ok(crate::model::start(work));
    }
    Ok(handle()?.spawn(work).abort_handle())
}

#[cfg(shuttle)]
fn start(work: impl Future<Output = ()> + Send + 'static) -> Result<AbortHandle, Error> {
    Ok(shuttle::future::spawn(work).abort_handle())
}

#[cfg(not(shuttle))]
fn handle() -> Result<&'static Handle, Error> {
    THREAD
        .get_or_try_init(|| {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            #[cfg(feature = "redis")]
            builder.enable_io();
            let runtime = builder.enable_time().build()?;
            let handle = runtime.handle().clone();
            std::thread::Builder::new()
                .name("cache-runtime".into())
                .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
            Ok(handle)
        })
        .map_err(|source| Error::System {
            what: "a background thread",
            source,
        })
}

/// How many tasks are on the background thread.
#[cfg(not(shuttle))]
pub(crate) fn tasks() -> usize {
    THREAD
        .get()
        .map_or(0, |handle| handle.metrics().num_alive_tasks())
}

#[cfg(shuttle)]
pub(crate) fn tasks() -> usize {
    0
}

/// The result of work on the background thread.
#[derive(Debug)]
pub(crate) struct Pending<T> {
    answer: Answer<T>,
    /// Where the work stops with it.
    _held: Option<Held>,
}

impl<T> Future for Pending<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let lost = || Error::System {
            what: "the result of background work",
            source: std::io::Error::other("the task ended without one"),
        };
        match &mut self.answer {
            Ok(receiver) => Pin::new(receiver)
                .poll(context)
                .map(|answer| answer.map_err(|_| lost())),
            Err(error) => Poll::Ready(Err(error.take().unwrap_or_else(lost))),
        }
    }
}

/// Does `work` on the background thread, whatever becomes of the caller.
pub(crate) fn spawn<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Pending<T> {
    let (answer, _) = run(work);
    Pending {
        answer,
        _held: None,
    }
}

/// Does `work` on the background thread for as long as somebody waits for its result.
pub(crate) fn spawn_held<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Pending<T> {
    let (answer, task) = run(work);
    Pending {
        answer,
        _held: Some(Held(task)),
    }
}

type Answer<T> = Result<oneshot::Receiver<T>, Option<Error>>;

fn run<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> (Answer<T>, Option<AbortHandle>) {
    let (sender, receiver) = oneshot::channel();
    let started = start(async move {
        // Nobody may be left to hear it.
        let _ = sender.send(work.await);
    });
    match started {
        Ok(task) => (Ok(receiver), Some(task)),
        Err(error) => (Err(Some(error)), None),
    }
}

/// Work that stops when this is dropped.
#[derive(Debug)]
pub(crate) struct Held(Option<AbortHandle>);

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// Does `work` on the background thread for as long as the returned guard is kept.
pub(crate) fn hold(work: impl Future<Output = ()> + Send + 'static) -> Held {
    Held(start(work).ok())
}

/// Waits for `event`, for at most `limit`; `None` when time ran out first. Only the timer is on
/// the background thread: what the event brings never leaves the caller's.
pub(crate) async fn within<T>(limit: Duration, event: impl Future<Output = T>) -> Option<T> {
    let (sender, mut timer) = oneshot::channel::<()>();
    let _held = hold(async move {
        sleep(limit).await;
        let _ = sender.send(());
    });
    let mut event = pin!(event);
    std::future::poll_fn(|context| match event.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Pin::new(&mut timer).poll(context).map(|_| None),
    })
    .await
}

/// Blocks this thread until `future` is done, without any executor.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => park(),
        }
    }
}

/// Wakes a thread that waits in [`wait`].
struct Unpark(Thread);

impl std::task::Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
