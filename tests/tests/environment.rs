//! Every variable of the environment, each in a process of its own.

use serde_json::Value;
use tests::{RedisServer, Worker};

/// What a service says that was started with these variables, and the service itself.
async fn started(variables: &[(&str, &str)]) -> (Value, Worker) {
    let mut worker = Worker::start(env!("CARGO_BIN_EXE_worker"), &["environment"], variables);
    let told = worker.line().await;
    (serde_json::from_str(&told).unwrap(), worker)
}

async fn told(variables: &[(&str, &str)]) -> Value {
    started(variables).await.0
}

fn is_on_redis(told: &Value, server: &RedisServer) {
    assert_eq!(told["runs"], 1, "{told}");
    assert_eq!(told["connected"], true, "{told}");
    assert!(
        told["store"].as_str().unwrap().starts_with("redis"),
        "{told}"
    );
    assert!(
        !server.keys().is_empty(),
        "nothing was stored there: {told}"
    );
    server.flush();
}

#[tokio::test]
async fn nothing_set_is_a_cache_in_memory() {
    let told = told(&[]).await;
    assert_eq!(
        (&told["runs"], &told["store"]),
        (&1.into(), &"memory".into())
    );
    let empty = self::told(&[("REDIS_URL", ""), ("CACHE_TTL", ""), ("REDIS_PORT", "")]).await;
    assert_eq!(empty, told, "empty is unset");
}

#[tokio::test]
async fn redis_is_found_by_url_by_parts_and_by_socket() {
    let server = RedisServer::start();
    let (port, nowhere) = (server.port().to_string(), RedisServer::absent());
    let other_port = nowhere.rsplit(':').next().unwrap();
    let url = server.url();
    let socket = server.socket_path();
    for variables in [
        vec![("REDIS_URL", url.as_str())],
        vec![("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", &port)],
        vec![("REDIS_PORT", &port)],
        vec![("REDIS_SOCKET_PATH", &socket)],
        vec![
            ("REDIS_URL", &url),
            ("REDIS_HOST", "127.0.0.1"),
            ("REDIS_PORT", other_port),
        ],
        vec![("REDIS_URL", ""), ("REDIS_PORT", &port)],
        vec![("REDIS_URL", &url), ("REDIS_ENABLED", "true")],
        vec![
            ("REDIS_URL", &url),
            ("REDIS_MAX_CONNECTIONS", "3"),
            ("REDIS_SOCKET_TIMEOUT", "5"),
            ("REDIS_SOCKET_CONNECT_TIMEOUT", "5s"),
        ],
    ] {
        is_on_redis(&told(&variables).await, &server);
    }
}

#[tokio::test]
async fn the_database_is_chosen() {
    let server = RedisServer::start();
    let port = server.port().to_string();
    let socket = server.socket_path();
    for place in [
        ("REDIS_PORT", port.as_str()),
        ("REDIS_SOCKET_PATH", &socket),
    ] {
        told(&[place, ("REDIS_DB", "3")]).await;
        let keyspace: String = server.cli(&["INFO", "keyspace"]);
        assert!(
            keyspace.contains("db3:") && !keyspace.contains("db0:"),
            "{keyspace}"
        );
        server.flush();
    }
}

#[tokio::test]
async fn a_password_and_a_user_are_given() {
    let server = RedisServer::start_with(&["--requirepass", "p@ss:w/rd#%"]);
    let port = server.port().to_string();
    let socket = server.socket_path();
    let password = ("REDIS_PASSWORD", "p@ss:w/rd#%");
    is_on_redis(&told(&[("REDIS_PORT", &port), password]).await, &server);
    is_on_redis(
        &told(&[("REDIS_SOCKET_PATH", &socket), password]).await,
        &server,
    );
    let _: String = server.cli(&[
        "ACL", "SETUSER", "app", "on", ">its own", "~*", "&*", "+@all",
    ]);
    for place in [
        ("REDIS_PORT", port.as_str()),
        ("REDIS_SOCKET_PATH", &socket),
    ] {
        let user = [
            place,
            ("REDIS_USERNAME", "app"),
            ("REDIS_PASSWORD", "its own"),
        ];
        is_on_redis(&told(&user).await, &server);
    }
    let without = told(&[("REDIS_PORT", &port)]).await;
    assert_eq!(
        (&without["runs"], &without["connected"]),
        (&2.into(), &false.into())
    );
}

#[tokio::test]
async fn connections_and_timeouts_are_set() {
    let server = RedisServer::start();
    let url = server.url();
    let clients = async |connections: &str| {
        let set = [
            ("REDIS_URL", url.as_str()),
            ("REDIS_MAX_CONNECTIONS", connections),
        ];
        let _worker = started(&set).await;
        server.cli::<String>(&["CLIENT", "LIST"]).lines().count()
    };
    let (few, many) = (clients("2").await, clients("9").await);
    assert_eq!(many, few + 7);

    let silent = tests::Liar::silent();
    let told = told(&[
        ("REDIS_URL", &silent.url()),
        ("REDIS_SOCKET_CONNECT_TIMEOUT", "0.25"),
    ])
    .await;
    assert!(told["last_error"].is_string(), "{told}");

    let (_, mut worker) = started(&[("REDIS_URL", &url), ("REDIS_SOCKET_TIMEOUT", "125ms")]).await;
    server.stop();
    let mut health = String::new();
    while !health.contains("125ms") {
        worker.ask("in_tenant acme").await;
        health = worker.ask("health").await;
    }
}

#[tokio::test]
async fn redis_can_be_switched_off() {
    let server = RedisServer::start();
    let told = told(&[("REDIS_URL", &server.url()), ("REDIS_ENABLED", "false")]).await;
    assert_eq!(
        (&told["runs"], &told["store"]),
        (&1.into(), &"memory".into())
    );
    assert_eq!(server.keys(), Vec::<String>::new());
}

#[tokio::test]
async fn the_cache_can_be_switched_off_and_still_invalidates() {
    let server = RedisServer::start();
    let url = server.url();
    let (on, mut user) = started(&[("REDIS_URL", &url)]).await;
    assert_eq!(on["runs"], 1);
    assert_eq!(user.ask("in_tenant acme").await, "1");
    assert_eq!(user.ask("in_tenant acme").await, "0");

    let (off, mut mutator) = started(&[("REDIS_URL", &url), ("CACHE_ENABLED", "false")]).await;
    assert_eq!(off["runs"], 2);
    assert_eq!(mutator.ask("in_tenant acme").await, "2");
    assert_eq!(user.ask("in_tenant acme").await, "0");
    assert_eq!(mutator.ask("invalidate shared:*").await, "ok");
    assert_eq!(user.ask("in_tenant acme").await, "0", "another tenant");
    assert_eq!(mutator.ask("invalidate_in acme shared:*").await, "ok");
    assert_eq!(user.ask("in_tenant acme").await, "1");
}

#[tokio::test]
async fn namespace_ttl_and_tenancy_are_set() {
    let server = RedisServer::start();
    let url = server.url();
    told(&[
        ("REDIS_URL", &url),
        ("CACHE_NAMESPACE", "shop"),
        ("CACHE_TTL", "2h"),
    ])
    .await;
    let keys = server.keys();
    assert!(keys.iter().all(|key| key.starts_with("shop:")), "{keys:?}");
    let entry = keys.iter().find(|key| key.starts_with("shop:e:")).unwrap();
    let left: i64 = server.cli(&["PTTL", entry]);
    assert!((3_600_001..=7_200_000).contains(&left), "{left} ms");

    server.flush();
    told(&[("REDIS_URL", &url), ("CACHE_TTL", "never")]).await;
    let entry = server
        .keys()
        .into_iter()
        .find(|key| key.contains(":e:"))
        .unwrap();
    assert_eq!(server.cli::<i64>(&["PTTL", &entry]), -1);

    server.flush();
    let (strict, mut worker) = started(&[("REDIS_URL", &url), ("CACHE_TENANCY", "required")]).await;
    assert_eq!(strict["runs"], 2, "outside any tenant");
    assert_eq!(server.keys(), Vec::<String>::new());
    assert_eq!(worker.ask("in_tenant acme").await, "1");
}

#[tokio::test]
async fn a_bad_value_names_its_variable_and_what_it_accepts() {
    for (variable, value, accepted) in [
        ("REDIS_URL", "localhost", "redis://"),
        ("REDIS_URL", "http://localhost", "redis://"),
        ("REDIS_URL", "redis://local host", "redis://"),
        ("REDIS_URL", "redis://localhost:99999", "redis://"),
        ("REDIS_PORT", "sixty", "65535"),
        ("REDIS_PORT", "0", "65535"),
        ("REDIS_PORT", "65536", "65535"),
        ("REDIS_DB", "-1", "0"),
        ("REDIS_DB", "main", "0"),
        ("REDIS_ENABLED", "maybe", "true"),
        ("REDIS_MAX_CONNECTIONS", "0", "1"),
        ("REDIS_MAX_CONNECTIONS", "many", "1"),
        ("REDIS_SOCKET_TIMEOUT", "soon", "s"),
        ("REDIS_SOCKET_TIMEOUT", "0", "s"),
        ("REDIS_SOCKET_CONNECT_TIMEOUT", "-1", "s"),
        ("CACHE_ENABLED", "2", "true"),
        ("CACHE_TTL", "0", "5m"),
        ("CACHE_TTL", "forever", "never"),
        ("CACHE_TTL", "1000y", "5m"),
        ("CACHE_TENANCY", "strict", "required"),
        ("CACHE_LOCAL", "true", "not"),
    ] {
        let told = told(&[(variable, value)]).await;
        let error = told["error"].as_str().unwrap_or_default();
        assert!(error.contains(variable), "{variable}={value}: {told}");
        let help = error.split("help:").nth(1).unwrap_or_default();
        assert!(help.contains(accepted), "{variable}={value}: {told}");
    }
    for namespace in ["a b", "{a}", "a:b", "a*"] {
        let told = told(&[
            ("REDIS_URL", &RedisServer::absent()),
            ("CACHE_NAMESPACE", namespace),
        ])
        .await;
        let error = told["error"].as_str().unwrap_or_default();
        assert!(error.contains("CACHE_NAMESPACE"), "{namespace}: {told}");
    }
}

#[tokio::test]
async fn a_password_is_in_no_error() {
    for url in [
        "http://:hunter2@localhost",
        "redis://u:hunter2@local host",
        "redis://:hunter2@h:p",
    ] {
        let told = told(&[("REDIS_URL", url)]).await;
        assert!(told["error"].is_string(), "{told}");
        assert!(!told.to_string().contains("hunter2"), "{told}");
    }
}
