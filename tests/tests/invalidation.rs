//! What an invalidation reaches, what it leaves alone, and when a mutator invalidates.

use std::time::Duration;

use cache_runtime::{cached, carry, current, invalidates, with_cache};
use tests::{CountingBody, RedisServer, eventually, patient, stages};
use tokio::sync::Notify;

/// Reads an item and says how often bodies ran so far.
async fn runs(body: &CountingBody, group: &str, id: u64) -> usize {
    item(body.clone(), group.to_owned(), id).await;
    body.runs()
}

#[cached(prefix = "suite", key = "item:{group}:{id}", skip(body), tags = ["group:{group}"],
    invalidate_on = ["suite.updated", "case.changed:{id}"])]
async fn item(body: CountingBody, group: String, id: u64) -> u64 {
    body.run(async { id }).await
}

/// Its prefix begins like the other's.
#[cached(prefix = "suites", key = "item:{group}:{id}", skip(body))]
async fn neighbour(body: CountingBody, group: String, id: u64) -> u64 {
    body.run(async { id }).await
}

#[tokio::test]
async fn a_pattern_reaches_everything_below_its_levels_and_nothing_beside() {
    let reached = |pattern: &'static str| async move {
        let mut reached = Vec::new();
        for stage in stages().await {
            let body = CountingBody::new();
            stage
                .run(async {
                    let read_all = async || {
                        let mut runs = vec![body.runs()];
                        for (group, id) in [("a", 1), ("a", 2), ("ab", 1)] {
                            item(body.clone(), group.into(), id).await;
                            runs.push(body.runs());
                        }
                        neighbour(body.clone(), "a".into(), 1).await;
                        runs.push(body.runs());
                        runs.windows(2)
                            .map(|pair| pair[1] - pair[0])
                            .collect::<Vec<_>>()
                    };
                    assert_eq!(read_all().await, [1, 1, 1, 1], "cold");
                    assert_eq!(read_all().await, [0, 0, 0, 0], "warm");
                    current().invalidate(pattern).await.unwrap();
                    reached.push(read_all().await);
                })
                .await;
        }
        assert_eq!(
            reached[0], reached[1],
            "memory and redis differ on {pattern}"
        );
        reached.remove(0)
    };
    // Of: suite:item:a:1, suite:item:a:2, suite:item:ab:1, suites:item:a:1.
    assert_eq!(reached("suite:item:a:1").await, [1, 0, 0, 0]);
    assert_eq!(reached("suite:item:a:*").await, [1, 1, 0, 0]);
    assert_eq!(reached("suite:item:*").await, [1, 1, 1, 0]);
    assert_eq!(reached("suite:*").await, [1, 1, 1, 0]);
    assert_eq!(reached("suites:*").await, [0, 0, 0, 1]);
    assert_eq!(reached("*").await, [1, 1, 1, 1]);
    assert_eq!(reached("suit:*").await, [0, 0, 0, 0]);
    assert_eq!(reached("suite:item:a").await, [0, 0, 0, 0]);
    assert_eq!(reached("suite:item:a:1:*").await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn a_tag_reaches_what_carries_it() {
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                assert_eq!(runs(&body, "a", 1).await, 1);
                assert_eq!(runs(&body, "b", 1).await, 2);
                current().invalidate_tag("group:a").await.unwrap();
                assert_eq!(runs(&body, "b", 1).await, 2, "another tag");
                assert_eq!(runs(&body, "a", 1).await, 3);
            })
            .await;
    }
}

/// Publishing an event reaches its listeners, those of the event above it, and every one below.
#[tokio::test]
async fn an_event_reaches_listeners_of_itself_above_and_below() {
    for (event, reached) in [
        ("order", [1, 1, 1, 0]),
        ("order:42", [1, 1, 0, 0]),
        ("order:43", [1, 0, 1, 0]),
        ("order:4", [1, 0, 0, 0]),
        ("orders", [0, 0, 0, 1]),
        ("orde", [0, 0, 0, 0]),
    ] {
        for stage in stages().await {
            stage
                .run(async {
                    let body = CountingBody::new();
                    assert_eq!(read_listeners(&body).await, [1, 1, 1, 1]);
                    assert_eq!(read_listeners(&body).await, [0, 0, 0, 0]);
                    current().publish(event).await.unwrap();
                    let now = read_listeners(&body).await;
                    assert_eq!(now, reached, "{event} on {}", stage.name);
                })
                .await;
        }
    }
}

#[cached(prefix = "listen", skip(body), invalidate_on = "order")]
async fn to_all(body: CountingBody) -> u64 {
    body.run(async { 0 }).await
}

#[cached(prefix = "listen", skip(body), invalidate_on = "order:{id}")]
async fn to_one(body: CountingBody, id: u64) -> u64 {
    body.run(async { id }).await
}

#[cached(prefix = "listen", skip(body), invalidate_on = "orders")]
async fn to_others(body: CountingBody) -> u64 {
    body.run(async { 0 }).await
}

async fn read_listeners(body: &CountingBody) -> [usize; 4] {
    let mut runs = [0; 4];
    for (at, ran) in runs.iter_mut().enumerate() {
        let before = body.runs();
        match at {
            0 => to_all(body.clone()).await,
            1 => to_one(body.clone(), 42).await,
            2 => to_one(body.clone(), 43).await,
            _ => to_others(body.clone()).await,
        };
        *ran = body.runs() - before;
    }
    runs
}

/// A row as the mutators return it.
#[derive(Clone)]
struct Row {
    group: String,
    id: u64,
}

#[invalidates(item(ok.group.clone(), ok.id))]
async fn save(row: Row) -> Result<Row, String> {
    Ok(row)
}

#[invalidates("suite:item:{ok.group}:{ok.id}")]
async fn save_by_path(row: Row) -> Option<Row> {
    Some(row)
}

#[invalidates(tags = ["group:{ok.group}"])]
async fn save_by_tag(row: Row) -> Row {
    row
}

#[invalidates(events = ["case.changed:{ok.id}"])]
async fn save_by_event(row: Row) -> Result<Row, String> {
    Ok(row)
}

#[tokio::test]
async fn a_mutator_can_use_what_it_returned() {
    for stage in stages().await {
        let body = CountingBody::new();
        let row = || Row {
            group: "a".into(),
            id: 1,
        };
        stage
            .run(async {
                let reread = async || {
                    current().settled().await;
                    runs(&body, "a", 1).await
                };
                assert_eq!(runs(&body, "b", 2).await, 1);
                assert_eq!(reread().await, 2);
                save(row()).await.unwrap();
                assert_eq!(reread().await, 3, "a call shape");
                save_by_path(row()).await.unwrap();
                assert_eq!(reread().await, 4, "a path");
                save_by_tag(row()).await;
                assert_eq!(reread().await, 5, "a tag");
                save_by_event(row()).await.unwrap();
                assert_eq!(reread().await, 6, "an event");
                assert_eq!(runs(&body, "b", 2).await, 6, "another item is left alone");
            })
            .await;
    }
}

#[invalidates("suite:item:{group}:*")]
async fn fails(group: &str) -> Result<(), String> {
    Err(group.to_owned())
}

#[invalidates("suite:item:{group}:*")]
async fn finds_nothing(group: &str) -> Option<u64> {
    None
}

#[invalidates("suite:item:{group}:*", when = always)]
async fn fails_but_always(group: &str) -> Result<(), String> {
    Err(group.to_owned())
}

#[tokio::test]
async fn only_success_invalidates_unless_it_says_always() {
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                assert_eq!(runs(&body, "a", 1).await, 1);
                fails("a").await.unwrap_err();
                assert_eq!(finds_nothing("a").await, None);
                current().settled().await;
                assert_eq!(runs(&body, "a", 1).await, 1, "on {}", stage.name);
                fails_but_always("a").await.unwrap_err();
                current().settled().await;
                assert_eq!(runs(&body, "a", 1).await, 2, "on {}", stage.name);
            })
            .await;
    }
}

#[invalidates("suite:item:a:*")]
async fn hangs(begun: &Notify) {
    begun.notify_one();
    std::future::pending().await
}

#[invalidates("suite:item:a:*")]
async fn panics() {
    panic!("as the test wants")
}

#[invalidates("suite:item:a:{ok}")]
async fn panics_before_it_knows_the_id() -> u64 {
    panic!("as the test wants")
}

#[invalidates("suite:item:a:*")]
fn panics_in_sync() {
    panic!("as the test wants")
}

#[tokio::test]
async fn a_mutator_that_is_dropped_or_panics_still_invalidates() {
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                assert_eq!(runs(&body, "b", 1).await, 1);
                assert_eq!(runs(&body, "a", 1).await, 2);
                let reread = async || {
                    current().settled().await;
                    runs(&body, "a", 1).await
                };
                let begun = Notify::new();
                tokio::select! {
                    () = hangs(&begun) => unreachable!("it hangs"),
                    () = begun.notified() => {}
                }
                assert_eq!(reread().await, 3, "dropped on {}", stage.name);
                tokio::spawn(carry(panics())).await.unwrap_err();
                assert_eq!(reread().await, 4, "panicked on {}", stage.name);
                tokio::spawn(carry(panics_before_it_knows_the_id()))
                    .await
                    .unwrap_err();
                assert_eq!(
                    reread().await,
                    5,
                    "panicked without a value on {}",
                    stage.name
                );
                let sync = carry(async { panics_in_sync() });
                tokio::spawn(sync).await.unwrap_err();
                assert_eq!(reread().await, 6, "panicked in sync on {}", stage.name);
                assert_eq!(runs(&body, "b", 1).await, 6, "another group is left alone");
            })
            .await;
    }
}

#[tokio::test]
async fn a_mutator_that_never_began_invalidates_nothing() {
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                assert_eq!(runs(&body, "a", 1).await, 1);
                drop(hangs(&Notify::new()));
                current().settled().await;
                assert_eq!(runs(&body, "a", 1).await, 1, "on {}", stage.name);
            })
            .await;
    }
}

#[invalidates(item(group.clone(), id))]
async fn by_call_shape(group: String, id: u64) -> bool {
    group.is_empty() || id > 0
}

#[invalidates(item(..))]
async fn by_family() -> bool {
    true
}

#[invalidates("suite:item:a:1", "suite:item:b:*", tags = ["group:c"], events = "case.changed:9")]
async fn by_everything() -> bool {
    true
}

#[tokio::test]
async fn a_call_shape_reaches_one_call_and_its_family_reaches_all() {
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                let all = [("a", 1), ("a", 2), ("b", 1), ("c", 1), ("d", 9)];
                let reread = async || {
                    current().settled().await;
                    let mut ran = Vec::new();
                    for (group, id) in all {
                        let before = body.runs();
                        ran.push(runs(&body, group, id).await - before);
                    }
                    ran
                };
                assert_eq!(reread().await, [1, 1, 1, 1, 1]);
                by_call_shape("a".into(), 1).await;
                assert_eq!(reread().await, [1, 0, 0, 0, 0], "on {}", stage.name);
                by_everything().await;
                assert_eq!(reread().await, [1, 0, 1, 1, 1], "on {}", stage.name);
                by_family().await;
                assert_eq!(reread().await, [1, 1, 1, 1, 1], "on {}", stage.name);
                current().clear_all().await.unwrap();
                assert_eq!(reread().await, [1, 1, 1, 1, 1], "on {}", stage.name);
                let key = item::key("b".into(), 1);
                current().invalidate_key(&key).await.unwrap();
                assert_eq!(reread().await, [0, 0, 1, 0, 0], "on {}", stage.name);
            })
            .await;
    }
}

#[tokio::test]
async fn a_cache_that_is_switched_off_still_sends_its_invalidations() {
    let server = RedisServer::start();
    let on = patient(&server).connect().await.unwrap();
    let off = patient(&server).enabled(false).connect().await.unwrap();
    let body = CountingBody::new();
    let read = async || with_cache(on.clone(), runs(&body, "a", 1)).await;
    assert_eq!(read().await, 1);
    warm(&on, &body).await;
    with_cache(off.clone(), async {
        assert_eq!(runs(&body, "a", 1).await, 2, "switched off, it computes");
        assert_eq!(runs(&body, "a", 1).await, 3, "and stores nothing");
    })
    .await;
    assert_eq!(read().await, 3, "the other still hits");
    with_cache(off.clone(), by_call_shape("a".into(), 1)).await;
    off.settled().await;
    assert_eq!(read().await, 4);
    off.invalidate("suite:*").await.unwrap();
    assert_eq!(read().await, 5);
}

/// A fill is not waited for by its caller: waits until the entry is there.
async fn warm(cache: &cache_runtime::Cache, body: &CountingBody) {
    let before = body.runs();
    eventually("a hit", async || {
        let hits = cache.stats().hits;
        with_cache(cache.clone(), runs(body, "a", 1)).await;
        cache.stats().hits > hits
    })
    .await;
    assert!(body.runs() <= before + 1);
}

#[tokio::test]
async fn an_invalidation_whose_future_is_dropped_is_carried_out() {
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                assert_eq!(runs(&body, "a", 1).await, 1);
                tokio::select! {
                    biased;
                    _ = async { current().invalidate("suite:*").await } => {}
                    () = std::future::ready(()) => {}
                }
                current().settled().await;
                assert_eq!(runs(&body, "a", 1).await, 2, "on {}", stage.name);
            })
            .await;
    }
}

#[tokio::test]
async fn an_invalidation_in_one_process_reaches_the_others() {
    let server = RedisServer::start();
    let mine = patient(&server).connect().await.unwrap();
    let theirs = patient(&server).connect().await.unwrap();
    let body = CountingBody::new();
    with_cache(mine.clone(), runs(&body, "a", 1)).await;
    warm(&mine, &body).await;
    assert_eq!(
        with_cache(theirs.clone(), runs(&body, "a", 1)).await,
        1,
        "shared"
    );
    theirs.publish("suite.updated").await.unwrap();
    assert_eq!(with_cache(mine.clone(), runs(&body, "a", 1)).await, 2);
}

/// Constant time, by what is sent: the number of commands does not grow with what is covered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pattern_over_ten_thousand_of_a_million_entries_costs_as_many_commands_as_over_one() {
    let server = RedisServer::start();
    let cache = patient(&server).connect().await.unwrap();
    let put = async |path: String| {
        cache
            .put(&path, &1_u64, Duration::from_secs(600))
            .await
            .unwrap()
    };
    put("load:one:0".into()).await;
    for start in (0..10_000).step_by(100) {
        let batch = (start..start + 100).map(|n| {
            let cache = cache.clone();
            async move {
                let ttl = Duration::from_secs(600);
                cache.put(&format!("load:many:{n}"), &n, ttl).await.unwrap();
            }
        });
        batch.collect::<tokio::task::JoinSet<()>>().join_all().await;
    }
    fill_up(&server, 1_000_000);
    let keys: u64 = server.cli(&["DBSIZE"]);
    assert!(keys >= 1_000_000, "{keys} keys");

    let cost = async |pattern: &str| {
        server.count_from_here();
        cache.invalidate(pattern).await.unwrap();
        server.commands_processed()
    };
    let one = cost("load:one:*").await;
    let many = cost("load:many:*").await;
    assert_eq!(one, many);
    let commands: u64 = many.values().sum();
    assert!((1..=8).contains(&commands), "{many:?}");
    assert!(
        !many.contains_key("keys") && !many.contains_key("scan"),
        "{many:?}"
    );
    for n in [0, 1, 4_999, 9_999] {
        let left: Option<u64> = cache.get(&format!("load:many:{n}")).await.unwrap();
        assert_eq!(left, None);
    }
    put("load:many:0".into()).await;
    assert_eq!(cache.get::<u64>("load:many:0").await.unwrap(), Some(1));
}

/// Copies one entry under many other paths, inside the server.
fn fill_up(server: &RedisServer, keys: u64) {
    let entry = server
        .keys()
        .into_iter()
        .find(|key| key.contains(":e:") && key.contains("load:one:0"))
        .expect("an entry that reads like its path");
    let other = entry.replace("load:one:0", "load:other:");
    let copy = "local v = redis.call('GET', KEYS[1])
        for i = ARGV[2], ARGV[3] do redis.call('SET', ARGV[1] .. i, v) end";
    // In pieces, for a server is busy to everybody while a script runs.
    let piece = 20_000;
    for start in (0..keys).step_by(piece) {
        let _: () = redis::Script::new(copy)
            .key(&entry)
            .arg(&other)
            .arg(start)
            .arg(start + piece as u64 - 1)
            .invoke(&mut server.connection())
            .unwrap();
    }
}
