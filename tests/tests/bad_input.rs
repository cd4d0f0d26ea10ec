//! Bad input at run time: each a clear error that names the input and what is accepted.

use std::fmt::Debug;
use std::time::Duration;

use cache_runtime::{Builder, Cache, Error, Ttl, cached, invalidates, ttl, with_cache};
use tests::{CountingBody, stages};

/// The message quotes the input and says what to write instead.
fn tells<T: Debug>(result: Result<T, Error>, input: &str, accepted: &str) {
    let error = result.expect_err(input).to_string();
    assert!(error.contains(input), "{input:?} is not named: {error}");
    let help = error.split("\nhelp: ").nth(1);
    let help = help.unwrap_or_else(|| panic!("no way out of {input:?}: {error}"));
    assert!(help.contains(accepted), "{input:?}: {error}");
}

async fn connect(builder: Builder) -> Result<Cache, Error> {
    builder.connect().await
}

#[tokio::test]
async fn a_url_that_is_none() {
    for (url, named) in [
        ("localhost:6379", "localhost"),
        ("", "redis"),
        ("redis://", "redis"),
        ("redis://a b", "redis"),
        ("redis://localhost:port", "redis"),
        ("redis://localhost/db", "redis"),
        ("http://localhost", "http"),
        ("postgres://localhost", "postgres"),
        ("memcached://localhost", "memcached"),
    ] {
        if url == "redis://" {
            // The client takes it as localhost; so do we.
            continue;
        }
        tells(
            connect(Cache::builder().redis(url)).await,
            named,
            "redis://",
        );
    }
}

#[tokio::test]
async fn a_setting_that_cannot_be_used() {
    let years = Duration::from_secs(86_400 * 365 * 1000);
    tells(
        connect(Cache::builder().default_ttl(Duration::ZERO)).await,
        "default_ttl",
        "hundred",
    );
    tells(
        connect(Cache::builder().default_ttl(years)).await,
        "default_ttl",
        "hundred",
    );
    tells(
        connect(Cache::builder().max_entries(0)).await,
        "max_entries",
        "1",
    );
    let redis = || Cache::builder().redis("redis://localhost");
    tells(
        connect(redis().lease(Duration::ZERO)).await,
        "lease",
        "millisecond",
    );
    tells(
        connect(redis().budget(Duration::ZERO)).await,
        "budget",
        "millisecond",
    );
    let none = redis().invalidation_budget(Duration::ZERO);
    tells(connect(none).await, "invalidation_budget", "millisecond");
    tells(
        connect(redis().redis_timeout(Duration::ZERO)).await,
        "timeout",
        "millisecond",
    );
    let none = redis().redis_connect_timeout(Duration::ZERO);
    tells(connect(none).await, "connect_timeout", "millisecond");
    tells(connect(redis().connections(0)).await, "connections", "1");
    for namespace in ["", "a b", "a:b", "{a}", "a*", "a\nb"] {
        tells(
            connect(redis().namespace(namespace)).await,
            "namespace",
            "letters",
        );
    }
}

/// Paths, patterns, tags and events of every kind that is none.
#[tokio::test]
async fn a_path_pattern_tag_or_event_that_is_none() {
    for stage in stages().await {
        let cache = &stage.cache;
        for pattern in [
            "suite:*:list",
            "*:list",
            "suite:4*",
            "suite*",
            "**",
            "*:*",
            "suite:**",
        ] {
            tells(cache.invalidate(pattern).await, pattern, "tags = [");
        }
        let ninth = "1:2:3:4:5:6:7:8:9";
        tells(cache.invalidate(ninth).await, ninth, "instead of `:`");
        tells(
            cache.put(ninth, &1_u64, ttl::SHORT).await,
            ninth,
            "instead of `:`",
        );
        for path in ["", ":", "a:", ":a", "a::b", "a:\0", "a\n"] {
            let named = if path.chars().any(char::is_control) {
                "control"
            } else {
                path
            };
            tells(cache.invalidate(path).await, named, "levels");
            tells(cache.put(path, &1_u64, ttl::SHORT).await, named, "levels");
            tells(cache.get::<u64>(path).await, named, "levels");
            tells(cache.remove(path).await, named, "levels");
        }
        tells(cache.invalidate(":*").await, "", "levels");
        tells(
            cache.put("suite:*", &1_u64, ttl::SHORT).await,
            "suite:*",
            "level",
        );
        tells(cache.remove("suite:*").await, "suite:*", "level");
        for name in ["", ":", "suite.updated:", "suite.*", "*"] {
            tells(cache.publish(name).await, name, "suite.updated");
            tells(cache.invalidate_tag(name).await, name, "project:42");
        }
        let long = "x".repeat(10_000);
        let error = cache
            .invalidate(&format!("{long}*"))
            .await
            .unwrap_err()
            .to_string();
        assert!(error.len() < 500, "a message of {} bytes", error.len());
    }
}

#[tokio::test]
async fn a_lifetime_that_is_none() {
    for stage in stages().await {
        let cache = &stage.cache;
        let years = Duration::from_secs(86_400 * 365 * 1000);
        tells(
            cache.put("a:b", &1_u64, Duration::ZERO).await,
            "ttl",
            "hundred years",
        );
        tells(
            cache.put("a:b", &1_u64, years).await,
            "ttl",
            "hundred years",
        );
        tells(
            cache.put("a:b", &1_u64, Duration::MAX).await,
            "ttl",
            "hundred years",
        );
        assert_eq!(cache.get::<u64>("a:b").await.unwrap(), None);
        cache.put("a:b", &1_u64, Ttl::Never).await.unwrap();
        assert_eq!(cache.get("a:b").await.unwrap(), Some(1_u64));
    }
}

/// `get_or_fetch` has the fetcher's own error type: it computes instead.
#[tokio::test]
async fn get_or_fetch_with_bad_input_is_computed_and_not_cached() {
    for stage in stages().await {
        let body = CountingBody::new();
        for (path, lifetime) in [
            ("a:*", ttl::SHORT),
            ("", ttl::SHORT),
            ("a:b", Duration::ZERO),
        ] {
            for _ in 0..2 {
                let fetch = || body.run(async { Ok::<u64, String>(7) });
                assert_eq!(stage.cache.get_or_fetch(path, lifetime, fetch).await, Ok(7));
            }
        }
        assert_eq!(body.runs(), 6, "on {}", stage.name);
    }
}

/// Events and tags that only become bad with an argument: too much is invalidated, not too little.
#[cached(prefix = "bad", skip(body), tags = ["owner:{owner}"])]
async fn owned(body: CountingBody, owner: String) -> usize {
    body.run(async { owner.len() }).await
}

#[invalidates(tags = ["owner:{owner}"])]
async fn disown(owner: String) -> usize {
    owner.len()
}

#[tokio::test]
async fn a_hostile_argument_reaches_its_own_tag_and_no_other() {
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                let read = async |owner: &str| {
                    owned(body.clone(), owner.to_owned()).await;
                    body.runs()
                };
                for (at, hostile) in ["*", "a:b", "", "{x}", "\0", "a*"].into_iter().enumerate() {
                    body_is(read("plain").await, 1 + 2 * at);
                    read(hostile).await;
                    disown(hostile.to_owned()).await;
                    body_is(read(hostile).await, 3 + 2 * at);
                    body_is(read("plain").await, 3 + 2 * at);
                }
            })
            .await;
    }
}

fn body_is(runs: usize, expected: usize) {
    assert_eq!(runs, expected);
}

#[tokio::test]
async fn values_that_would_not_come_back_equal_are_refused() {
    use std::collections::HashMap;
    let server = tests::RedisServer::start();
    let cache = tests::patient(&server).connect().await.unwrap();
    let by_pair: HashMap<(u8, u8), u8> = [((1, 2), 3)].into();
    cache.put("a", &by_pair, ttl::SHORT).await.unwrap_err();
    with_cache(cache.clone(), async {
        for _ in 0..2 {
            assert_eq!(lossy(1).await, Some(Some(None)));
            assert!(not_a_number(1).await.is_nan());
            assert_eq!(infinite(1).await, [f64::INFINITY, 1.0]);
            assert_eq!(
                precise(1).await,
                (0.1 + 0.2, u128::MAX, i128::MIN, f32::MIN_POSITIVE)
            );
            assert_eq!(keyed(1).await, by_pair);
        }
    })
    .await;
}

#[cached(prefix = "lossy")]
async fn lossy(id: u64) -> Option<Option<Option<u64>>> {
    Some(if id == 0 { None } else { Some(None) })
}

#[cached(prefix = "lossy")]
async fn not_a_number(id: u64) -> f64 {
    id as f64 * f64::NAN
}

#[cached(prefix = "lossy")]
async fn infinite(id: u64) -> [f64; 2] {
    [f64::INFINITY, id as f64]
}

#[cached(prefix = "lossy")]
async fn precise(id: u64) -> (f64, u128, i128, f32) {
    (
        0.1 + 0.2,
        u128::MAX,
        i128::MIN,
        if id == 0 { 0.0 } else { f32::MIN_POSITIVE },
    )
}

#[cached(prefix = "lossy")]
async fn keyed(id: u8) -> std::collections::HashMap<(u8, u8), u8> {
    [((id, 2), 3)].into()
}
