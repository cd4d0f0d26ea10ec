//! Another server than before: restarted from old files, a replica that took over. What it
//! knows may be from before an invalidation. With `on_server_change = trust` that is accepted,
//! and the loss is seen here: so we know that these tests can see.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use cache_runtime::OnServerChange::{self, Discard, Trust};
use cache_runtime::{Cache, cached, with_cache};
use tempfile::TempDir;
use tests::{RedisServer, eventually, within};

#[cached(ttl = "10m", prefix = "config", skip(truth))]
async fn version(truth: Arc<AtomicU64>) -> u64 {
    truth.load(SeqCst)
}

/// A service on whatever server stands at a path: who moves the link makes another take over.
struct Service {
    cache: Cache,
    truth: Arc<AtomicU64>,
    _folder: Arc<TempDir>,
    link: PathBuf,
}

impl Service {
    async fn on(server: &RedisServer, change: OnServerChange) -> Service {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let link = folder.path().join("redis.sock");
        symlink(server.socket_path(), &link).unwrap();
        Service {
            cache: connect(&link, change).await,
            truth: Arc::new(AtomicU64::new(1)),
            _folder: folder,
            link,
        }
    }

    /// Another process of the same service.
    async fn twin(&self, change: OnServerChange) -> Service {
        Service {
            cache: connect(&self.link, change).await,
            truth: Arc::clone(&self.truth),
            _folder: Arc::clone(&self._folder),
            link: self.link.clone(),
        }
    }

    async fn read(&self) -> u64 {
        let call = version(Arc::clone(&self.truth));
        within("a read", with_cache(self.cache.clone(), call)).await
    }

    /// Read until it comes from the store.
    async fn warm(&self) -> u64 {
        let read = AtomicU64::new(0);
        eventually("a hit", async || {
            let hits = self.cache.stats().hits;
            read.store(self.read().await, SeqCst);
            self.cache.stats().hits > hits
        })
        .await;
        read.into_inner()
    }

    /// Version 2 comes, and that is acknowledged.
    async fn change(&self) {
        self.truth.store(2, SeqCst);
        let said = self.cache.invalidate("config:*").await;
        said.expect("the server is well");
    }

    fn moves_to(&self, server: &RedisServer) {
        std::fs::remove_file(&self.link).unwrap();
        symlink(server.socket_path(), &self.link).unwrap();
    }

    /// Until the link was made anew.
    async fn reconnected(&self, connects: u64) {
        eventually("a new connection", async || {
            let health = self.cache.health();
            health.connected && health.connects > connects
        })
        .await;
    }
}

async fn connect(link: &std::path::Path, change: OnServerChange) -> Cache {
    let url = format!("unix://{}", link.display());
    let cache = Cache::builder().redis(url).on_server_change(change);
    cache.connect().await.unwrap()
}

/// How the server that knows version 1 comes back after version 2 was acknowledged.
#[derive(Clone, Copy, Debug)]
enum Comeback {
    /// Restarted from a snapshot.
    Snapshot,
    /// Restarted from an append-only file.
    AppendOnlyFile,
    /// A replica that lost the last invalidation is promoted.
    Replica,
}

/// What a process reads after the comeback, and what it read last before.
async fn after(comeback: Comeback, change: OnServerChange, who: Who) -> u64 {
    let mut master = match comeback {
        Comeback::AppendOnlyFile => {
            RedisServer::start_with(&["--appendonly", "yes", "--appendfsync", "always"])
        }
        _ => RedisServer::start(),
    };
    let service = Service::on(&master, change).await;
    assert_eq!(service.warm().await, 1);
    let replica = match comeback {
        Comeback::Replica => Some(replica_of(&master).await),
        _ => None,
    };
    if let Comeback::Snapshot = comeback {
        master.save();
    }
    let files = master.copy_files();
    match who {
        Who::Reader => service.change().await,
        Who::Gone => {
            let other = service.twin(change).await;
            other.change().await;
        }
    }
    let connects = service.cache.health().connects;
    match &replica {
        Some(replica) => {
            service.moves_to(replica);
            master.kill();
        }
        None => master.restart_from(&files),
    }
    service.reconnected(connects).await;
    service.warm().await
}

/// Who had said that version 1 is stale.
#[derive(Clone, Copy)]
enum Who {
    /// The process that reads.
    Reader,
    /// One that has ended since.
    Gone,
}

/// A replica that has everything there is now, and is told nothing any more.
async fn replica_of(master: &RedisServer) -> RedisServer {
    let port = master.port().to_string();
    let replica = RedisServer::start_with(&["--replicaof", "127.0.0.1", &port]);
    eventually("the replica has the entry", async || {
        !replica.keys().is_empty() && replica.keys() == master.keys()
    })
    .await;
    let _: String = replica.cli(&["REPLICAOF", "NO", "ONE"]);
    replica
}

#[tokio::test]
async fn a_server_restarted_from_an_old_snapshot_brings_back_nothing_old() {
    assert_eq!(after(Comeback::Snapshot, Discard, Who::Gone).await, 2);
}

#[tokio::test]
async fn a_server_restarted_from_an_old_append_only_file_brings_back_nothing_old() {
    assert_eq!(after(Comeback::AppendOnlyFile, Discard, Who::Gone).await, 2);
}

#[tokio::test]
async fn a_replica_promoted_after_losing_an_invalidation_brings_back_nothing_old() {
    assert_eq!(after(Comeback::Replica, Discard, Who::Gone).await, 2);
}

#[tokio::test]
async fn a_trusted_server_is_told_again_what_it_may_have_lost() {
    for comeback in [
        Comeback::Snapshot,
        Comeback::AppendOnlyFile,
        Comeback::Replica,
    ] {
        assert_eq!(after(comeback, Trust, Who::Reader).await, 2, "{comeback:?}");
    }
}

/// The loss that `trust` accepts, as its documentation says.
#[tokio::test]
async fn a_trusted_server_that_lost_what_an_ended_process_said_is_stale() {
    for comeback in [
        Comeback::Snapshot,
        Comeback::AppendOnlyFile,
        Comeback::Replica,
    ] {
        assert_eq!(after(comeback, Trust, Who::Gone).await, 1, "{comeback:?}");
    }
}

#[tokio::test]
async fn a_trusted_server_that_lost_nothing_keeps_the_cache_warm() {
    let mut server = RedisServer::start();
    let service = Service::on(&server, Trust).await;
    service.warm().await;
    server.save();
    let connects = service.cache.health().connects;
    server.restart();
    service.reconnected(connects).await;
    let runs = service.cache.stats().runs;
    assert_eq!(
        (service.read().await, service.cache.stats().runs),
        (1, runs)
    );
}

/// Full, and not allowed to make room: nothing new is stored, all else goes on.
#[tokio::test]
async fn a_full_server_still_answers_and_still_invalidates() {
    let server = RedisServer::start_with(&["--maxmemory-policy", "noeviction"]);
    let service = Service::on(&server, Discard).await;
    service.warm().await;
    let _: String = server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    let before = service.cache.stats();
    assert_eq!(service.read().await, 1);
    assert_eq!(service.cache.stats().runs, before.runs, "hits go on");
    service.change().await;
    for _ in 0..3 {
        assert_eq!(service.read().await, 2);
    }
    let after = service.cache.stats();
    assert_eq!((after.stored, after.hits), (before.stored, before.hits + 1));
    let _: String = server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(service.warm().await, 2);
}
