//! A function's own panic is its caller's, and so is that of a `ttl` or a `tenant`. One of a key,
//! a condition or a target reaches no caller.

use std::time::Duration;

use cache_runtime::{cached, carry, carry_blocking, current, invalidates};
use serde::{Serialize, Serializer};
use tests::{CountingBody, HANG, Stage, eventually, stages_with};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const WANTED: &str = "as the test wants";

/// Opened once everybody has asked.
type Gate = watch::Receiver<bool>;

/// Caches on which who waits in vain is seen to hang.
async fn patient_stages() -> Vec<Stage> {
    stages_with(|cache| cache.lease(HANG * 10).max_wait(HANG * 10)).await
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
