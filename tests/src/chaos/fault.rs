//! What can happen, and how it is made to happen.

use std::ops::Range;
use std::time::{Duration, Instant};

use tokio::task::block_in_place;

use super::scene::Scene;
use crate::{HANG, RedisServer, Weather};

/// One kind of misfortune.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The server is killed and comes back without data.
    ServerKilled,
    /// The server is killed and comes back with what it had some time before.
    OldSnapshot,
    /// The server is stopped and goes on.
    ServerStopped,
    /// Everything is deleted, several times.
    Flushed,
    /// Bytes vanish, and connections stay open.
    HalfOpen,
    /// Connections are reset, all or some, several times.
    Reset,
    /// Bytes are late, both ways.
    Slow,
    /// Replies are cut in the middle.
    Cut,
    /// The server is killed and its replica takes over, without what was written last.
    MasterKilled,
    /// The server becomes the replica of its replica.
    MasterDemoted,
    /// A process that reads and invalidates is killed in the middle of a body.
    WorkerKilled,
}

impl Scene {
    /// Makes it happen, and returns when it is over.
    pub(super) async fn strike(&mut self, fault: Fault) {
        // One in four happens while everything is a little late already.
        let late = match self.chance.u8(..4) {
            0 => self.chance.u64(1..80),
            _ => 0,
        };
        self.say(&format!("{fault:?}, bytes {late} ms late"));
        if late > 0 {
            self.proxy.set(Weather::Slow(Duration::from_millis(late)));
        }
        match fault {
            Fault::ServerKilled => {
                self.server.kill();
                self.some(0..2_000).await;
                block_in_place(|| self.server.restart_empty());
            }
            Fault::OldSnapshot => {
                self.server.save();
                self.some(300..1_500).await;
                self.server.kill();
                self.some(0..500).await;
                block_in_place(|| self.server.restart());
            }
            Fault::ServerStopped => {
                self.server.stop();
                self.some(50..4_000).await;
                self.server.cont();
            }
            Fault::Flushed => {
                for _ in 0..self.chance.u8(1..6) {
                    self.server.flush();
                    self.some(0..200).await;
                }
            }
            Fault::HalfOpen => self.weather(Weather::HalfOpen, 200..3_000).await,
            Fault::Reset => {
                for _ in 0..self.chance.u8(1..6) {
                    let one_in = self.chance.u8(1..4);
                    self.proxy.reset(one_in);
                    self.some(0..300).await;
                }
            }
            Fault::Slow => {
                let delay = Duration::from_millis(self.chance.u64(10..1_200));
                self.weather(Weather::Slow(delay), 500..3_000).await;
            }
            Fault::Cut => self.weather(Weather::Cut, 100..1_500).await,
            Fault::MasterKilled => {
                let replica = block_in_place(|| replica_of(&self.server));
                self.some(0..500).await;
                promote(&replica);
                // What the master acknowledges from here on, the new one never hears of.
                self.some(0..500).await;
                self.server.kill();
                self.some(0..500).await;
                self.move_to(replica);
            }
            Fault::MasterDemoted => {
                let replica = block_in_place(|| replica_of(&self.server));
                self.some(0..500).await;
                demote(&self.server, &replica);
                // Whoever comes back now meets a replica.
                self.some(0..500).await;
                promote(&replica);
                self.move_to(replica);
            }
            Fault::WorkerKilled => self.replace_worker().await,
        }
        self.proxy.set(Weather::Clear);
    }

    async fn weather(&mut self, weather: Weather, ms: Range<u64>) {
        self.proxy.set(weather);
        self.some(ms).await;
    }

    fn move_to(&mut self, replica: RedisServer) {
        self.proxy.lead_to(replica.port());
        self.server = replica;
    }
}

/// Options under which a replica is in step at once.
pub(super) const SERVER: [&str; 2] = ["--repl-diskless-sync-delay", "0"];

/// A replica that has what the server has, up to what is on its way.
fn replica_of(server: &RedisServer) -> RedisServer {
    let replica = RedisServer::start_with(&SERVER);
    let master = server.port().to_string();
    let _: String = replica.cli(&["REPLICAOF", "127.0.0.1", &master]);
    let start = Instant::now();
    while !replica
        .cli::<String>(&["INFO", "replication"])
        .contains("master_link_status:up")
    {
        assert!(start.elapsed() < HANG, "the replica is not in step");
        std::thread::sleep(Duration::from_millis(10));
    }
    replica
}

fn promote(replica: &RedisServer) {
    let _: String = replica.cli(&["REPLICAOF", "NO", "ONE"]);
}

/// As Sentinel does it: at once with the demotion, all clients are sent away.
fn demote(master: &RedisServer, replica: &RedisServer) {
    let new_master = replica.port().to_string();
    let mut demotion = redis::pipe();
    demotion.atomic();
    for command in [
        &["REPLICAOF", "127.0.0.1", &new_master][..],
        &["CLIENT", "KILL", "TYPE", "normal"],
        &["CLIENT", "KILL", "TYPE", "pubsub"],
    ] {
        demotion.cmd(command[0]).arg(&command[1..]).ignore();
    }
    demotion
        .exec(&mut master.connection())
        .expect("the master can be demoted");
}

impl Fault {
    /// Every kind.
    pub const ALL: [Fault; 11] = [
        Fault::ServerKilled,
        Fault::OldSnapshot,
        Fault::ServerStopped,
        Fault::Flushed,
        Fault::HalfOpen,
        Fault::Reset,
        Fault::Slow,
        Fault::Cut,
        Fault::MasterKilled,
        Fault::MasterDemoted,
        Fault::WorkerKilled,
    ];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Fault::ServerKilled => "server killed, back empty",
            Fault::OldSnapshot => "server killed, back with an old snapshot",
            Fault::ServerStopped => "server stopped, continued",
            Fault::Flushed => "everything deleted",
            Fault::HalfOpen => "half-open connections",
            Fault::Reset => "connections reset",
            Fault::Slow => "slow network",
            Fault::Cut => "replies cut in the middle",
            Fault::MasterKilled => "master killed, replica promoted",
            Fault::MasterDemoted => "master demoted, replica promoted",
            Fault::WorkerKilled => "process killed in a body",
        }
    }
}
