//! Reading tasks of one process, which judge what they read.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{IN_BODY, Report, Source, Subject};
use crate::HANG;

/// Reads until stopped.
#[derive(Debug)]
pub struct Readers {
    tasks: JoinSet<()>,
    report: Arc<Mutex<Report>>,
    stop: Arc<AtomicBool>,
}

impl Readers {
    /// Starts the tasks.
    pub fn start<S: Subject>(subject: &Arc<S>, source: &Arc<Source>) -> Readers {
        let mut readers = Readers {
            tasks: JoinSet::new(),
            report: Arc::default(),
            stop: Arc::default(),
        };
        for _ in 0..source.load.readers {
            let (subject, source) = (Arc::clone(subject), Arc::clone(source));
            let (report, stop) = (Arc::clone(&readers.report), Arc::clone(&readers.stop));
            readers.tasks.spawn(async move {
                while !stop.load(Relaxed) {
                    read_once(&*subject, &source, &report).await;
                    rest(source.load.rest_us).await;
                }
            });
        }
        readers
    }

    /// Reads so far.
    pub fn reads(&self) -> u64 {
        locked(&self.report).reads
    }

    /// What they saw so far.
    pub fn so_far<S: Subject>(&self, subject: &S, source: &Source) -> Report {
        Report {
            hits: subject.hits(),
            runs: source.runs(),
            ..locked(&self.report).clone()
        }
    }

    /// Ends the tasks and tells what they saw.
    pub async fn stop<S: Subject>(mut self, subject: &S, source: &Source) -> Report {
        self.stop.store(true, Relaxed);
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("a reader does not panic");
        }
        self.so_far(subject, source)
    }
}

async fn read_once<S: Subject>(subject: &S, source: &Arc<Source>, report: &Mutex<Report>) {
    let item = source.load.any_item();
    let floor = source.truth.acknowledged(item);
    let start = Instant::now();
    let reading = async {
        let read = timeout(HANG, subject.read(source, item)).await;
        (read.ok(), IN_BODY.with(Cell::get))
    };
    let (read, in_body) = IN_BODY.scope(Duration::ZERO.into(), reading).await;
    let overhead = start.elapsed().saturating_sub(in_body);
    let ceiling = source.truth.committed(item);
    locked(report).judge((item, floor, ceiling), read, overhead);
}

async fn rest(us: u64) {
    match us {
        0 => tokio::task::yield_now().await,
        us => tokio::time::sleep(Duration::from_micros(fastrand::u64(..us))).await,
    }
}

pub(super) fn locked(report: &Mutex<Report>) -> MutexGuard<'_, Report> {
    report.lock().unwrap_or_else(PoisonError::into_inner)
}
