//! A function body that knows how often it ran, and how often at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// Counts the runs of a body. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct CountingBody {
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    runs: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl CountingBody {
    /// A body that has not run.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one run for as long as the returned guard lives.
    pub fn enter(&self) -> Counted {
        self.counts.runs.fetch_add(1, SeqCst);
        let now = self.counts.in_flight.fetch_add(1, SeqCst) + 1;
        self.counts.most_in_flight.fetch_max(now, SeqCst);
        Counted {
            counts: Arc::clone(&self.counts),
        }
    }

    /// Runs `work` as one counted run, cancelled or not.
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> T {
        let _counted = self.enter();
        work.await
    }

    /// How often the body began.
    pub fn runs(&self) -> usize {
        self.counts.runs.load(SeqCst)
    }

    /// How many runs are under way.
    pub fn in_flight(&self) -> usize {
        self.counts.in_flight.load(SeqCst)
    }

    /// The greatest number of runs under way at once.
    pub fn most_in_flight(&self) -> usize {
        self.counts.most_in_flight.load(SeqCst)
    }
}

/// One run under way; dropped when it ends, however it ends.
#[derive(Debug)]
pub struct Counted {
    counts: Arc<Counts>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.counts.in_flight.fetch_sub(1, SeqCst);
    }
}
