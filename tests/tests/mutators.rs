//! When a mutator invalidates, and what: by what it was given, by what it returned, or by
//! breaking off.

use cache_runtime::{carry, current, invalidates, with_cache};
use tests::shared::{item, runs};
use tests::{CountingBody, RedisServer, patient, stages};
use tokio::sync::Notify;

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
fn save_by_event(row: Row) -> Result<Row, String> {
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
                save_by_event(row()).unwrap();
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
