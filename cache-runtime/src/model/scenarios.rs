//! One test for each race. Each runs many worlds; what a world may do is its plan, and what it
//! does is its seed.

mod steps;

use std::ops::RangeInclusive;

use super::faults::Fault;
use super::network::Weather;
use super::plan::{Plan, Reach, Way};
use super::world::World;
use super::{draw, model, run, seeds};

/// Callers and faults at once, and what must be true when all is quiet again.
async fn storm(plan: Plan) {
    let world = World::new(plan).await;
    let faults = world.clone().faults();
    let faults = model().threads.start(Default::default(), faults).0;
    world.callers().await;
    model().threads.wait(faults).await;
    world.end().await;
}

const EXACT: &[Reach] = &[Reach::Entry];
const SCOPES: &[Reach] = &[Reach::Below, Reach::Tag, Reach::Tenant];
const ALL: &[Reach] = &[Reach::Entry, Reach::Below, Reach::Tag, Reach::Tenant];

/// These commands are slow on their way.
fn aim(at: &'static [&'static str], slow_delay: RangeInclusive<u64>) -> Weather {
    Weather {
        aim: at,
        slow_delay,
        ..Weather::default()
    }
}

#[test]
fn an_exact_invalidation_comes_during_a_body() {
    seeds(|| {
        storm(Plan {
            body: 0..=40,
            reaches: EXACT,
            items: 1,
            ..Plan::default()
        })
    });
}

#[test]
fn a_scope_is_invalidated_during_a_body() {
    seeds(|| {
        storm(Plan {
            body: 0..=40,
            reaches: SCOPES,
            items: 3,
            ..Plan::default()
        })
    });
}

#[test]
fn an_invalidation_comes_during_a_background_fill() {
    let weather = || aim(&["fill"], 3..=40);
    seeds(move || {
        storm(Plan {
            weather: weather(),
            reaches: ALL,
            items: 2,
            ..Plan::default()
        })
    });
}

#[test]
fn an_invalidation_comes_between_a_read_and_a_join() {
    let weather = || aim(&["lease", "mget"], 3..=20);
    seeds(move || {
        storm(Plan {
            weather: weather(),
            body: 10..=60,
            callers: 6,
            reaches: ALL,
            items: 1,
            pause: 0..=8,
            ..Plan::default()
        })
    });
}

#[test]
fn an_exact_invalidation_comes_between_lease_and_fill() {
    seeds(|| {
        storm(Plan {
            weather: aim(&["reply", "fill"], 3..=25),
            reaches: EXACT,
            items: 1,
            ..Plan::default()
        })
    });
}

#[test]
fn a_scope_is_invalidated_between_lease_and_fill() {
    seeds(|| {
        storm(Plan {
            weather: aim(&["reply", "fill"], 3..=25),
            reaches: SCOPES,
            ..Plan::default()
        })
    });
}

#[test]
fn the_server_is_flushed_during_a_fill() {
    seeds(|| {
        storm(Plan {
            weather: aim(&["fill"], 3..=40),
            faults: &[Fault::Flush],
            strikes: 5,
            ..Plan::default()
        })
    });
}

#[test]
fn an_epoch_is_evicted_during_a_fill() {
    seeds(|| {
        storm(Plan {
            weather: aim(&["fill"], 3..=40),
            faults: &[Fault::EvictEpoch],
            strikes: 8,
            reaches: ALL,
            ..Plan::default()
        })
    });
}

#[test]
fn a_mutator_is_dropped_before_or_after_its_commit() {
    seeds(|| {
        storm(Plan {
            ways: &[Way::Mutator],
            drop_changes: 2,
            fail: 10,
            reaches: ALL,
            ..Plan::default()
        })
    });
}

#[test]
fn a_leader_is_dropped_with_waiters() {
    seeds(|| {
        storm(Plan {
            drop_reads: 3,
            items: 1,
            callers: 6,
            pause: 0..=8,
            body: 5..=40,
            changes: 6,
            ..Plan::default()
        })
    });
}

#[test]
fn a_lease_expires_under_a_slow_body() {
    let plan = || Plan {
        lease: 40,
        body: 0..=200,
        weather: aim(&["renew"], 10..=80),
        faults: &[Fault::CutOff],
        strikes: 2,
        items: 1,
        ..Plan::default()
    };
    seeds(move || storm(plan()));
}

#[test]
fn what_is_owed_is_sent_again_while_a_fill_is_on_its_way() {
    let weather = Weather {
        cut: 40,
        ..aim(&["fill", "invalidate"], 3..=60)
    };
    seeds(move || {
        storm(Plan {
            weather: weather.clone(),
            operations: 20,
            pause: 0..=25,
            reaches: ALL,
            ..Plan::default()
        })
    });
}

#[test]
fn an_invalidation_goes_into_a_dead_connection() {
    seeds(|| {
        storm(Plan {
            faults: &[Fault::Deaden],
            strikes: 3,
            changes: 2,
            pause: 0..=100,
            reaches: ALL,
            ..Plan::default()
        })
    });
}

#[test]
fn a_connection_comes_back_during_a_read() {
    let plan = || Plan {
        faults: &[Fault::Cut, Fault::Deaden, Fault::CutOff],
        strikes: 4,
        pause: 0..=150,
        reaches: ALL,
        ..Plan::default()
    };
    seeds(move || storm(plan()));
}

#[test]
fn the_server_restarts_from_an_old_snapshot() {
    seeds(|| {
        storm(Plan {
            faults: &[Fault::Restart],
            strikes: 2,
            pause: 0..=120,
            reaches: ALL,
            ..Plan::default()
        })
    });
}

#[test]
fn a_replica_takes_over_that_lost_the_last_invalidation() {
    seeds(|| {
        storm(Plan {
            faults: &[Fault::Failover],
            strikes: 2,
            pause: 0..=120,
            reaches: ALL,
            ..Plan::default()
        })
    });
}

#[test]
fn a_wall_clock_is_a_quarter_of_an_hour_off() {
    seeds(|| {
        *model().skew.borrow_mut() = vec![900_000, -900_000];
        storm(Plan {
            reaches: ALL,
            fail: 10,
            refresh: 8,
            ..Plan::default()
        })
    });
}

#[test]
fn a_strict_mutator_is_killed_between_commit_and_invalidation() {
    let plan = || Plan {
        ways: &[Way::Strict],
        faults: &[Fault::Kill],
        strikes: 2,
        nodes: 3,
        lease: 150,
        weather: aim(&["mark"], 3..=30),
        drop_changes: 6,
        reaches: ALL,
        ..Plan::default()
    };
    seeds(move || storm(plan()));
}

#[test]
fn a_node_is_killed_that_holds_leases() {
    seeds(|| {
        storm(Plan {
            faults: &[Fault::Kill],
            strikes: 2,
            nodes: 3,
            items: 1,
            body: 5..=60,
            lease: 100,
            ..Plan::default()
        })
    });
}

#[test]
fn everything_happens_at_once() {
    seeds(everything);
}

fn everything() -> impl Future<Output = ()> {
    storm(Plan {
        nodes: draw(2..=3) as usize,
        items: draw(1..=3) as usize,
        callers: draw(2..=6),
        lease: draw(30..=600),
        body: 0..=draw(5..=100),
        pause: 0..=draw(5..=120),
        ways: &[Way::ByHand, Way::Mutator, Way::Strict],
        reaches: ALL,
        refresh: 12,
        fail: 12,
        drop_reads: 10,
        drop_changes: 6,
        weather: Weather {
            slow: 20,
            cut: 300,
            ..Weather::default()
        },
        faults: &[
            Fault::Flush,
            Fault::EvictEpoch,
            Fault::Restart,
            Fault::Failover,
            Fault::Cut,
            Fault::Deaden,
            Fault::CutOff,
            Fault::Kill,
        ],
        strikes: 3,
        ..Plan::default()
    })
}

#[test]
fn a_seed_is_always_the_same_run() {
    for seed in 0..20 {
        let [one, other] = [(), ()].map(|()| run(seed, everything).1);
        assert!(one.events.len() > 100, "nothing happened");
        assert_eq!(one.hash.digest(), other.hash.digest(), "seed {seed}");
        assert_ne!(one.hash.digest(), run(seed + 1, everything).1.hash.digest());
    }
}
