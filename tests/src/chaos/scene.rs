//! What the driver of a chaos run has in its hands: the server, the proxy, the processes.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::fault::SERVER;
use super::work::arguments;
use super::{Plan, WORKERS};
use crate::checker::{Load, Report, Share};
use crate::{HANG, Proxy, RedisServer, Worker};

/// Everything that faults are done to.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) chance: fastrand::Rng,
    pub(super) server: RedisServer,
    pub(super) proxy: Proxy,
    workers: Vec<Worker>,
    program: String,
    subject: &'static str,
    truth: PathBuf,
    load: Load,
    /// What those saw that were killed.
    lost: Report,
    pub(super) log: Vec<String>,
}

impl Scene {
    pub(super) async fn start(program: &str, plan: &Plan, truth: &Path, load: &Load) -> Scene {
        let server = RedisServer::start_with(&SERVER);
        let mut scene = Scene {
            chance: fastrand::Rng::with_seed(plan.seed),
            proxy: Proxy::start(server.port()),
            server,
            workers: Vec::new(),
            program: program.to_owned(),
            subject: plan.subject,
            truth: truth.to_owned(),
            load: load.clone(),
            lost: Report::default(),
            log: Vec::new(),
        };
        for number in 0..WORKERS {
            let worker = scene.worker(number).await;
            scene.workers.push(worker);
        }
        scene
    }

    /// Notes what happens and when.
    pub(super) fn say(&mut self, what: &str) {
        let line = format!("{} {what}", crate::log::wall_clock());
        println!("{line}");
        self.log.push(line);
    }

    /// Waits for some time that chance picks.
    pub(super) async fn some(&mut self, ms: Range<u64>) {
        let ms = self.chance.u64(ms);
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    /// How long until each process has had hits again, all counted from now.
    pub(super) async fn hits_return(&mut self) -> Option<Duration> {
        let start = Instant::now();
        let before = self.hits().await;
        while start.elapsed() < HANG {
            tokio::time::sleep(Duration::from_millis(5)).await;
            let now = self.hits().await;
            if now.iter().zip(&before).all(|(now, before)| now > before) {
                return Some(start.elapsed());
            }
        }
        None
    }

    async fn hits(&mut self) -> Vec<u64> {
        let mut hits = Vec::new();
        for worker in &mut self.workers {
            hits.push(worker.ask("hits").await.parse().expect("a number"));
        }
        hits
    }

    /// Kills one process in the middle of a body and starts another in its place.
    pub(super) async fn replace_worker(&mut self) {
        let number = self.chance.u32(..WORKERS);
        let worker = &mut self.workers[number as usize];
        assert_eq!(worker.ask("hold").await, "holding");
        let seen = report(&worker.ask("report").await);
        worker.kill().await;
        self.lost.add(&seen);
        self.some(0..500).await;
        self.workers[number as usize] = self.worker(number).await;
    }

    /// Ends the processes and adds up what all of them saw.
    pub(super) async fn stop(&mut self) -> Report {
        let mut total = std::mem::take(&mut self.lost);
        for worker in &mut self.workers {
            worker.tell("stop").await;
        }
        for worker in &mut self.workers {
            total.add(&report(&worker.line().await));
        }
        total
    }

    async fn worker(&self, number: u32) -> Worker {
        let share = Share {
            mine: number + 1,
            of: WORKERS + 1,
        };
        let url = self.proxy.url();
        let arguments = arguments(self.subject, &url, &self.truth, &self.load, share);
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut worker = Worker::start(&self.program, &words, &[]);
        assert_eq!(worker.line().await, "ready");
        worker
    }
}

fn report(line: &str) -> Report {
    serde_json::from_str(line).expect("a report")
}
