//! A future is dropped at every point where it waits: nobody who stayed is stuck, the next call
//! works, nothing stays behind, and no invalidation is forgotten.
//!
//! Leases and patience last longer than any test, so whatever is not ended at once is seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use cache_runtime::{Cache, LeftOver, cached, carry, current, invalidates, with_cache};
use tests::{
    CountingBody, Cut, HANG, RedisServer, Stage, at_every_await, eventually, patient, stages_with,
    within,
};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A cache whose leases, marks and waits do not end by themselves.
fn lasting(cache: cache_runtime::Builder) -> cache_runtime::Builder {
    cache.lease(HANG * 10).max_wait(HANG * 10)
}

async fn lasting_stages() -> Vec<Stage> {
    stages_with(lasting).await
}

/// What a database is: somewhere else, and slow.
#[derive(Clone, Debug, Default)]
struct Database {
    committed: Arc<AtomicU64>,
    reads: CountingBody,
    changes: CountingBody,
}

impl Database {
    async fn read(&self) -> u64 {
        let _run = self.reads.enter();
        steps().await;
        let read = self.committed.load(SeqCst);
        steps().await;
        read
    }

    async fn change(&self) {
        let _run = self.changes.enter();
        steps().await;
        self.committed.fetch_add(1, SeqCst);
        steps().await;
    }
}

/// Several points where a body waits.
async fn steps() {
    for _ in 0..2 {
        tokio::task::yield_now().await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[cached(prefix = "row", skip(database))]
async fn row(database: Database, id: usize) -> u64 {
    database.read().await
}

#[invalidates(row(id))]
async fn change(database: &Database, id: usize) {
    database.change().await;
}

#[invalidates("row:*")]
async fn change_all(database: &Database) {
    database.change().await;
}

#[invalidates(row(id), strict)]
async fn change_strictly(database: &Database, id: usize) -> Result<(), cache_runtime::Error> {
    database.change().await;
    Ok(())
}

#[invalidates("row:*", strict)]
async fn change_all_strictly(database: &Database) -> Result<(), cache_runtime::Error> {
    database.change().await;
    Ok(())
}

/// Reads, and reads again, which must be a hit; and then nothing is under way any more.
async fn is_well(stage: &Stage, database: &Database, id: usize, before: LeftOver, what: &str) {
    let what = format!("{what} on {}", stage.name);
    row(database.clone(), id).await;
    let runs = database.reads.runs();
    let read = row(database.clone(), id).await;
    assert_eq!(read, database.committed.load(SeqCst), "{what}: stale");
    assert_eq!(database.reads.runs(), runs, "{what}: it is not stored");
    nothing_is_left(&stage.cache, stage.server.as_ref(), before, &what).await;
}

async fn nothing_is_left(
    cache: &Cache,
    server: Option<&RedisServer>,
    before: LeftOver,
    what: &str,
) {
    eventually(what, async || {
        // Not the tasks: those of other tests are among them.
        let now = LeftOver {
            scopes: before.scopes,
            tasks: before.tasks,
            ..cache.left_over()
        };
        now == before && server.is_none_or(|server| leases(server).is_empty())
    })
    .await;
}

/// Leases and marks of entries on the server.
fn leases(server: &RedisServer) -> Vec<String> {
    let keys = server.keys().into_iter();
    keys.filter(|key| key.contains(":l:")).collect()
}

#[tokio::test]
async fn a_leader_dropped_anywhere_is_replaced() {
    for stage in lasting_stages().await {
        let database = Database::default();
        let before = stage.cache.left_over();
        let mut id = 0;
        let dropped = stage.run(at_every_await(async |cut: Cut| {
            id += 1;
            let waiter = tokio::spawn(carry(row(database.clone(), id)));
            let led = cut.of(row(database.clone(), id)).await;
            assert_eq!(waiter.await.unwrap(), 0, "{cut:?}");
            is_well(&stage, &database, id, before, &format!("{cut:?}")).await;
            led.is_some()
        }));
        let dropped = dropped.await;
        assert!(dropped >= 10, "only {dropped} points on {}", stage.name);
    }
}

#[tokio::test]
async fn a_waiter_dropped_anywhere_is_not_missed() {
    for stage in lasting_stages().await {
        let database = Database::default();
        let before = stage.cache.left_over();
        let mut id = 0;
        let dropped = stage.run(at_every_await(async |cut: Cut| {
            id += 1;
            let runs = database.reads.runs();
            let leader = tokio::spawn(carry(row(database.clone(), id)));
            eventually("it leads", async || database.reads.in_flight() == 1).await;
            let stayed = tokio::spawn(carry(row(database.clone(), id)));
            let waited = cut.of(row(database.clone(), id)).await;
            assert_eq!((leader.await.unwrap(), stayed.await.unwrap()), (0, 0));
            is_well(&stage, &database, id, before, &format!("{cut:?}")).await;
            assert_eq!(database.reads.runs(), runs + 1, "{cut:?}: one body");
            waited.is_some()
        }));
        let dropped = dropped.await;
        assert!(dropped >= 3, "only {dropped} points on {}", stage.name);
    }
}

/// Two caches on one server are two processes to each other.
async fn two_caches(server: &RedisServer) -> [Cache; 2] {
    let connect = async || lasting(patient(server)).connect().await.unwrap();
    [connect().await, connect().await]
}

#[tokio::test]
async fn a_waiter_for_another_process_dropped_anywhere_is_not_missed() {
    let server = RedisServer::start();
    let [here, there] = two_caches(&server).await;
    let database = Database::default();
    let before = here.left_over();
    let mut id = 0;
    let dropped = at_every_await(async |cut: Cut| {
        id += 1;
        let runs = database.reads.runs();
        let call = |cache: &Cache| with_cache(cache.clone(), row(database.clone(), id));
        let leader = tokio::spawn(call(&there));
        eventually("it leads", async || database.reads.in_flight() == 1).await;
        let stayed = tokio::spawn(call(&here));
        let waited = cut.of(call(&here)).await;
        let both = async { (leader.await.unwrap(), stayed.await.unwrap()) };
        assert_eq!(within("leader and waiter", both).await, (0, 0), "{cut:?}");
        assert_eq!(call(&here).await, 0, "{cut:?}");
        assert_eq!(database.reads.runs(), runs + 1, "{cut:?}: one body");
        nothing_is_left(&here, Some(&server), before, &format!("{cut:?}")).await;
        waited.is_some()
    });
    let dropped = dropped.await;
    assert!(dropped >= 3, "only {dropped} points");
}

#[tokio::test]
async fn a_leader_in_another_process_dropped_anywhere_is_replaced() {
    let server = RedisServer::start();
    let [here, there] = two_caches(&server).await;
    let database = Database::default();
    let before = here.left_over();
    let mut id = 0;
    let dropped = at_every_await(async |cut: Cut| {
        id += 1;
        let call = |cache: &Cache| with_cache(cache.clone(), row(database.clone(), id));
        let waiter = tokio::spawn(call(&here));
        let led = cut.of(call(&there)).await;
        let waited = within("the waiter", waiter).await.unwrap();
        assert_eq!(waited, 0, "{cut:?}");
        let runs = database.reads.runs();
        let next = within("the next calls", async {
            (call(&here).await, call(&there).await)
        });
        assert_eq!(next.await, (0, 0), "{cut:?}");
        assert_eq!(database.reads.runs(), runs, "{cut:?}: it is not stored");
        nothing_is_left(&here, Some(&server), before, &format!("{cut:?}")).await;
        led.is_some()
    });
    let dropped = dropped.await;
    assert!(dropped >= 4, "only {dropped} points");
}

/// Drops a mutator at every point. What it has committed is read, whatever became of it.
async fn no_change_is_forgotten(mutate: impl AsyncFn(&Database, usize) -> bool) {
    for stage in lasting_stages().await {
        let database = Database::default();
        let before = stage.cache.left_over();
        let mut id = 0;
        let dropped = stage.run(at_every_await(async |cut: Cut| {
            id += 1;
            row(database.clone(), id).await;
            let changes = database.changes.runs();
            let done = cut.of(mutate(&database, id)).await;
            current().settled().await;
            let (reads, began) = (database.reads.runs(), database.changes.runs() > changes);
            let read = row(database.clone(), id).await;
            assert_eq!(read, database.committed.load(SeqCst), "{cut:?}: stale");
            let again = database.reads.runs() > reads;
            assert!(again || !began, "{cut:?}: nothing was invalidated");
            assert!(began || !done.unwrap_or(false), "{cut:?}");
            is_well(&stage, &database, id, before, &format!("{cut:?}")).await;
            done.is_some()
        }));
        let dropped = dropped.await;
        assert!(dropped >= 10, "only {dropped} points on {}", stage.name);
    }
}

#[tokio::test]
async fn a_mutator_dropped_anywhere_invalidates_if_it_began() {
    no_change_is_forgotten(async |database, id| {
        change(database, id).await;
        true
    })
    .await;
    no_change_is_forgotten(async |database, _| {
        change_all(database).await;
        true
    })
    .await;
}

#[tokio::test]
async fn a_strict_mutator_dropped_anywhere_invalidates_if_it_began_and_leaves_no_mark() {
    no_change_is_forgotten(async |database, id| change_strictly(database, id).await.is_ok()).await;
    no_change_is_forgotten(async |database, _| change_all_strictly(database).await.is_ok()).await;
}

/// So we know that the tests can see: a mutator that invalidates after its body and not when it is
/// dropped.
#[tokio::test]
async fn invalidating_by_hand_after_the_body_is_seen_to_forget() {
    for stage in lasting_stages().await {
        let database = Database::default();
        let mut id = 0;
        let mut stale = 0;
        let dropped = at_every_await(async |cut: Cut| {
            id += 1;
            row(database.clone(), id).await;
            let mutated = cut.of(async {
                database.change().await;
                current().invalidate("row:*").await
            });
            let done = mutated.await;
            current().settled().await;
            let read = row(database.clone(), id).await;
            stale += usize::from(read != database.committed.load(SeqCst));
            done.is_some()
        });
        stage.run(dropped).await;
        assert!(stale > 0, "on {}", stage.name);
    }
}

#[tokio::test]
async fn an_invalidation_dropped_once_polled_is_carried_out() {
    for stage in lasting_stages().await {
        let database = Database::default();
        let before = stage.cache.left_over();
        for what in ["row:*", "*"] {
            let mut id = 0;
            let dropped = at_every_await(async |cut: Cut| {
                id += 1;
                row(database.clone(), id).await;
                let runs = database.reads.runs();
                let issued = stage.cache.stats().invalidations;
                let done = cut.of(stage.cache.invalidate(what)).await;
                let polled = stage.cache.stats().invalidations > issued;
                assert!(polled || done.is_none());
                stage.cache.settled().await;
                row(database.clone(), id).await;
                assert_eq!(database.reads.runs() > runs, polled, "{cut:?} {what}");
                is_well(&stage, &database, id, before, &format!("{cut:?}")).await;
                done.is_some()
            });
            assert!(stage.run(dropped).await >= 1, "on {}", stage.name);
        }
    }
}

/// Opened when bodies may go on.
type Gate = watch::Receiver<bool>;

#[cached(prefix = "gated", skip(body, gate))]
async fn gated(body: CountingBody, mut gate: Gate, id: u64) -> u64 {
    let _run = body.enter();
    let _ = gate.wait_for(|open| *open).await;
    id
}

/// A lease that could not be ended, because the server was away, would stand for a lease more.
#[tokio::test]
async fn a_flight_that_ends_while_the_server_is_away_keeps_nobody_waiting() {
    for dropped in [true, false] {
        let server = RedisServer::start();
        let cache = lasting(patient(&server)).redis_timeout(Duration::from_millis(300));
        let cache = cache.connect().await.unwrap();
        let body = CountingBody::new();
        let (open, gate) = watch::channel(false);
        let call = || with_cache(cache.clone(), gated(body.clone(), gate.clone(), 1));
        let leader = tokio::spawn(call());
        eventually("it leads", async || body.in_flight() == 1).await;
        server.stop();
        eventually("the link is lost", async || !cache.health().connected).await;
        match dropped {
            true => leader.abort(),
            false => open.send(true).unwrap(),
        }
        assert_eq!(leader.await.is_err(), dropped);
        server.cont();
        open.send(true).unwrap();
        eventually("the link is back", async || cache.health().connected).await;
        eventually("it is stored", async || {
            let hits = cache.stats().hits;
            assert_eq!(within("a call", call()).await, 1);
            cache.stats().hits > hits
        })
        .await;
    }
}

/// Its own process may not call again: so it must not keep its lease from the others.
#[tokio::test]
async fn a_leader_that_was_woken_and_is_not_polled_is_replaced_by_another_process() {
    let server = RedisServer::start();
    let cache = || {
        patient(&server)
            .max_wait(Duration::from_millis(300))
            .lease(Duration::from_millis(900))
    };
    let (here, there) = (cache().connect().await, cache().connect().await);
    let (here, there) = (here.unwrap(), there.unwrap());
    let body = CountingBody::new();
    let (open, gate) = watch::channel(false);
    let call = |cache: &Cache| with_cache(cache.clone(), gated(body.clone(), gate.clone(), 1));
    let mut leader = Box::pin(call(&there));
    tokio::select! {
        _ = &mut leader => unreachable!("its gate is closed"),
        () = eventually("it runs", async || body.in_flight() == 1) => {}
    }
    // It is woken, kept, and never polled again.
    open.send(true).unwrap();
    eventually("another's value is stored", async || {
        let hits = here.stats().hits;
        assert_eq!(call(&here).await, 1);
        here.stats().hits > hits
    })
    .await;
    drop(leader);
}

#[cached(prefix = "gated", key = "slow", skip(body, gate))]
async fn gated_and_slow(body: CountingBody, mut gate: Gate) -> u64 {
    let _run = body.enter();
    let _ = gate.wait_for(|open| *open).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_is_not_polled_is_replaced_by_one() {
    let max_wait = Duration::from_secs(1);
    for stage in stages_with(|cache| cache.max_wait(max_wait)).await {
        let body = CountingBody::new();
        let (open, gate) = watch::channel(false);
        let call = || gated_and_slow(body.clone(), gate.clone());
        stage
            .run(async {
                let mut leader = Box::pin(call());
                tokio::select! {
                    _ = &mut leader => unreachable!("its gate is closed"),
                    () = eventually("it runs", async || body.in_flight() == 1) => {}
                }
                open.send(true).unwrap();
                tokio::time::sleep(max_wait * 2).await;
                let calls: JoinSet<u64> = (0..20).map(|_| carry(call())).collect();
                assert_eq!(calls.join_all().await, [1; 20]);
                assert_eq!(body.runs(), 2, "on {}", stage.name);
                drop(leader);
            })
            .await;
    }
}
