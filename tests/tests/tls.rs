//! `rediss://`: encrypted, and the server's certificate is checked.

use std::path::Path;

use cache_runtime::{Cache, cached, with_cache};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tests::{CountingBody, RedisServer, eventually, within};

#[cached(ttl = "10m", prefix = "tls", skip(body))]
async fn fetch(body: CountingBody, id: u64) -> u64 {
    body.run(async { id * 10 }).await
}

/// An authority, and a server whose certificate comes from it.
struct Encrypted {
    _server: RedisServer,
    folder: TempDir,
    port: String,
}

impl Encrypted {
    fn start() -> Encrypted {
        let folder = tempfile::tempdir().unwrap();
        write_certificates(folder.path());
        let nowhere = RedisServer::absent();
        let port = nowhere.rsplit(':').next().unwrap().to_owned();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let server = RedisServer::start_with(&[
            "--tls-port",
            &port,
            "--tls-cert-file",
            &path("server.pem"),
            "--tls-key-file",
            &path("server.key"),
            "--tls-ca-cert-file",
            &path("ca.pem"),
            "--tls-auth-clients",
            "no",
        ]);
        Encrypted {
            _server: server,
            folder,
            port,
        }
    }

    fn url(&self) -> String {
        format!("rediss://localhost:{}", self.port)
    }
}

fn write_certificates(folder: &Path) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = authority.self_signed(&authority_key).unwrap();
    std::fs::write(folder.join("ca.pem"), certificate.pem()).unwrap();

    let issuer = Issuer::new(authority, authority_key);
    let server_key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = server.signed_by(&server_key, &issuer).unwrap();
    std::fs::write(folder.join("server.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("server.key"), server_key.serialize_pem()).unwrap();
}

#[tokio::test]
async fn values_travel_encrypted() {
    let server = Encrypted::start();
    let builder = Cache::builder().redis(server.url());
    let builder = builder.redis_ca_file(server.folder.path().join("ca.pem"));
    let cache = within("connect", builder.connect()).await.unwrap();
    let body = CountingBody::new();
    eventually("a hit", async || {
        with_cache(cache.clone(), fetch(body.clone(), 7)).await;
        cache.stats().hits > 0
    })
    .await;
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_a_server_that_is_away() {
    let server = Encrypted::start();
    let cache = Cache::builder().redis(server.url()).connect();
    let cache = within("connect", cache).await.unwrap();
    let health = cache.health();
    assert!(!health.connected);
    let why = health.last_error.expect("the refusal").to_lowercase();
    assert!(why.contains("certificate"), "{why}");
    let body = CountingBody::new();
    for runs in 1..=3 {
        with_cache(cache.clone(), fetch(body.clone(), 7)).await;
        assert_eq!(body.runs(), runs);
    }
}

#[tokio::test]
async fn a_file_of_certificates_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("garbage.pem");
    std::fs::write(&garbage, "no certificate").unwrap();
    for path in [folder.path().join("missing.pem"), garbage] {
        let builder = Cache::builder().redis("rediss://localhost:1");
        let error = builder.redis_ca_file(&path).connect().await.unwrap_err();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(error.to_string().contains(name), "{error}");
    }
}
