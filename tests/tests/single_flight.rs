//! Promise 6: one body run per key, however many call, and no waiter ever stuck.

use std::future::pending;
use std::time::Duration;

use cache_runtime::{cached, carry, with_cache};
use tests::{
    CountingBody, RedisServer, Stage, Worker, alone, eventually, patient, shared, stages,
    stages_with, within,
};
use tokio::sync::watch;
use tokio::task::JoinSet;

const WORKER: &str = env!("CARGO_BIN_EXE_worker");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_misses_run_the_body_once() {
    let _alone = alone().await;
    for stage in stages().await {
        let body = CountingBody::new();
        let calls = stage.run(async {
            let calls = (0..2000).map(|_| carry(shared::slow(body.clone(), 1)));
            calls.collect::<JoinSet<u64>>().join_all().await
        });
        assert_eq!(calls.await, vec![10; 2000]);
        assert_eq!(body.runs(), 1, "on {}", stage.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_misses_in_three_processes_run_the_body_once() {
    let _alone = alone().await;
    let server = RedisServer::start();
    let mut workers = Vec::new();
    for _ in 0..3 {
        workers.push(serve(&server).await);
    }
    for id in 1..=5 {
        for worker in &mut workers {
            worker.tell(&format!("stampede {id} 500")).await;
        }
        let mut runs = 0;
        for worker in &mut workers {
            runs += worker.line().await.parse::<u32>().unwrap();
        }
        assert_eq!(runs, 1, "1,500 calls of key {id}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_leader_is_replaced() {
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                let leader = tokio::spawn(carry(first_never_ends(body.clone())));
                let waiters =
                    join_a_running_flight(&stage, &body, || first_never_ends(body.clone()));
                let waiters = waiters.await;
                leader.abort();
                assert_eq!(waiters.join_all().await, vec![7; 20]);
                assert_eq!(body.runs(), 2, "on {}", stage.name);
            })
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_whose_process_is_killed_is_replaced() {
    let server = RedisServer::start();
    let cache = patient(&server)
        .max_wait(tests::HANG)
        .connect()
        .await
        .unwrap();
    let mut worker = serve(&server).await;
    assert_eq!(worker.ask("hold 1").await, "running");
    let body = CountingBody::new();
    with_cache(cache.clone(), async {
        let calls = (0..20).map(|_| carry(shared::held(body.clone(), false, 1)));
        let waiters: JoinSet<u64> = calls.collect();
        eventually("all have asked", async || cache.stats().misses >= 20).await;
        assert_eq!(body.runs(), 0, "the other process leads");
        worker.kill().await;
        assert_eq!(
            within("the waiters", waiters.join_all()).await,
            vec![10; 20]
        );
        assert_eq!(body.runs(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiters_share_an_error_that_is_clone() {
    for stage in stages().await {
        let body = CountingBody::new();
        let calls = stage.run(async {
            let (open, gate) = watch::channel(false);
            let call = |_| carry(fails_with_clone(body.clone(), gate.clone()));
            let calls: JoinSet<_> = (0..40).map(call).collect();
            eventually("all have asked", async || stage.cache.stats().misses >= 40).await;
            open.send(true).unwrap();
            calls.join_all().await
        });
        assert_eq!(calls.await, vec![Err("no".to_owned()); 40]);
        assert_eq!(body.runs(), 1, "on {}", stage.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiters_of_an_error_that_is_not_clone_run_side_by_side() {
    for stage in stages().await {
        let body = CountingBody::new();
        let calls = stage.run(async {
            let (open, gate) = watch::channel(false);
            let call = |_| carry(fails_without_clone(body.clone(), gate.clone()));
            let calls: JoinSet<_> = (0..40).map(call).collect();
            eventually("all have asked", async || stage.cache.stats().misses >= 40).await;
            open.send(true).unwrap();
            calls.join_all().await
        });
        assert!(calls.await.iter().all(Result::is_err));
        let together = body.most_in_flight();
        assert!(together >= 20, "on {}: only {together} at once", stage.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_of_its_own_key_ends() {
    for stage in impatient().await {
        let body = CountingBody::new();
        let value = stage.run(recursive(body.clone(), 0)).await;
        assert_eq!((value, body.runs()), (1, 2), "on {}", stage.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_is_never_polled_again_holds_nobody_for_ever() {
    for stage in impatient().await {
        let body = CountingBody::new();
        let call = || first_never_ends(body.clone());
        stage
            .run(async {
                let mut leader = Box::pin(call());
                tokio::select! {
                    _ = &mut leader => unreachable!("its body never ends"),
                    () = eventually("it runs", async || body.in_flight() == 1) => {}
                }
                // From here on the leader is kept, and never polled.
                let value = call().await;
                assert_eq!((value, body.runs()), (7, 2), "on {}", stage.name);
                drop(leader);
            })
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_was_woken_and_is_not_polled_is_replaced() {
    for stage in impatient().await {
        let body = CountingBody::new();
        let (open, gate) = watch::channel(false);
        stage
            .run(async {
                let mut leader = Box::pin(gated_value(body.clone(), gate.clone()));
                tokio::select! {
                    _ = &mut leader => unreachable!("its gate is closed"),
                    () = eventually("it runs", async || body.in_flight() == 1) => {}
                }
                // It is woken, kept, and never polled again.
                open.send(true).unwrap();
                // The first call waits for it in vain; the next leads in its place.
                assert_eq!(gated_value(body.clone(), gate.clone()).await, 7);
                assert_eq!(gated_value(body.clone(), gate.clone()).await, 7);
                eventually("the next value is stored", async || {
                    let hits = stage.cache.stats().hits;
                    gated_value(body.clone(), gate.clone()).await;
                    stage.cache.stats().hits > hits
                })
                .await;
                assert!(body.runs() <= 4, "on {}: {}", stage.name, body.runs());
                drop(leader);
            })
            .await;
    }
}

#[cached(prefix = "gate", key = "value", skip(body, gate))]
async fn gated_value(body: CountingBody, gate: watch::Receiver<bool>) -> u64 {
    body.run(after(gate)).await;
    7
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_after_an_invalidation_in_another_process_joins_no_flight_from_before() {
    for pattern in ["gate:gated:1", "gate:*", "*"] {
        let server = RedisServer::start();
        // So long that a call which waits for the wrong flight is seen to hang.
        let cache = patient(&server)
            .max_wait(tests::HANG * 10)
            .connect()
            .await
            .unwrap();
        let mut worker = serve(&server).await;
        with_cache(cache, async {
            let body = CountingBody::new();
            let (source, truth) = watch::channel(1);
            let (open, gate) = watch::channel(false);
            let call = || tokio::spawn(carry(gated(body.clone(), truth.clone(), gate.clone(), 1)));

            let early = call();
            eventually("the first body runs", async || body.in_flight() == 1).await;
            source.send(2).unwrap();
            assert_eq!(worker.ask(&format!("invalidate {pattern}")).await, "ok");
            let late = call();
            eventually("the later call runs its own body", async || {
                body.in_flight() == 2
            })
            .await;
            open.send(true).unwrap();
            assert_eq!(within("the early call", early).await.unwrap(), 1);
            assert_eq!(within("the late call", late).await.unwrap(), 2);
            assert_eq!(within("a last call", call()).await.unwrap(), 2);
        })
        .await;
    }
}

/// Its first run never ends; all further ones end at once.
#[cached(prefix = "flight", skip(body))]
async fn first_never_ends(body: CountingBody) -> u64 {
    let _run = body.enter();
    if body.runs() == 1 {
        pending().await
    }
    7
}

/// What takes a while once everybody has asked, and then fails.
async fn after(mut gate: watch::Receiver<bool>) {
    let _ = gate.wait_for(|open| *open).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
}

#[cached(prefix = "flight", skip(body, gate))]
async fn fails_with_clone(body: CountingBody, gate: watch::Receiver<bool>) -> Result<u64, String> {
    body.run(after(gate)).await;
    Err("no".into())
}

/// An error that cannot be cloned.
#[derive(Debug)]
struct Unique;

#[cached(prefix = "flight", skip(body, gate))]
async fn fails_without_clone(
    body: CountingBody,
    gate: watch::Receiver<bool>,
) -> Result<u64, Unique> {
    body.run(after(gate)).await;
    Err(Unique)
}

#[cached(prefix = "flight", skip(body, depth))]
async fn recursive(body: CountingBody, depth: u64) -> u64 {
    let _run = body.enter();
    if depth == 0 {
        Box::pin(recursive(body.clone(), 1)).await
    } else {
        depth
    }
}

#[cached(prefix = "gate", skip(body, truth, gate))]
async fn gated(
    body: CountingBody,
    truth: watch::Receiver<u64>,
    mut gate: watch::Receiver<bool>,
    id: u64,
) -> u64 {
    let _run = body.enter();
    let seen = *truth.borrow();
    let _ = gate.wait_for(|open| *open).await;
    seen
}

/// Twenty calls that have all looked in vain while the first body runs.
async fn join_a_running_flight<F>(
    stage: &Stage,
    body: &CountingBody,
    call: impl Fn() -> F,
) -> JoinSet<u64>
where
    F: Future<Output = u64> + Send + 'static,
{
    eventually("the leader runs", async || body.in_flight() == 1).await;
    let waiters = (0..20).map(|_| carry(call())).collect();
    eventually("all have asked", async || stage.cache.stats().misses > 20).await;
    assert_eq!(body.runs(), 1, "on {}", stage.name);
    waiters
}

/// Caches whose `max_wait` a test can sit out.
async fn impatient() -> Vec<Stage> {
    stages_with(|cache| cache.max_wait(Duration::from_millis(300))).await
}

async fn serve(server: &RedisServer) -> Worker {
    let mut worker = Worker::start(WORKER, &["serve"], &[("REDIS_URL", &server.url())]);
    assert_eq!(worker.line().await, "ready");
    worker
}
