//! Cached functions that are not async, on both stores, wherever they are called from.

use std::sync::Barrier;

use cache_runtime::{
    Cache, Ttl, cached, carry_blocking, current, invalidates, with_cache, with_tenant,
    with_tenant_blocking,
};
use tests::{CountingBody, stages};
use tokio::task::JoinSet;

#[cached(prefix = "sync", skip(body))]
fn double(body: &CountingBody, id: u64) -> u64 {
    let _run = body.enter();
    id * 2
}

#[cached(prefix = "sync", skip(body))]
fn parse(body: &CountingBody, text: &str) -> Result<u64, std::num::ParseIntError> {
    let _run = body.enter();
    text.parse()
}

#[invalidates(double(id))]
fn change(id: u64) -> bool {
    id > 0
}

#[cached(prefix = "sync", skip(body))]
async fn asynchronous(body: &CountingBody, id: u64) -> u64 {
    let _run = body.enter();
    double(body, id) + 1
}

/// Calls of every kind, from wherever this runs.
fn calls(body: &CountingBody) {
    let before = body.runs();
    assert_eq!((double(body, 1), double(body, 1)), (2, 2));
    assert_eq!(body.runs() - before, 1);
    assert_eq!(parse(body, "7"), Ok(7));
    assert_eq!(parse(body, "7"), Ok(7));
    assert_eq!(body.runs() - before, 2);
    parse(body, "x").unwrap_err();
    parse(body, "x").unwrap_err();
    assert_eq!(body.runs() - before, 4, "an error is not stored");
    assert!(change(1));
    current().blocking().settled();
    double(body, 1);
    assert_eq!(body.runs() - before, 5);
    double::invalidate(1).unwrap();
    assert_eq!(double::key(1).to_string(), "sync:double:1");
    assert_eq!(double::refresh(body, 1), 2);
    assert_eq!(double::uncached(body, 1), 2);
    assert_eq!(double(body, 1), 2);
    assert_eq!(body.runs() - before, 7);
    current().blocking().clear_all().unwrap();
}

#[test]
fn they_work_where_there_is_no_executor() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for stage in runtime.block_on(stages()) {
        // The closure takes the cache along to a thread that has none.
        let calls =
            runtime.block_on(stage.run(async { carry_blocking(|| calls(&CountingBody::new())) }));
        std::thread::spawn(calls).join().unwrap();
    }
}

#[tokio::test]
async fn they_work_on_the_only_thread_of_an_executor() {
    for stage in stages().await {
        stage.run(async { calls(&CountingBody::new()) }).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_work_on_every_thread_of_an_executor_at_once() {
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                let tasks = (0..200).map(|n| {
                    let body = body.clone();
                    // Blocks a worker thread, as code does that does not know better.
                    cache_runtime::carry(async move { double(&body, n % 4) })
                });
                tasks.collect::<JoinSet<u64>>().join_all().await;
            })
            .await;
        assert_eq!(body.runs(), 4, "on {}", stage.name);
    }
}

/// A sync function must not wait for an async flight that only its own thread can finish.
#[tokio::test]
async fn they_never_wait_for_an_async_flight_of_their_thread() {
    for stage in stages().await {
        stage
            .run(async {
                let body = CountingBody::new();
                let (first, second) =
                    tokio::join!(asynchronous(&body, 1), async { double(&body, 1) });
                assert_eq!((first, second), (3, 2));
                assert_eq!(asynchronous(&body, 1).await, 3);
            })
            .await;
    }
}

#[test]
fn threads_share_one_run() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for stage in runtime.block_on(stages()) {
        let body = CountingBody::new();
        let threads = 50;
        let barrier = std::sync::Arc::new(Barrier::new(threads));
        let handles: Vec<_> = runtime.block_on(stage.run(async {
            let start = || {
                let (body, barrier) = (body.clone(), std::sync::Arc::clone(&barrier));
                std::thread::spawn(carry_blocking(move || {
                    barrier.wait();
                    double(&body, 21)
                }))
            };
            (0..threads).map(|_| start()).collect()
        }));
        for handle in handles {
            assert_eq!(handle.join().unwrap(), 42);
        }
        assert_eq!(body.runs(), 1, "on {}", stage.name);
    }
}

#[tokio::test]
async fn they_belong_to_the_tenant_they_are_called_in() {
    for stage in stages().await {
        stage
            .run(async {
                let body = CountingBody::new();
                with_tenant("a", async { double(&body, 1) }).await;
                with_tenant_blocking("a", || double(&body, 1));
                assert_eq!(body.runs(), 1);
                with_tenant_blocking("b", || double(&body, 1));
                assert_eq!(body.runs(), 2);
            })
            .await;
    }
}

/// An executor of ten lines: what the library needs of one is that it polls.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
    let mut future = std::pin::pin!(future);
    loop {
        match future
            .as_mut()
            .poll(&mut std::task::Context::from_waker(&waker))
        {
            std::task::Poll::Ready(result) => return result,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn async_functions_work_in_any_executor() {
    let server = tests::RedisServer::start();
    let memory = Cache::builder().memory();
    for builder in [memory, tests::patient(&server)] {
        block_on(async {
            let cache = builder.connect().await.unwrap();
            let body = CountingBody::new();
            with_cache(cache.clone(), async {
                assert_eq!(asynchronous(&body, 1).await, 3);
                assert_eq!(asynchronous(&body, 1).await, 3);
                assert_eq!(body.runs(), 2, "one of each function");
                assert_eq!(
                    cache.get_or_fetch("a", Ttl::Default, async || Ok(1)).await,
                    Ok::<_, ()>(1)
                );
                cache.clear_all().await.unwrap();
                cache.settled().await;
                assert_eq!(asynchronous(&body, 1).await, 3);
                assert_eq!(body.runs(), 4);
            })
            .await;
        });
    }
}
