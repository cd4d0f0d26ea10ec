//! Strict mutators: what they may change is marked before their body, and the mark ends with
//! them, however they end. A process that dies in between leaves nothing stale behind.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use cache_runtime::{Cache, cached, carry, current, invalidates, with_cache};
use tests::shared::{item, runs};
use tests::{CountingBody, RedisServer, Worker, eventually, patient, stages, stages_with, within};
use tokio::sync::Notify;

/// Why a change did not happen.
#[derive(Debug)]
enum Failure {
    Cache(cache_runtime::Error),
    Own,
}

impl From<cache_runtime::Error> for Failure {
    fn from(error: cache_runtime::Error) -> Self {
        Failure::Cache(error)
    }
}

/// What a body tells the test, and waits for.
#[derive(Default)]
struct Gate {
    begun: Notify,
    go: Notify,
}

impl Gate {
    async fn pass(&self) {
        self.begun.notify_one();
        self.go.notified().await;
    }

    /// Does `work` while the body of `mutator` waits.
    async fn during<R>(&self, mutator: impl Future<Output = R>, work: impl Future) -> R {
        let (result, ()) = tokio::join!(mutator, async {
            self.begun.notified().await;
            work.await;
            self.go.notify_one();
        });
        result
    }
}

#[invalidates("suite:item:a:*", strict)]
async fn changes(gate: &Gate) -> Result<(), Failure> {
    gate.pass().await;
    Ok(())
}

#[invalidates(item("a".to_owned(), 1), strict)]
async fn changes_one(gate: &Gate) -> Result<(), Failure> {
    gate.pass().await;
    Ok(())
}

#[invalidates(tags = ["group:{ok}"], events = ["case.changed:{ok}"], strict)]
async fn changes_what_it_returns(gate: &Gate) -> Result<u64, Failure> {
    gate.pass().await;
    Ok(1)
}

#[invalidates("suite:item:a:*", strict)]
fn changes_boxed(gate: &Gate) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + '_>> {
    Box::pin(async move {
        gate.pass().await;
        Ok(())
    })
}

#[invalidates("suite:item:a:*", strict)]
async fn fails(gate: &Gate) -> Result<(), Failure> {
    gate.pass().await;
    Err(Failure::Own)
}

#[invalidates("suite:item:a:*", strict)]
async fn panics(gate: Arc<Gate>) -> Result<(), Failure> {
    gate.pass().await;
    panic!("as the test wants")
}

/// Blocks its thread: reads for itself.
#[invalidates("suite:item:a:*", strict)]
fn changes_in_sync(body: CountingBody) -> Result<(), Failure> {
    for _ in 0..2 {
        read_in_sync(body.clone());
    }
    Ok(())
}

#[invalidates("suite:item:a:*", strict)]
fn panics_in_sync() -> Result<(), Failure> {
    panic!("as the test wants")
}

#[cached(prefix = "suite", key = "item:a:sync", skip(body))]
fn read_in_sync(body: CountingBody) -> usize {
    let _run = body.enter();
    1
}

/// How often two reads of this item ran its body.
async fn two_reads(body: &CountingBody, group: &str) -> usize {
    let before = body.runs();
    runs(body, group, 1).await;
    runs(body, group, 1).await - before
}

#[tokio::test]
async fn under_a_mark_calls_are_computed_and_nothing_is_stored() {
    for stage in stages().await {
        let body = CountingBody::new();
        let (a, b) = (|| two_reads(&body, "a"), || two_reads(&body, "b"));
        stage
            .run(async {
                assert_eq!((a().await, b().await), (1, 1));
                let gate = Gate::default();
                let marked = async {
                    assert_eq!(a().await, 2);
                    assert_eq!(b().await, 0, "what is not marked is left alone");
                };
                gate.during(changes(&gate), marked).await.unwrap();
                assert_eq!(a().await, 1, "a pattern: cached again on {}", stage.name);
                let marked = async { assert_eq!(a().await, 2) };
                gate.during(changes_one(&gate), marked).await.unwrap();
                assert_eq!(a().await, 1, "a call: cached again on {}", stage.name);
                let marked = async { assert_eq!(a().await, 2) };
                gate.during(changes_boxed(&gate), marked).await.unwrap();
                assert_eq!(a().await, 1, "boxed: cached again on {}", stage.name);
                let marked = async { assert_eq!((a().await, b().await), (2, 2)) };
                gate.during(changes_what_it_returns(&gate), marked)
                    .await
                    .unwrap();
                assert_eq!((a().await, b().await), (1, 1), "the mark on all ended");
            })
            .await;
    }
}

#[tokio::test]
async fn a_synchronous_mutator_is_strict_too() {
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                changes_in_sync(body.clone()).unwrap();
                assert_eq!(body.runs(), 2, "on {}", stage.name);
                read_in_sync(body.clone());
                read_in_sync(body.clone());
                assert_eq!(body.runs(), 3, "on {}", stage.name);
            })
            .await;
    }
}

#[tokio::test]
async fn a_mark_stands_until_the_last_of_several_mutators_is_done() {
    for stage in stages().await {
        let body = CountingBody::new();
        let a = || two_reads(&body, "a");
        stage
            .run(async {
                let (outer, inner) = (Gate::default(), Gate::default());
                let overlapping = async {
                    inner
                        .during(changes_one(&inner), async { assert_eq!(a().await, 2) })
                        .await
                        .unwrap();
                    assert_eq!(a().await, 2, "one is still at work on {}", stage.name);
                    inner.during(changes(&inner), async {}).await.unwrap();
                    assert_eq!(a().await, 2, "one is still at work on {}", stage.name);
                };
                outer.during(changes(&outer), overlapping).await.unwrap();
                assert_eq!(a().await, 1, "on {}", stage.name);
                let overlapping = async {
                    inner.during(changes_one(&inner), async {}).await.unwrap();
                    assert_eq!(a().await, 2, "one is still at work on {}", stage.name);
                };
                outer
                    .during(changes_one(&outer), overlapping)
                    .await
                    .unwrap();
                assert_eq!(a().await, 1, "on {}", stage.name);
            })
            .await;
    }
}

#[tokio::test]
async fn an_ordinary_invalidation_does_not_end_a_mark() {
    for stage in stages().await {
        let body = CountingBody::new();
        let a = || two_reads(&body, "a");
        stage
            .run(async {
                let all = ["suite:item:a:*", "suite:item:a:1", "suite:*", "*"];
                let invalidated = async {
                    for pattern in all {
                        current().invalidate(pattern).await.unwrap();
                        assert_eq!(a().await, 2, "{pattern} on {}", stage.name);
                    }
                };
                let gate = Gate::default();
                gate.during(changes(&gate), invalidated).await.unwrap();
                assert_eq!(a().await, 1);
                let invalidated = async {
                    for pattern in all {
                        current().invalidate(pattern).await.unwrap();
                        assert_eq!(a().await, 2, "{pattern} on {}", stage.name);
                    }
                };
                gate.during(changes_one(&gate), invalidated).await.unwrap();
                assert_eq!(a().await, 1);
            })
            .await;
    }
}

#[tokio::test]
async fn an_error_a_panic_and_a_caller_that_leaves_end_the_mark() {
    for stage in stages().await {
        let body = CountingBody::new();
        let a = || two_reads(&body, "a");
        stage
            .run(async {
                assert_eq!(a().await, 1);
                let gate = Arc::new(Gate::default());
                let marked = async { assert_eq!(a().await, 2) };
                let failed = gate.during(fails(&gate), marked).await;
                assert!(matches!(failed, Err(Failure::Own)), "{failed:?}");
                assert_eq!(a().await, 1, "after an error on {}", stage.name);

                let panicked = tokio::spawn(carry(panics(Arc::clone(&gate))));
                let marked = async { assert_eq!(a().await, 2) };
                gate.during(panicked, marked).await.unwrap_err();
                current().settled().await;
                assert_eq!(a().await, 1, "after a panic on {}", stage.name);

                let in_sync = tokio::spawn(carry(async { panics_in_sync() }));
                in_sync.await.unwrap_err();
                current().settled().await;
                assert_eq!(a().await, 1, "after a panic in sync on {}", stage.name);

                tokio::select! {
                    _ = changes(&gate) => unreachable!("nobody lets it go"),
                    () = gate.begun.notified() => {}
                }
                current().settled().await;
                assert_eq!(a().await, 1, "after the caller left on {}", stage.name);
            })
            .await;
    }
}

#[tokio::test]
async fn a_mark_is_kept_for_as_long_as_the_body_runs() {
    let lease = Duration::from_secs(2);
    for stage in stages_with(|cache| cache.lease(lease)).await {
        let body = CountingBody::new();
        stage
            .run(async {
                let gate = Gate::default();
                let long_after = async {
                    tokio::time::sleep(lease * 2).await;
                    assert_eq!(two_reads(&body, "a").await, 2, "on {}", stage.name);
                };
                gate.during(changes(&gate), long_after).await.unwrap();
                assert_eq!(two_reads(&body, "a").await, 1, "on {}", stage.name);
            })
            .await;
    }
}

/// A fill that began before the mark is refused, though its lease still stood.
#[tokio::test]
async fn a_fill_from_before_the_mark_is_refused() {
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                for exact in [false, true] {
                    let (reading, gate) = (Gate::default(), Gate::default());
                    let before = body.runs();
                    let changed = async {
                        let done = match exact {
                            true => gate.during(changes_held(&gate), async {}).await,
                            false => gate.during(changes(&gate), async {}).await,
                        };
                        done.unwrap();
                    };
                    let slow = held(&body, &reading);
                    reading.during(slow, changed).await;
                    let again = held(&body, &reading);
                    reading.during(again, async {}).await;
                    assert_eq!(body.runs() - before, 2, "on {}", stage.name);
                    held(&body, &reading).await;
                    assert_eq!(body.runs() - before, 2, "on {}", stage.name);
                    current().invalidate("*").await.unwrap();
                }
            })
            .await;
    }
}

#[cached(prefix = "suite", key = "item:a:held", skip(body, gate))]
async fn held(body: &CountingBody, gate: &Gate) -> usize {
    body.run(gate.pass()).await;
    1
}

#[invalidates("suite:item:a:held", strict)]
async fn changes_held(gate: &Gate) -> Result<(), Failure> {
    gate.pass().await;
    Ok(())
}

#[invalidates("suite:*", strict)]
async fn counted(body: CountingBody) -> Result<(), Failure> {
    body.run(async { Ok(()) }).await
}

#[invalidates("suite:*", strict)]
fn counted_in_sync(body: CountingBody) -> Result<(), Failure> {
    let _run = body.enter();
    Ok(())
}

async fn is_refused(cache: &Cache) {
    let body = CountingBody::new();
    let (one, two) = within("refused mutators", async {
        with_cache(cache.clone(), async {
            (counted(body.clone()).await, counted_in_sync(body.clone()))
        })
        .await
    })
    .await;
    for refused in [one, two] {
        let is_error = matches!(
            refused,
            Err(Failure::Cache(cache_runtime::Error::Store { .. }))
        );
        assert!(is_error, "{refused:?}");
    }
    assert_eq!(body.runs(), 0, "a body ran without a mark");
}

#[tokio::test]
async fn without_a_mark_the_body_does_not_run() {
    let absent = Cache::builder().redis(RedisServer::absent());
    is_refused(&absent.connect().await.unwrap()).await;

    let server = RedisServer::start();
    let cache = Cache::builder().redis(server.url());
    let cache = cache.connect().await.unwrap();
    server.stop();
    is_refused(&cache).await;
    server.cont();
    let body = CountingBody::new();
    eventually("it is strict again", async || {
        let changed = with_cache(cache.clone(), counted(body.clone())).await;
        changed.is_ok() && body.runs() == 1
    })
    .await;
}

const WORKER: &str = env!("CARGO_BIN_EXE_worker");

#[cached(prefix = "database", key = "below:{id}", skip(database))]
async fn below(database: &Path, id: u64) -> String {
    std::fs::read_to_string(database).unwrap()
}

#[cached(prefix = "database", key = "exact:{id}", skip(database))]
async fn exact(database: &Path, id: u64) -> String {
    std::fs::read_to_string(database).unwrap()
}

/// Reads first, and then takes its time.
#[cached(prefix = "database", key = "below:slow:{id}", skip(database, gate))]
async fn slow(database: PathBuf, gate: Arc<Gate>, id: u64) -> String {
    let read = std::fs::read_to_string(database).unwrap();
    if read == "old" {
        gate.pass().await;
    }
    read
}

/// Another process commits and is killed before it invalidates. What three functions return
/// then: of an entry below a pattern, of an exact path, and of one whose fill was under way.
async fn reads_after_a_death(cache: &Cache, server: &RedisServer, how: &str) -> [String; 3] {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("database");
    std::fs::write(&database, "old").unwrap();
    let url = server.url();
    let path = database.to_str().unwrap();
    let mut worker = Worker::start(WORKER, &["mutator", path], &[("REDIS_URL", &url)]);
    assert_eq!(worker.line().await, "ready");
    let read = async || [below(&database, 1).await, exact(&database, 1).await];
    assert_eq!(read().await, ["old", "old"]);
    let hits = cache.stats().hits;
    assert_eq!(read().await, ["old", "old"]);
    assert_eq!(cache.stats().hits, hits + 2, "both are cached");
    let gate = Arc::new(Gate::default());
    let filling = tokio::spawn(carry(slow(database.clone(), Arc::clone(&gate), 1)));
    gate.begun.notified().await;

    assert_eq!(worker.ask(how).await, "committed");
    worker.kill().await;

    let [one, two] = read().await;
    gate.go.notify_one();
    assert_eq!(filling.await.unwrap(), "old", "it began before");
    let three = slow(database.clone(), gate, 1).await;
    if how == "strictly" {
        // When the mark has ended by itself, what was filled under way must not come back.
        eventually("the cache is used again", async || {
            let hits = cache.stats().hits;
            assert_eq!(read().await, ["new", "new"]);
            let gate = Arc::new(Gate::default());
            assert_eq!(slow(database.clone(), gate, 1).await, "new");
            cache.stats().hits == hits + 3
        })
        .await;
    }
    [one, two, three]
}

#[tokio::test]
async fn a_process_killed_between_commit_and_invalidation_leaves_nothing_stale() {
    let server = RedisServer::start();
    let cache = patient(&server).connect().await.unwrap();
    with_cache(cache.clone(), async {
        let strictly = reads_after_a_death(&cache, &server, "strictly").await;
        assert_eq!(strictly, ["new", "new", "new"]);
    })
    .await;
}

/// The same without `strict`: so we know that the test can see.
#[tokio::test]
async fn without_strict_it_is_seen_to_leave_stale_entries() {
    let server = RedisServer::start();
    let cache = patient(&server).connect().await.unwrap();
    with_cache(cache.clone(), async {
        let plainly = reads_after_a_death(&cache, &server, "plainly").await;
        assert_eq!(plainly, ["old", "old", "old"]);
    })
    .await;
}
