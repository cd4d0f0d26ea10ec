//! A function's own panic is its caller's. Any other panic in user code reaches no caller: the
//! call computes, those who wait go on, and the next call works.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use cache_runtime::{cached, carry, carry_blocking, current, invalidates};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tests::{CountingBody, HANG, Stage, eventually, stages_with};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

const WANTED: &str = "as the test wants";

/// Where a value panics, once it is armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Spot {
    Serialize,
    Deserialize,
    Clone,
    Drop,
    Nowhere,
}

/// Shared by all copies of a value, as long as none was written and read.
type Armed = Arc<AtomicBool>;

/// A value one of whose implementations panics.
#[derive(Debug)]
struct Fragile {
    spot: Spot,
    armed: Armed,
}

impl Fragile {
    fn new(spot: Spot, armed: &Armed) -> Self {
        Fragile {
            spot,
            armed: armed.clone(),
        }
    }

    fn may_panic(&self, here: Spot) {
        let now = self.spot == here && self.armed.load(SeqCst);
        assert!(!now || std::thread::panicking(), "{WANTED}");
    }

    /// Ends it without its `Drop`.
    fn spot(self) -> Spot {
        let spot = self.spot;
        std::mem::forget(self);
        spot
    }
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        self.may_panic(Spot::Clone);
        Fragile::new(self.spot, &self.armed)
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        self.may_panic(Spot::Drop);
    }
}

impl Serialize for Fragile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.may_panic(Spot::Serialize);
        self.spot.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Fragile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spot = Spot::deserialize(deserializer)?;
        assert!(spot != Spot::Deserialize, "{WANTED}");
        Ok(Fragile::new(spot, &Armed::default()))
    }
}

fn armed() -> Armed {
    Arc::new(AtomicBool::new(true))
}

/// Opened once everybody has asked.
type Gate = watch::Receiver<bool>;

fn open() -> Gate {
    watch::channel(true).1
}

#[cached(prefix = "fragile", skip(body, armed, gate))]
async fn fragile(
    body: CountingBody,
    armed: Armed,
    mut gate: Gate,
    id: usize,
    spot: Spot,
) -> Fragile {
    let _run = body.enter();
    let _ = gate.wait_for(|open| *open).await;
    let _ = id;
    Fragile::new(spot, &armed)
}

#[cached(prefix = "fragile", key = "sync:{spot}", skip(body, armed))]
fn fragile_in_sync(body: &CountingBody, armed: &Armed, spot: Spot) -> Fragile {
    let _run = body.enter();
    Fragile::new(spot, armed)
}

/// Caches on which who waits in vain is seen to hang.
async fn patient_stages() -> Vec<Stage> {
    stages_with(|cache| cache.lease(HANG * 10).max_wait(HANG * 10)).await
}

/// Twenty calls that have all asked before the first body goes on.
async fn together<T: Send + 'static, F>(stage: &Stage, call: impl Fn(Gate) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
{
    let (open, gate) = watch::channel(false);
    let misses = stage.cache.stats().misses;
    let calls: JoinSet<T> = (0..20).map(|_| carry(call(gate.clone()))).collect();
    eventually("all have asked", async || {
        stage.cache.stats().misses >= misses + 20
    })
    .await;
    open.send(true).unwrap();
    calls.join_all().await
}

/// The first run panics when it is told to, all others end at once.
#[cached(prefix = "flight", skip(body, told))]
async fn panics_first(body: CountingBody, mut told: Gate) -> u64 {
    let _run = body.enter();
    if body.runs() == 1 {
        let _ = told.wait_for(|told| *told).await;
        panic!("{WANTED}");
    }
    7
}

#[cached(prefix = "flight", skip(body, told))]
fn panics_first_in_sync(body: CountingBody, told: Gate) -> u64 {
    let _run = body.enter();
    if body.runs() == 1 {
        while !*told.borrow() {
            std::thread::yield_now();
        }
        panic!("{WANTED}");
    }
    7
}

/// Starts a leader, and twenty calls that wait for it when it panics.
async fn leader_and_waiters(
    stage: &Stage,
    body: &CountingBody,
    start: impl Fn(Gate) -> JoinHandle<u64>,
) {
    let (tell, told) = watch::channel(false);
    let misses = stage.cache.stats().misses;
    let leader = start(told.clone());
    eventually("the leader runs", async || body.in_flight() == 1).await;
    let waiters: Vec<_> = (0..20).map(|_| start(told.clone())).collect();
    eventually("all have asked", async || {
        stage.cache.stats().misses > misses + 20
    })
    .await;
    assert_eq!(body.runs(), 1, "on {}", stage.name);
    tell.send(true).unwrap();
    let panic = leader.await.unwrap_err().into_panic();
    assert_eq!(panic.downcast_ref(), Some(&WANTED.to_owned()));
    for waiter in waiters {
        assert_eq!(waiter.await.unwrap(), 7, "on {}", stage.name);
    }
    assert_eq!(body.runs(), 2, "on {}", stage.name);
    assert_eq!(start(told).await.unwrap(), 7);
    assert_eq!(body.runs(), 2, "it is stored on {}", stage.name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panicking_leader_is_replaced_and_its_panic_is_its_own() {
    for stage in patient_stages().await {
        stage
            .run(async {
                let body = CountingBody::new();
                leader_and_waiters(&stage, &body, |told| {
                    tokio::spawn(carry(panics_first(body.clone(), told)))
                })
                .await;
                let body = CountingBody::new();
                leader_and_waiters(&stage, &body, |told| {
                    let body = body.clone();
                    tokio::task::spawn_blocking(carry_blocking(|| panics_first_in_sync(body, told)))
                })
                .await;
            })
            .await;
    }
}

/// What is written in the attribute is evaluated in the function: its panic is the function's.
#[cached(prefix = "lifetime", ttl = lifetime(fails), skip(body, fails))]
async fn for_a_while(body: CountingBody, fails: bool) -> u64 {
    body.run(async { 7 }).await
}

fn lifetime(fails: bool) -> Duration {
    assert!(!fails, "{WANTED}");
    Duration::from_secs(60)
}

#[cached(prefix = "owner", tenant = owner(fails), skip(body, fails))]
async fn of_somebody(body: CountingBody, fails: bool) -> u64 {
    body.run(async { 7 }).await
}

fn owner(fails: bool) -> &'static str {
    assert!(!fails, "{WANTED}");
    "acme"
}

#[tokio::test]
async fn a_ttl_or_a_tenant_that_panics_does_so_before_the_cache_is_asked() {
    for stage in patient_stages().await {
        stage
            .run(async {
                let body = CountingBody::new();
                for _ in 0..2 {
                    let call = tokio::spawn(carry(for_a_while(body.clone(), true)));
                    assert!(call.await.unwrap_err().is_panic());
                    let call = tokio::spawn(carry(of_somebody(body.clone(), true)));
                    assert!(call.await.unwrap_err().is_panic());
                }
                assert_eq!(body.runs(), 0);
                for _ in 0..2 {
                    assert_eq!(for_a_while(body.clone(), false).await, 7);
                    assert_eq!(of_somebody(body.clone(), false).await, 7);
                }
                assert_eq!(body.runs(), 2, "on {}", stage.name);
            })
            .await;
    }
}

#[cached(prefix = "condition", skip(body, fails), when = |_| !panic_if(fails))]
async fn on_condition(body: CountingBody, fails: bool) -> u64 {
    body.run(async { 7 }).await
}

fn panic_if(fails: bool) -> bool {
    assert!(!fails, "{WANTED}");
    false
}

#[tokio::test]
async fn a_value_whose_condition_panics_is_returned_and_not_stored() {
    for stage in patient_stages().await {
        stage
            .run(async {
                let body = CountingBody::new();
                for runs in 1..=3 {
                    assert_eq!(on_condition(body.clone(), true).await, 7);
                    assert_eq!(body.runs(), runs, "on {}", stage.name);
                }
                assert_eq!(stage.cache.stats().stored, 0);
                for _ in 0..2 {
                    assert_eq!(on_condition(body.clone(), false).await, 7);
                    assert_eq!(body.runs(), 4, "on {}", stage.name);
                }
            })
            .await;
    }
}

/// An argument that cannot be written.
#[derive(Clone)]
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("{WANTED}")
    }
}

#[cached(prefix = "refusing", skip(body))]
async fn refusing(body: CountingBody, argument: Unwritable) -> u64 {
    let Unwritable = argument;
    body.run(async { 7 }).await
}

#[tokio::test]
async fn a_call_whose_argument_panics_when_it_is_written_is_computed() {
    for stage in patient_stages().await {
        stage
            .run(async {
                let body = CountingBody::new();
                for runs in 1..=3 {
                    assert_eq!(refusing(body.clone(), Unwritable).await, 7);
                    assert_eq!(body.runs(), runs);
                }
                refusing::invalidate(Unwritable).await.unwrap_err();
                assert_eq!(stage.cache.stats().stored, 0, "on {}", stage.name);
            })
            .await;
    }
}

/// What a mutator returns, with a target in it that cannot be taken.
struct Changed {
    id: Uncopied,
}

#[derive(Serialize)]
struct Uncopied;

impl Clone for Uncopied {
    fn clone(&self) -> Self {
        panic!("{WANTED}")
    }
}

#[cached(prefix = "target", skip(body))]
async fn target(body: CountingBody, id: u64) -> u64 {
    body.run(async { id }).await
}

#[cached(prefix = "target", key = "of:{id}")]
async fn target_of(id: Uncopied) -> u64 {
    let Uncopied = id;
    7
}

#[invalidates("target:target:1", target_of(ok.id.clone()))]
async fn change_what_it_cannot_name() -> Changed {
    Changed { id: Uncopied }
}

#[tokio::test]
async fn a_target_that_panics_takes_no_other_with_it() {
    for stage in patient_stages().await {
        stage
            .run(async {
                let body = CountingBody::new();
                target(body.clone(), 1).await;
                let Changed { id: Uncopied } = change_what_it_cannot_name().await;
                current().settled().await;
                target(body.clone(), 1).await;
                assert_eq!(body.runs(), 2, "on {}", stage.name);
                target(body.clone(), 1).await;
                assert_eq!(body.runs(), 2, "on {}", stage.name);
            })
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_panics_is_returned_all_the_same() {
    use Spot::{Clone, Deserialize, Drop, Nowhere, Serialize};
    for stage in patient_stages().await {
        stage
            .run(async {
                for (id, spot) in [Serialize, Deserialize, Clone, Drop, Nowhere]
                    .into_iter()
                    .enumerate()
                {
                    let body = CountingBody::new();
                    let armed = armed();
                    let values = together(&stage, |gate| {
                        let call = fragile(body.clone(), armed.clone(), gate, id, spot);
                        async { call.await.spot() }
                    });
                    assert_eq!(values.await, [spot; 20], "{spot:?} on {}", stage.name);
                    for _ in 0..3 {
                        let call = fragile(body.clone(), armed.clone(), open(), id, spot);
                        assert_eq!(call.await.spot(), spot, "{spot:?} on {}", stage.name);
                        let value = fragile_in_sync(&body, &armed, spot);
                        assert_eq!(value.spot(), spot, "{spot:?} on {}", stage.name);
                    }
                    // Disarmed, all is as ever.
                    armed.store(false, SeqCst);
                    if spot == Deserialize && stage.name == "redis" {
                        continue;
                    }
                    fragile(body.clone(), armed.clone(), open(), id, spot).await;
                    let runs = body.runs();
                    fragile(body.clone(), armed.clone(), open(), id, spot).await;
                    assert_eq!(body.runs(), runs, "{spot:?} on {}", stage.name);
                }
                eventually("nothing is left", async || {
                    let left = stage.cache.left_over();
                    left.flights + left.leases + left.listeners == 0
                })
                .await;
            })
            .await;
    }
}

/// In memory a hit is a copy.
#[tokio::test]
async fn a_hit_whose_clone_panics_is_computed() {
    for stage in patient_stages().await {
        stage
            .run(async {
                let (body, armed) = (CountingBody::new(), Armed::default());
                let call = || fragile(body.clone(), armed.clone(), open(), 1, Spot::Clone);
                let in_sync = || fragile_in_sync(&body, &armed, Spot::Clone);
                call().await;
                in_sync();
                armed.store(true, SeqCst);
                assert_eq!(call().await.spot(), Spot::Clone);
                assert_eq!(in_sync().spot(), Spot::Clone);
                // Written and read, a value knows nothing of being armed.
                let runs = if stage.server.is_some() { 2 } else { 4 };
                assert_eq!(body.runs(), runs, "on {}", stage.name);
                armed.store(false, SeqCst);
                call().await;
                in_sync();
                assert_eq!(body.runs(), runs, "on {}", stage.name);
            })
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiters_for_a_value_whose_clone_panics_run_side_by_side() {
    for stage in patient_stages().await {
        let body = CountingBody::new();
        let armed = armed();
        let calls = stage.run(together(&stage, |gate| {
            slow(body.clone(), armed.clone(), gate)
        }));
        calls.await;
        let most = body.most_in_flight();
        assert!(most >= 10, "on {}: only {most} at once", stage.name);
    }
}

#[cached(prefix = "slow", skip(body, armed, gate))]
async fn slow(body: CountingBody, armed: Armed, mut gate: Gate) -> Fragile {
    let _run = body.enter();
    let _ = gate.wait_for(|open| *open).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    Fragile::new(Spot::Clone, &armed)
}

#[cached(prefix = "entry", key = "{id}", skip(body, armed))]
async fn entry(body: CountingBody, armed: Armed, id: usize) -> Fragile {
    let _run = body.enter();
    Fragile::new(Spot::Drop, &armed)
}

#[invalidates("entry:1", "entry:2", "entry:3")]
async fn change() {}

#[invalidates("entry:1", "entry:2", "entry:3", strict)]
async fn change_strictly() -> Result<(), cache_runtime::Error> {
    Ok(())
}

/// The last copy of a value is dropped where its entry is taken out.
#[tokio::test]
async fn a_drop_that_panics_takes_no_invalidation_with_it() {
    for stage in patient_stages().await {
        stage
            .run(async {
                let body = CountingBody::new();
                let armed = Armed::default();
                let read_all = async || {
                    armed.store(false, SeqCst);
                    let before = body.runs();
                    for id in 1..=3 {
                        entry(body.clone(), armed.clone(), id).await;
                    }
                    let runs = body.runs() - before;
                    armed.store(true, SeqCst);
                    runs
                };
                assert_eq!((read_all().await, read_all().await), (3, 0));
                tokio::spawn(carry(change())).await.unwrap();
                current().settled().await;
                assert_eq!((read_all().await, read_all().await), (3, 0));
                tokio::spawn(carry(change_strictly()))
                    .await
                    .unwrap()
                    .unwrap();
                current().settled().await;
                assert_eq!((read_all().await, read_all().await), (3, 0));
                let by_hand = tokio::spawn(carry(async { current().invalidate("entry:1").await }));
                by_hand.await.unwrap().unwrap();
                let by_hand = tokio::spawn(carry(async {
                    let value = Fragile::new(Spot::Nowhere, &Armed::default());
                    current()
                        .put("entry:2", &value, Duration::from_secs(60))
                        .await
                }));
                by_hand.await.unwrap().unwrap();
                assert_eq!((read_all().await, read_all().await), (2, 0));
                assert_eq!(stage.cache.left_over().marks, 0);
            })
            .await;
    }
}

#[tokio::test]
async fn a_drop_that_panics_when_room_is_made_reaches_no_caller() {
    let stages = stages_with(|cache| cache.max_entries(2)).await;
    for stage in stages {
        stage
            .run(async {
                let (body, armed) = (CountingBody::new(), armed());
                for id in 0..50 {
                    let value = entry(body.clone(), armed.clone(), id).await;
                    assert_eq!(value.spot(), Spot::Drop);
                }
                assert_eq!(stage.cache.left_over().leases, 0);
                assert_eq!(stage.cache.left_over().flights, 0);
            })
            .await;
    }
}

/// An error that cannot be copied once it is armed.
#[derive(Debug)]
struct FragileError(Armed);

impl Clone for FragileError {
    fn clone(&self) -> Self {
        assert!(!self.0.load(SeqCst), "{WANTED}");
        FragileError(self.0.clone())
    }
}

#[cached(prefix = "failing", skip(body, armed, gate))]
async fn failing(
    body: CountingBody,
    armed: Armed,
    mut gate: Gate,
    id: u64,
) -> Result<u64, FragileError> {
    let _run = body.enter();
    let _ = gate.wait_for(|open| *open).await;
    // Copied once to be shared; armed for those who take it.
    if id == 2 {
        let armed = armed.clone();
        tokio::spawn(async move { armed.store(true, SeqCst) });
    }
    Err(FragileError(armed))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_whose_clone_panics_is_returned_to_everybody() {
    for stage in patient_stages().await {
        stage
            .run(async {
                for id in 1..=2 {
                    let body = CountingBody::new();
                    let armed = Arc::new(AtomicBool::new(id == 1));
                    let results = together(&stage, |gate| {
                        failing(body.clone(), armed.clone(), gate, id)
                    });
                    let results = results.await;
                    assert!(results.iter().all(Result::is_err));
                }
            })
            .await;
    }
}
