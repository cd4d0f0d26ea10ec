//! What an invalidation reaches, and what it leaves alone.

use cache_runtime::{cached, current, with_cache};
use tests::shared::{item, runs};
use tests::{CountingBody, RedisServer, patient, stages};

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
    assert_eq!(
        with_cache(theirs.clone(), runs(&body, "a", 1)).await,
        1,
        "shared"
    );
    theirs.publish("suite.updated").await.unwrap();
    assert_eq!(with_cache(mine.clone(), runs(&body, "a", 1)).await, 2);
}
