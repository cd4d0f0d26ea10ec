//! Races that are told step by step, where it is not enough that nothing is stale.

use tokio::time::Instant;

use crate::model::network::Weather;
use crate::model::plan::{Plan, Reach};
use crate::model::world::World;
use crate::model::{draw, model, pause, seeds};

/// With a lease as long as this, who waits for it to expire waits too long.
#[test]
fn a_leader_that_is_dropped_is_replaced_at_once() {
    async fn world() {
        let world = World::new(Plan {
            body: 20..=60,
            lease: 30_000,
            items: 1,
            ..Plan::default()
        })
        .await;
        let leader = world.start_read(draw(0..=1) as usize, 0);
        pause(12..=20).await;
        let waiters = [0, 1, 0, 1].map(|node| world.start_read(node, 0));
        pause(0..=12).await;
        model().threads.stop(leader);
        let start = Instant::now();
        for waiter in waiters {
            model().threads.wait(waiter).await;
        }
        assert!(
            start.elapsed().as_millis() < 400,
            "they waited for the lease to expire"
        );
        assert_eq!(world.truth.most_running(), 1, "two bodies ran at once");
        assert!(
            world.truth.runs() <= 2,
            "more than one of those who waited took over"
        );
        world.end().await;
    }
    seeds(world);
}

#[test]
fn a_slow_body_keeps_its_lease() {
    async fn world() {
        let plan = Plan {
            body: 80..=180,
            lease: 60,
            items: 1,
            // Who waits asks again after each lease, and that must not use up their budget.
            weather: Weather {
                delay: 0..=1,
                ..Weather::default()
            },
            ..Plan::default()
        };
        let world = World::new(plan).await;
        let readers = [0, 1, 0, 1].map(|node| world.start_read(node, 0));
        for reader in readers {
            model().threads.wait(reader).await;
        }
        assert_eq!(world.truth.runs(), 1, "its lease was lost");
        world.end().await;
    }
    seeds(world);
}

#[test]
fn a_pattern_ends_at_its_colon() {
    async fn world() {
        let world = World::new(Plan {
            items: 3,
            ..Plan::default()
        })
        .await;
        for item in 0..3 {
            world.read(0, item, false).await;
        }
        pause(10..=20).await;
        // `suite:*` reaches `suite:0` and `suite:list:2`, and not `suites:1`.
        world
            .change_by_hand(draw(0..=1) as usize, 0, Reach::Below)
            .await;
        let runs = world.truth.runs();
        world.read(1, 1, false).await;
        assert_eq!(world.truth.runs(), runs, "`suite:*` reached below `suites`");
        world.read(1, 2, false).await;
        assert_eq!(
            world.truth.runs(),
            runs + 1,
            "`suite:*` did not reach below `suite:list`"
        );
        world.end().await;
    }
    seeds(world);
}

/// Notes that come while a connection is away never come again.
#[test]
fn who_waits_for_a_note_is_woken_when_the_link_is_lost() {
    async fn world() {
        let plan = Plan {
            body: 60..=100,
            lease: 30_000,
            items: 1,
            ..Plan::default()
        };
        let world = World::new(plan).await;
        let leader = world.start_read(0, 0);
        pause(12..=20).await;
        let waiter = world.start_read(1, 0);
        pause(15..=35).await;
        let start = Instant::now();
        model().network.cut(Some(1));
        model().threads.wait(waiter).await;
        assert!(start.elapsed().as_millis() < 400, "it waited in vain");
        model().threads.wait(leader).await;
        world.end().await;
    }
    seeds(world);
}
