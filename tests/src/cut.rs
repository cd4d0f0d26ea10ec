//! A future that is dropped at each point where it waits, one after another.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// How long the wake-up after which a future is dropped may take; where none comes, it is
/// dropped then.
const PAUSE: Duration = Duration::from_millis(200);

/// Calls `run` with every point in turn, until it says that its future came to its end. Returns
/// how often that was dropped before.
pub async fn at_every_await(mut run: impl AsyncFnMut(Cut) -> bool) -> usize {
    let mut dropped = 0;
    while !run(Cut(dropped)).await {
        dropped += 1;
    }
    dropped
}

/// A point where a future is dropped: before it is polled (0), right after it was (odd), or when it was
/// woken and is not polled again. The last is where an answer has come that nobody takes.
#[derive(Clone, Copy, Debug)]
pub struct Cut(pub usize);

impl Cut {
    /// Polls as far as this point and drops; the result, if it ended before.
    pub async fn of<F: Future>(self, future: F) -> Option<F::Output> {
        let polls = self.0.div_ceil(2);
        let until_woken = self.0 > 0 && self.0 / 2 == polls;
        let mut future = pin!(future);
        let mut polled = 0;
        let cut = poll_fn(|context| {
            if polled == polls {
                return Poll::Ready(None);
            }
            polled += 1;
            match future.as_mut().poll(context) {
                Poll::Ready(result) => Poll::Ready(Some(result)),
                Poll::Pending if polled == polls && !until_woken => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        });
        match until_woken {
            true => tokio::time::timeout(PAUSE, cut).await.unwrap_or(None),
            false => cut.await,
        }
    }
}
