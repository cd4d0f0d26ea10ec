//! Servers that do not do everything: what they refuse is told once, and every promise is kept.

use std::time::Duration;

use cache_runtime::{Cache, cached, with_cache};
use tests::{CountingBody, Log, RedisServer, eventually, within};

#[cached(ttl = "10m", prefix = "degraded", skip(body))]
async fn fetch(body: CountingBody, id: u64) -> u64 {
    body.run(async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        id * 10
    })
    .await
}

#[cached(ttl = "10m", prefix = "degraded", skip(body))]
async fn fetch_at_once(body: CountingBody, id: u64) -> u64 {
    body.run(async { id * 10 }).await
}

/// A server that knows none of these commands.
fn without(commands: &[&str]) -> RedisServer {
    let renames = commands
        .iter()
        .flat_map(|name| ["--rename-command", *name, ""]);
    RedisServer::start_with(&renames.collect::<Vec<_>>())
}

async fn on(server: &RedisServer) -> Cache {
    connect(server.url()).await
}

async fn connect(url: String) -> Cache {
    let cache = Cache::builder().redis(url).budget(Duration::from_secs(10));
    cache.connect().await.unwrap()
}

/// Lines of the log about this server that are no plain news.
fn warnings(server: &RedisServer) -> Vec<String> {
    Log::collect().lines_with(&["WARN", &server.port().to_string()])
}

/// Entries are stored, found, shared by two processes, and dropped.
async fn all_is_well(one: &Cache, two: &Cache) {
    let body = CountingBody::new();
    let calls = async |cache: &Cache| {
        let call = with_cache(cache.clone(), fetch(body.clone(), 7));
        assert_eq!(within("a call", call).await, 70);
    };
    // Both wait for one run, and then for none.
    tokio::join!(calls(one), calls(two));
    assert_eq!(body.runs(), 1, "two processes, one run");
    eventually("hits", async || {
        let hits = (one.stats().hits, two.stats().hits);
        calls(one).await;
        calls(two).await;
        one.stats().hits > hits.0 && two.stats().hits > hits.1
    })
    .await;
    let runs = body.runs();
    within("an invalidation", one.invalidate("degraded:*"))
        .await
        .unwrap();
    calls(two).await;
    assert_eq!(body.runs(), runs + 1);
}

/// Nothing is stored, and nobody sees more of it than their own body.
async fn all_is_computed(cache: &Cache) {
    for id in 0..20 {
        let body = CountingBody::new();
        for runs in 1..=2 {
            let call = with_cache(cache.clone(), fetch_at_once(body.clone(), id));
            assert_eq!(within("a call", call).await, id * 10);
            assert_eq!(body.runs(), runs);
        }
    }
}

#[tokio::test]
async fn without_client_all_is_well() {
    Log::collect();
    let server = without(&["CLIENT"]);
    all_is_well(&on(&server).await, &on(&server).await).await;
    assert_eq!(warnings(&server), [""; 0]);
}

/// Nobody hears that another process is ready: those who wait look again and again.
#[tokio::test]
async fn without_subscribe_two_processes_still_share_one_run() {
    Log::collect();
    let server = without(&["SUBSCRIBE"]);
    let cache = on(&server).await;
    all_is_well(&cache, &on(&server).await).await;
    assert_eq!(warnings(&server), [""; 0]);
    let port = server.port().to_string();
    let told = Log::collect().lines_with(&[&port, "SUBSCRIBE"]);
    assert_eq!(told.len(), 2, "once for each cache: {told:?}");
}

/// The server refuses that the scripts tell anybody: the leases of those who wait run out.
#[tokio::test]
async fn without_publish_nothing_is_lost_but_time() {
    let server = without(&["PUBLISH"]);
    all_is_well(&on(&server).await, &on(&server).await).await;
}

#[tokio::test]
async fn without_info_it_says_what_that_may_cost() {
    Log::collect();
    let server = without(&["INFO"]);
    all_is_well(&on(&server).await, &on(&server).await).await;
    let port = server.port().to_string();
    let told = Log::collect().lines_with(&[&port, "run_id", "snapshot"]);
    assert_eq!(told.len(), 2, "once for each cache: {told:?}");
}

#[tokio::test]
async fn without_scripts_calls_are_computed_and_it_is_told_once() {
    Log::collect();
    for commands in [
        &["EVALSHA"][..],
        &["EVAL", "EVALSHA"],
        &["EVAL", "EVALSHA", "SCRIPT"],
    ] {
        let server = without(commands);
        let cache = on(&server).await;
        all_is_computed(&cache).await;
        let told = warnings(&server);
        assert_eq!(told.len(), 1, "{commands:?}: {told:?}");
        assert!(told[0].contains("unknown command"), "{told:?}");
    }
}

/// An invalidation that the server refuses is owed, and until it is sent nothing is read.
#[tokio::test]
async fn what_may_not_be_invalidated_is_not_read_either() {
    let server = RedisServer::start();
    let cache = on(&server).await;
    let body = CountingBody::new();
    let call = async || with_cache(cache.clone(), fetch_at_once(body.clone(), 7)).await;
    eventually("a hit", async || {
        call().await;
        cache.stats().hits > 0
    })
    .await;
    let _: String = server.cli(&["ACL", "SETUSER", "default", "-del"]);
    let runs = body.runs();
    within("an invalidation", cache.invalidate("degraded:*"))
        .await
        .unwrap_err();
    for more in 1..=5 {
        call().await;
        assert_eq!(body.runs(), runs + more, "the old entry was read");
    }
    assert!(cache.health().owed > 0 && cache.health().owed_for.is_some());
    let _: String = server.cli(&["ACL", "SETUSER", "default", "+del"]);
    eventually("it comes back", async || {
        let hits = cache.stats().hits;
        call().await;
        cache.stats().hits > hits
    })
    .await;
    assert_eq!(cache.health().owed, 0);
}

/// The line of the README, word for word.
fn acl_line() -> Vec<&'static str> {
    let readme = include_str!("../../README.md");
    let line = readme.lines().find(|line| line.starts_with("ACL SETUSER"));
    line.expect("the line in the README").split(' ').collect()
}

#[tokio::test]
async fn a_user_with_only_what_the_readme_lists_is_enough() {
    Log::collect();
    let server = RedisServer::start();
    let _: String = server.cli(&acl_line());
    let url = format!("redis://cache:secret@127.0.0.1:{}", server.port());
    let (one, two) = (connect(url.clone()).await, connect(url.clone()).await);
    all_is_well(&one, &two).await;
    assert_eq!(warnings(&server), [""; 0]);
    let told = Log::collect().lines_with(&[&server.port().to_string(), "run_id"]);
    assert_eq!(told, [""; 0]);
    for command in [&["GET", "other:key"][..], &["KEYS", "*"], &["FLUSHALL"]] {
        let words = [&["ACL", "DRYRUN", "cache"], command].concat();
        let said: String = server.cli(&words);
        assert_ne!(said, "OK", "{command:?}");
    }
}

#[tokio::test]
async fn a_password_changed_at_run_time_is_a_server_that_is_away() {
    let log = Log::collect();
    let server = RedisServer::start_with(&["--requirepass", "first-secret"]);
    let url = format!("redis://:first-secret@127.0.0.1:{}", server.port());
    let cache = connect(url).await;
    let body = CountingBody::new();
    let call = async || with_cache(cache.clone(), fetch_at_once(body.clone(), 7)).await;
    let hit = async || {
        let hits = cache.stats().hits;
        call().await;
        cache.stats().hits > hits
    };
    eventually("a hit", hit).await;

    let mut admin = server.connection();
    let mut tell = |words: &[&str]| {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]).exec(&mut admin).unwrap();
    };
    tell(&["CONFIG", "SET", "requirepass", "second-secret"]);
    tell(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    tell(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    let why = async || cache.health().last_error.unwrap_or_default();
    eventually("the refusal", async || why().await.contains("WRONGPASS")).await;
    all_is_computed(&cache).await;
    let port = server.port().to_string();
    let refusals = || log.lines_with(&["WARN", &port, "WRONGPASS"]).len();
    assert_eq!(refusals(), 1);

    tell(&["CONFIG", "SET", "requirepass", "first-secret"]);
    eventually("a hit again", hit).await;
    assert_eq!(refusals(), 1, "told once, however many attempts there were");
    assert_eq!(
        log.lines_with(&["secret"]),
        [""; 0],
        "a password in the log"
    );
}
