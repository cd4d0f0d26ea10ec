//! The memory store and the flights under a scheduler that runs their threads in many orders,
//! random ones and those that PCT picks: `just schedules`.
//!
//! A failure prints its schedule. `SHUTTLE_REPLAY=<schedule>` and the test's name run it again.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::task::{Context, Waker};

use shuttle::rand::{Rng as _, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler, ReplayScheduler};
use shuttle::{Config, MaxSteps, Runner, thread};

use crate::background::wait;
use crate::cache::Cache;
use crate::entry::Token;
use crate::scope::Stale;
use crate::sync::AtomicU64;
use crate::tenant::Tenant;
use crate::ttl::Ttl;

const ORDERS: usize = 1000;
const PATH: &str = "suite:list:0";

fn in_many_orders(test: impl Fn() + Copy + Send + Sync + 'static) {
    let mut config = Config::new();
    config.stack_size = 0x40000;
    config.silence_warnings = true;
    // Nothing here takes a hundredth of it, unless somebody waits by asking again and again.
    config.max_steps = MaxSteps::FailAfter(100_000);
    if let Ok(schedule) = std::env::var("SHUTTLE_REPLAY") {
        // It is printed in lines.
        let schedule: String = schedule.split_whitespace().collect();
        let replay = ReplayScheduler::new_from_encoded(&schedule);
        Runner::new(replay, config).run(test);
        return;
    }
    Runner::new(RandomScheduler::new(ORDERS), config.clone()).run(test);
    Runner::new(PctScheduler::new(3, ORDERS), config).run(test);
}

/// A cache, and the truth that it caches.
struct World {
    cache: Cache,
    /// What a body reads.
    committed: AtomicU64,
    /// The newest truth whose invalidation has been acknowledged.
    acknowledged: AtomicU64,
    runs: AtomicU64,
}

impl World {
    fn new() -> Arc<Self> {
        Arc::new(World {
            cache: Cache::builder().max_entries(64).in_memory(),
            committed: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            runs: AtomicU64::new(0),
        })
    }

    async fn read(&self) -> u64 {
        let body = || async {
            self.runs.fetch_add(1, SeqCst);
            let read = self.committed.load(SeqCst);
            if thread_rng().gen_bool(0.5) {
                shuttle::future::yield_now().await;
            }
            Ok::<_, Infallible>(read)
        };
        match self.cache.get_or_fetch(PATH, Ttl::Never, body).await {
            Ok(value) => value,
        }
    }

    fn read_is_not_older_than(&self, truth: &AtomicU64) {
        let least = truth.load(SeqCst);
        let value = wait(self.read());
        assert!(value >= least, "read {value}, and {least} was over");
    }

    fn change(&self, pattern: &str) {
        let version = self.committed.fetch_add(1, SeqCst) + 1;
        wait(self.cache.invalidate(pattern)).expect("a pattern, and a store that is there");
        self.acknowledged.store(version, SeqCst);
    }

    fn change_strictly(&self, pattern: &str) {
        let token = Token::random().expect("random numbers");
        let stale = Stale::pattern(&Tenant::none(), pattern).expect("a pattern");
        let store = &self.cache.0.store;
        wait(store.mark(stale.clone().into(), token)).expect("a mark");
        self.committed.fetch_add(1, SeqCst);
        self.read_is_not_older_than(&self.committed);
        wait(store.invalidate(stale, Some(token))).expect("an invalidation");
    }
}

/// Runs `each` on this many threads beside `here`.
fn beside(world: &Arc<World>, threads: usize, each: fn(&World), here: impl FnOnce(&World)) {
    let start = |_| {
        let world = world.clone();
        thread::spawn(move || each(&world))
    };
    let threads: Vec<_> = (0..threads).map(start).collect();
    here(world);
    for thread in threads {
        thread.join().expect("a thread that did not panic");
    }
}

fn no_read_is_stale_after(change: fn(&World)) {
    in_many_orders(move || {
        let world = World::new();
        let reads = |world: &World| {
            world.read_is_not_older_than(&world.acknowledged);
            world.read_is_not_older_than(&world.acknowledged);
        };
        beside(&world, 2, reads, |world| {
            change(world);
            change(world);
        });
        world.read_is_not_older_than(&world.acknowledged);
    });
}

#[test]
fn no_read_is_stale_after_its_path_was_invalidated() {
    no_read_is_stale_after(|world| world.change(PATH));
}

#[test]
fn no_read_is_stale_after_a_scope_of_it_was_invalidated() {
    no_read_is_stale_after(|world| world.change("suite:*"));
}

fn no_read_is_ever_stale_under(change: fn(&World)) {
    in_many_orders(move || {
        let world = World::new();
        let reads = |world: &World| {
            world.read_is_not_older_than(&world.committed);
            world.read_is_not_older_than(&world.committed);
        };
        let writer = world.clone();
        let writer = thread::spawn(move || change(&writer));
        beside(&world, 2, reads, change);
        writer.join().expect("a thread that did not panic");
        world.read_is_not_older_than(&world.committed);
    });
}

#[test]
fn no_read_is_older_than_what_strict_mutators_of_its_path_have_committed() {
    no_read_is_ever_stale_under(|world| world.change_strictly(PATH));
}

#[test]
fn no_read_is_older_than_what_strict_mutators_of_a_scope_have_committed() {
    no_read_is_ever_stale_under(|world| world.change_strictly("suite:*"));
}

/// Small, for the one moment between the question whether there is a mark and the lease.
#[test]
fn a_mark_leaves_no_lease_that_was_granted_at_the_same_moment() {
    in_many_orders(|| {
        let world = World::new();
        let read = |world: &World| _ = wait(world.read());
        beside(&world, 1, read, |world| world.change_strictly(PATH));
    });
}

#[test]
fn concurrent_misses_run_the_body_once() {
    in_many_orders(|| {
        let world = World::new();
        let read = |world: &World| assert_eq!(wait(world.read()), 0);
        beside(&world, 3, read, read);
        assert_eq!(world.runs.load(SeqCst), 1);
    });
}

#[test]
fn a_leader_that_is_dropped_leaves_nobody_waiting() {
    in_many_orders(|| {
        let world = World::new();
        let read = |world: &World| assert_eq!(wait(world.read()), 0);
        beside(&world, 2, read, |world| {
            let leads = async {
                let body = std::future::pending::<Result<u64, Infallible>>;
                world.cache.get_or_fetch(PATH, Ttl::Never, body).await
            };
            // Polled once: it leads, waits for who does, or has a value.
            let _ = pin!(leads)
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
        });
        assert_eq!(world.runs.load(SeqCst), 1);
    });
}
