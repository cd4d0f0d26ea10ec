//! The panics of a value's or an error's implementations reach no caller: the call returns what it
//! computed, those who wait go on, and the next call works.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use cache_runtime::{cached, carry, current, invalidates};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tests::{CountingBody, HANG, Stage, eventually, stages_with};
use tokio::sync::watch;
use tokio::task::JoinSet;

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
