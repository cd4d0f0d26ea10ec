//! Runs the load: readers in tasks or in processes, one invalidator here.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Change, Load, NaiveRedis, Ours, Readers, Report, Source, Subject, Truth};
use crate::{HANG, RedisServer, Worker, patient};

/// What somebody else does to the server during the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// Nothing.
    None,
    /// Deletes epochs at random.
    DeleteEpochs,
    /// Deletes everything, again and again.
    FlushAll,
    /// Kills the server and starts it again from an old snapshot, again and again.
    Restart,
    /// Fills a server that makes room by evicting whatever was used least.
    Evict,
}

/// Checks a cache of this process for `least` of time.
pub async fn in_memory<S: Subject>(subject: S, load: Load, least: Duration) -> Report {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = Source::new(Truth::open(&folder.path().join("truth")), load);
    let subject = Arc::new(subject);
    let readers = Readers::start(&subject, &source);
    let mut report = Report::default();
    let start = Instant::now();
    while start.elapsed() < least {
        invalidate_once(&*subject, &source, &mut report).await;
    }
    report.add(&readers.stop(&*subject, &source).await);
    report
}

/// Checks a shared cache (`ours` or `naive`) with readers in three worker processes, for at
/// least this time and this many reads.
pub async fn on_redis(
    worker: &str,
    which: &str,
    load: Load,
    sabotage: Sabotage,
    least: (Duration, u64),
) -> Report {
    let server = match sabotage {
        Sabotage::Evict => {
            RedisServer::start_with(&["--maxmemory", "4mb", "--maxmemory-policy", "allkeys-lru"])
        }
        _ => RedisServer::start(),
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let truth = folder.path().join("truth");
    let source = Source::new(Truth::open(&truth), load);
    let mut workers = start_workers(worker, which, &server, &truth, &source.load).await;

    let stop = Arc::new(AtomicBool::new(false));
    let cache = patient(&server).connect().await.expect("a URL of our own");
    let naive = NaiveRedis::connect(&server.url()).await;
    let saboteur = sabotage_until(server, sabotage, Arc::clone(&stop));
    let mut report = match which {
        "naive" => invalidate_until(&naive, &source, &mut workers, least).await,
        _ => invalidate_until(&Ours(cache), &source, &mut workers, least).await,
    };
    stop.store(true, Relaxed);
    let server = saboteur.join().expect("the saboteur does not panic");
    if sabotage == Sabotage::Evict {
        let stats: String = server.cli(&["INFO", "stats"]);
        assert!(!stats.contains("evicted_keys:0\r"), "nothing was evicted");
    }

    for worker in &mut workers {
        let seen = worker.ask("stop").await;
        report.add(&serde_json::from_str(&seen).expect("a report"));
    }
    report
}

async fn start_workers(
    program: &str,
    which: &str,
    server: &RedisServer,
    truth: &Path,
    load: &Load,
) -> Vec<Worker> {
    let load = serde_json::to_string(load).expect("a plain struct");
    let truth = truth.to_str().expect("a plain path");
    let mut workers = Vec::new();
    for _ in 0..3 {
        let scenario = ["check", which, truth, &load];
        let mut worker = Worker::start(program, &scenario, &[("REDIS_URL", &server.url())]);
        assert_eq!(worker.line().await, "ready");
        workers.push(worker);
    }
    for worker in &mut workers {
        worker.tell("go").await;
    }
    workers
}

async fn invalidate_until<S: Subject>(
    subject: &S,
    source: &Source,
    workers: &mut [Worker],
    (time, reads): (Duration, u64),
) -> Report {
    let mut report = Report::default();
    let start = Instant::now();
    loop {
        let step = Instant::now();
        while step.elapsed() < Duration::from_secs(1).min(time) {
            invalidate_once(subject, source, &mut report).await;
        }
        let mut so_far = 0;
        for worker in &mut *workers {
            so_far += worker.ask("reads").await.parse::<u64>().expect("a number");
        }
        if start.elapsed() >= time && so_far >= reads {
            return report;
        }
        assert!(
            start.elapsed() < time + HANG * 2,
            "only {so_far} reads of {reads}"
        );
    }
}

/// Commits new versions, invalidates until the store acknowledges it, and only then says so.
async fn invalidate_once<S: Subject>(subject: &S, source: &Source, report: &mut Report) {
    let change = Change::nth(report.invalidations as usize, source.load.any_item());
    let items = change.items(&source.load);
    let versions: Vec<u64> = items
        .iter()
        .map(|&item| source.truth.commit(item))
        .collect();
    while !subject.invalidate(change, &source.load).await {
        report.owed += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for (item, version) in items.into_iter().zip(versions) {
        source.truth.acknowledge(item, version);
    }
    report.invalidations += 1;
    // Leaves the readers some time with a warm entry; no assertion depends on how much.
    tokio::time::sleep(Duration::from_micros(fastrand::u64(..6000))).await;
}

/// The saboteur has the server, and hands it back at the end.
fn sabotage_until(
    mut server: RedisServer,
    sabotage: Sabotage,
    stop: Arc<AtomicBool>,
) -> JoinHandle<RedisServer> {
    std::thread::spawn(move || {
        let pause = || std::thread::sleep(Duration::from_millis(fastrand::u64(5..50)));
        while !stop.load(Relaxed) {
            match sabotage {
                Sabotage::None => {}
                Sabotage::FlushAll => server.flush(),
                Sabotage::DeleteEpochs => delete_epochs(&server),
                Sabotage::Evict => fill_up(&server),
                Sabotage::Restart => {
                    server.save();
                    (0..30).for_each(|_| pause());
                    server.restart();
                    (0..30).for_each(|_| pause());
                }
            }
            pause();
        }
        server
    })
}

/// Writes more than the server has room for.
fn fill_up(server: &RedisServer) {
    let mut junk = redis::pipe();
    for _ in 0..3000 {
        let name = format!("junk:{}", fastrand::u32(..));
        junk.set(name, "x".repeat(1000)).ignore();
    }
    junk.exec(&mut server.connection())
        .expect("the server makes room");
}

fn delete_epochs(server: &RedisServer) {
    let mut connection = server.connection();
    let epochs: Vec<Vec<u8>> = redis::cmd("KEYS")
        .arg("*:g:*")
        .query(&mut connection)
        .expect("the server answers");
    for epoch in epochs.iter().filter(|_| fastrand::bool()) {
        redis::cmd("DEL")
            .arg(epoch)
            .exec(&mut connection)
            .expect("the server answers");
    }
}
