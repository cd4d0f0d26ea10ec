//! Whole nodes in one thread, from a seed. Calls, flights, the ledger, the link, the client and
//! its scripts are the real ones; threads, time, the network, the server and chance are not.
//! So the same seed is the same run, and ten thousand races cost a minute.
//!
//! `cargo test -p cache-runtime --lib model` runs 500 seeds of every scenario;
//! `MODEL_SEEDS=10000` more of them, `MODEL_SEED=7` one, with all that happened in it.

mod callers;
mod faults;
mod mutators;
mod network;
mod plan;
mod scenarios;
mod script;
mod server;
mod threads;
mod truth;
mod wire;
mod world;

use std::cell::RefCell;
use std::future::Future;
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;
use xxhash_rust::xxh3::Xxh3Default;

use network::Network;
pub(crate) use network::dial;
use threads::Threads;

/// How many worlds of each scenario, unless `MODEL_SEEDS` says otherwise.
const SEEDS: u64 = 500;

/// How much of what happened is told when a promise was broken.
const TAIL: usize = 30;

/// Runs a scenario for every seed. `world` is a closure of the test, which tells the test's name.
fn seeds<W: Fn() -> F, F: Future<Output = ()> + 'static>(world: W) {
    let number = |name| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let one = number("MODEL_SEED");
    let range = match one {
        Some(seed) => seed..seed + 1,
        None => 0..number("MODEL_SEEDS").unwrap_or(SEEDS),
    };
    let test = std::any::type_name::<W>().trim_end_matches("::{{closure}}");
    let test = test
        .trim_end_matches("::world")
        .split_once("::")
        .map_or(test, |(_, path)| path);
    for seed in range {
        let (outcome, trace) = run(seed, &world);
        let told = if one.is_some() { usize::MAX } else { TAIL };
        if one.is_some() || outcome.is_err() {
            let first = trace.events.len().saturating_sub(told);
            trace.events[first..]
                .iter()
                .for_each(|event| println!("{event}"));
        }
        if let Err(why) = outcome {
            let why = why.replace('\n', " ");
            panic!(
                "seed {seed}: {why}\nMODEL_SEED={seed} cargo test -p cache-runtime --lib {test}"
            );
        }
    }
}

thread_local! {
    static MODEL: RefCell<Option<Rc<Model>>> = const { RefCell::new(None) };
}

/// What everything in one run shares.
struct Model {
    threads: Threads,
    network: Network,
    random: RefCell<fastrand::Rng>,
    trace: RefCell<Trace>,
    /// How far a node's wall clock is off, in milliseconds.
    skew: RefCell<Vec<i64>>,
    start: Instant,
}

fn model() -> Rc<Model> {
    MODEL.with_borrow(|model| model.clone().expect("a model runs on this thread"))
}

/// Whether the code that asks runs in a model.
pub(crate) fn is_on() -> bool {
    MODEL.with_borrow(Option::is_some)
}

/// Starts work on the background thread of the node that asks.
pub(crate) fn start(work: impl Future<Output = ()> + 'static) -> AbortHandle {
    let model = model();
    let thread = model.threads.current().background();
    model.threads.start(thread, work).1
}

pub(crate) fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    model().random.borrow_mut().fill(&mut bytes);
    bytes
}

/// The wall clock of the node that asks.
pub(crate) fn wall_clock() -> u64 {
    let model = model();
    let node = model.threads.current().node;
    let skew = node.and_then(|node| model.skew.borrow().get(node).copied());
    let now = 1_700_000_000_000 + model.start.elapsed().as_millis() as u64;
    now.saturating_add_signed(skew.unwrap_or(0))
}

fn draw(range: RangeInclusive<u64>) -> u64 {
    model().random.borrow_mut().u64(range)
}

fn one_in(many: u64) -> bool {
    many > 0 && draw(1..=many) == 1
}

fn pick<T: Clone>(among: &[T]) -> T {
    among[draw(0..=among.len() as u64 - 1) as usize].clone()
}

async fn pause(millis: RangeInclusive<u64>) {
    tokio::time::sleep(Duration::from_millis(draw(millis))).await;
}

/// Writes down what happens.
fn note(event: impl FnOnce() -> String) {
    let model = model();
    let millis = model.start.elapsed().as_millis();
    let who = model.threads.current();
    model
        .trace
        .borrow_mut()
        .push(format!("{millis:>6} ms {who}: {}", event()));
}

/// What happened, in order.
#[derive(Default)]
struct Trace {
    events: Vec<String>,
    hash: Xxh3Default,
}

impl Trace {
    fn push(&mut self, event: String) {
        self.hash.update(event.as_bytes());
        self.events.push(event);
    }
}

/// Runs one world. `Err` when something in it panicked, which is how a world says that a promise
/// was broken.
fn run<F: Future<Output = ()> + 'static>(
    seed: u64,
    world: impl FnOnce() -> F,
) -> (Result<(), String>, Trace) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let _entered = runtime.enter();
    let model = Rc::new(Model {
        threads: Threads::default(),
        network: Network::default(),
        random: RefCell::new(fastrand::Rng::with_seed(seed)),
        trace: RefCell::default(),
        skew: RefCell::default(),
        start: Instant::now(),
    });
    MODEL.set(Some(model.clone()));
    let world = world();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(model.threads.run(world));
    }));
    model.threads.close();
    MODEL.set(None);
    let outcome = outcome.map_err(|panic| match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic
            .downcast_ref::<&str>()
            .map_or("a panic", |text| text)
            .to_owned(),
    });
    (outcome, model.trace.take())
}
