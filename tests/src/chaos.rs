//! Chaos: the consistency checker in several processes, while everything that can happen to a
//! server, to the network before it and to a process happens, chosen from a seed.
//!
//! The driver has the servers, the proxy and a share of the invalidations; three processes read,
//! and invalidate too. What must hold is in [`Outcome::failures`].

mod fault;
mod outcome;
mod scene;
mod work;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_runtime::Cache;

pub use fault::Fault;
pub use outcome::Outcome;
pub use work::work;

use crate::checker::{Load, Mutations, NaiveRedis, Ours, Share, Source, Subject, Truth};
use crate::within;
use scene::Scene;

/// Processes that read.
const WORKERS: u32 = 3;

/// What is to happen.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Everything the driver chooses follows from it.
    pub seed: u64,
    /// How long.
    pub time: Duration,
    /// `ours`, or `naive` as a control.
    pub subject: &'static str,
    /// In rounds: each of these once, in an order that chance picks.
    pub faults: Vec<Fault>,
}

/// Runs a plan. `program` is the one whose `main` calls [`work`] when it is told to.
pub async fn run(program: &str, plan: &Plan) -> Outcome {
    println!("chaos of seed {} for {:?}", plan.seed, plan.time);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let truth = folder.path().join("truth");
    let load = Load {
        tenants: 3,
        ids: 2 * (WORKERS + 1),
        rest_us: 2_000,
        ..Load::usual()
    };
    let source = Source::new(Truth::open(&truth), load);
    let mut scene = Scene::start(program, plan, &truth, &source.load).await;
    let url = scene.proxy.url();
    match plan.subject {
        "naive" => drive(&mut scene, NaiveRedis::connect(&url).await, source, plan).await,
        _ => drive(&mut scene, Ours(ours(&url).await), source, plan).await,
    }
}

/// With the budgets that the library has by default.
async fn ours(url: &str) -> Cache {
    let cache = Cache::builder().redis(url).connect().await;
    cache.expect("a URL of our own")
}

async fn drive<S: Subject>(
    scene: &mut Scene,
    subject: S,
    source: Arc<Source>,
    plan: &Plan,
) -> Outcome {
    let share = Share {
        mine: 0,
        of: WORKERS + 1,
    };
    let mutations = Mutations::start(&Arc::new(subject), &source, share);
    let mut recoveries = BTreeMap::<Fault, Vec<Option<Duration>>>::new();
    scene.hits_return().await;
    let (start, mut round) = (Instant::now(), Vec::new());
    while start.elapsed() < plan.time {
        if round.is_empty() {
            round.clone_from(&plan.faults);
            scene.chance.shuffle(&mut round);
        }
        let Some(fault) = round.pop() else { break };
        scene.strike(fault).await;
        let recovered = scene.hits_return().await;
        scene.say(&format!(
            "{fault:?} over; hits returned after {recovered:?}"
        ));
        recoveries.entry(fault).or_default().push(recovered);
        // Now and then long enough for the library to take a link for a steady one again.
        let calm = scene.chance.u64(..1_500) + 6_000 * u64::from(scene.chance.u8(..8) == 0);
        tokio::time::sleep(Duration::from_millis(calm)).await;
    }
    let time = start.elapsed();
    let mut report = scene.stop().await;
    report.add(&within("the driver's invalidations", mutations.stop()).await);
    Outcome {
        seed: plan.seed,
        time,
        report,
        recoveries,
        log: std::mem::take(&mut scene.log),
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}
