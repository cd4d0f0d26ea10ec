//! What a call waits for a server that is well, absent, killed, stopped or slow, each measured
//! beside a healthy one; the body costs nothing, and the budget is the library's default.
//!
//! `cargo run --release -p tests --bin latency -- --rounds 5 --report FILE`

use std::fmt;
use std::time::Duration;

use cache_runtime::Cache;
use tests::latency::{Callers, Phase};
use tests::report::{measured, option, write};
use tests::times::{Times, shown};
use tests::{Proxy, RedisServer, Weather};

const TASKS: usize = 4;
const BUDGET: Duration = Duration::from_millis(50);

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let measured = measured();
    let rounds: usize = option(&arguments, "--rounds")?.unwrap_or(3);
    let mut table = Table::default();
    for round in 0..rounds {
        for sickness in Sickness::ALL {
            println!("round {} of {rounds}: {sickness:?}", round + 1);
            let [healthy, sick] = measure(sickness).await?;
            table.add(Sickness::None.name(), &healthy);
            table.add(sickness.name(), &sick);
        }
    }
    println!("\n{table}");
    if let Some(file) = option::<String>(&arguments, "--report")? {
        write(&file, "Latency under sickness", &measured, &table)?;
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sickness {
    None,
    Absent,
    Killed,
    Stopped,
    Slow,
}

impl Sickness {
    const ALL: [Sickness; 4] = [
        Sickness::Absent,
        Sickness::Killed,
        Sickness::Stopped,
        Sickness::Slow,
    ];

    fn name(self) -> &'static str {
        match self {
            Sickness::None => "healthy, beside them",
            Sickness::Absent => "absent from the start",
            Sickness::Killed => "killed in use",
            Sickness::Stopped => "stopped in use",
            Sickness::Slow => "slow in use: 5 s each way",
        }
    }
}

/// What calls took, by phase, with a healthy server and with one that falls sick.
async fn measure(sickness: Sickness) -> Result<[[Times; 3]; 2], cache_runtime::Error> {
    let well = RedisServer::start();
    let mut server = RedisServer::start();
    let proxy = Proxy::start(server.port());
    if sickness == Sickness::Absent {
        server.kill();
    }
    let healthy = Cache::builder().redis(well.url()).connect().await?;
    let sick = Cache::builder().redis(proxy.url()).connect().await?;
    let callers = [&healthy, &sick].map(|cache| Callers::start(cache, TASKS));
    tokio::time::sleep(Duration::from_secs(1)).await;

    callers
        .iter()
        .for_each(|callers| callers.enter(Phase::First));
    match sickness {
        Sickness::None | Sickness::Absent => {}
        Sickness::Killed => server.kill(),
        Sickness::Stopped => server.stop(),
        Sickness::Slow => proxy.set(Weather::Slow(Duration::from_secs(5))),
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    callers
        .iter()
        .for_each(|callers| callers.enter(Phase::Known));
    tokio::time::sleep(Duration::from_secs(4)).await;
    let [healthy, sick] = callers;
    Ok([healthy.stop().await, sick.stop().await])
}

/// Rows in the order in which they were first added.
#[derive(Default)]
struct Table(Vec<(&'static str, [Times; 3])>);

impl Table {
    fn add(&mut self, name: &'static str, times: &[Times; 3]) {
        match self.0.iter_mut().find(|(row, _)| *row == name) {
            Some((_, row)) => row
                .iter_mut()
                .zip(times)
                .for_each(|(row, more)| row.merge(more)),
            None => self.0.push((name, times.clone())),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{TASKS} tasks for each server; every other call has a key of its own, the others share \
             16; the budget is {}.\nA call that is under way when the fault comes counts in the second before.\n\n\
             | server | calls that began | calls | p50 | p99 | p99.9 | slowest | waited beyond half the budget |\n\
             |---|---|---|---|---|---|---|---|",
            shown(BUDGET)
        )?;
        for (name, times) in &self.0 {
            let phases = ["in the second before", "in the first second", "after it"];
            for (phase, times) in phases.iter().zip(times) {
                let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| shown(times.at(share)));
                let (calls, slowest) = (times.count(), shown(times.slowest()));
                let waited = times.over(BUDGET / 2);
                writeln!(
                    f,
                    "| {name} | {phase} | {calls} | {p50} | {p99} | {p999} | {slowest} | {waited} |"
                )?;
            }
        }
        Ok(())
    }
}
