//! What a call costs when its body costs nothing: callers that go on while their server falls
//! sick, and count what they waited by the phase in which a call began.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use cache_runtime::{Cache, cached, with_cache};
use tokio::task::JoinSet;

use crate::times::Times;

/// When a call began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Before the fault.
    Before,
    /// Just after it.
    First,
    /// Once the library knows.
    Known,
}

/// Tasks that call one after another.
#[derive(Debug)]
pub struct Callers {
    tasks: JoinSet<[Times; 3]>,
    phase: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

/// Keys that are called again and again; all others are called once.
const HOT: u64 = 16;

impl Callers {
    /// Starts so many tasks on a cache.
    pub fn start(cache: &Cache, tasks: usize) -> Callers {
        let mut callers = Callers {
            tasks: JoinSet::new(),
            phase: Arc::default(),
            stop: Arc::default(),
        };
        for _ in 0..tasks {
            let (phase, stop) = (Arc::clone(&callers.phase), Arc::clone(&callers.stop));
            let calls = async move {
                let mut times: [Times; 3] = Default::default();
                while !stop.load(Relaxed) {
                    let began_in = phase.load(Relaxed);
                    let key = any_key();
                    let start = Instant::now();
                    assert_eq!(cheap(key).await, key);
                    times[began_in].add(start.elapsed());
                    tokio::time::sleep(Duration::from_micros(500)).await;
                }
                times
            };
            callers.tasks.spawn(with_cache(cache.clone(), calls));
        }
        callers
    }

    /// Counts the calls that begin from now on under this phase.
    pub fn enter(&self, phase: Phase) {
        self.phase.store(phase as usize, Relaxed);
    }

    /// Ends the tasks; what their calls took, by phase.
    pub async fn stop(self) -> [Times; 3] {
        self.stop.store(true, Relaxed);
        let mut total: [Times; 3] = Default::default();
        for times in self.tasks.join_all().await {
            for (total, times) in total.iter_mut().zip(&times) {
                total.merge(times);
            }
        }
        total
    }
}

#[cached(prefix = "latency")]
async fn cheap(id: u64) -> u64 {
    id
}

/// Every other call is one of the hot keys, the others have never been called.
fn any_key() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(HOT);
    match fastrand::bool() {
        true => fastrand::u64(..HOT),
        false => NEXT.fetch_add(1, Relaxed),
    }
}
