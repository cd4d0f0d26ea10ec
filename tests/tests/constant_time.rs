//! Constant time, by what is sent: the number of commands does not grow with what is covered.

use std::time::Duration;

use tests::{RedisServer, patient};
use tokio::task::JoinSet;

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
    for start in (0..10_000_u64).step_by(100) {
        let batch = (start..start + 100).map(|n| {
            let cache = cache.clone();
            async move {
                let ttl = Duration::from_secs(600);
                cache.put(&format!("load:many:{n}"), &n, ttl).await.unwrap();
            }
        });
        batch.collect::<JoinSet<()>>().join_all().await;
    }
    fill_up(&server, 1_000_000);
    let keys: u64 = server.cli(&["DBSIZE"]);
    assert!(keys >= 1_000_000, "{keys} keys");

    let left = async |n: u64| cache.get::<u64>(&format!("load:many:{n}")).await.unwrap();
    let sample = [0, 1, 4_999, 9_999];
    for n in sample {
        assert_eq!(left(n).await, Some(n));
    }

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
    for n in sample {
        assert_eq!(left(n).await, None);
    }
    put("load:many:0".into()).await;
    assert_eq!(left(0).await, Some(1));
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
