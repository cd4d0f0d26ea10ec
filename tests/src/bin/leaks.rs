//! Whether memory stays flat, and whether nothing is left over, under a load that leaves work
//! unfinished in every way there is.
//!
//! `cargo run --release -p tests --bin leaks -- --minutes 20 --report reports/leaks.md`

use std::fmt::Write;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use tests::leaks::{Leaks, Sample, most_scopes};

/// Memory may grow by a tenth and this many KiB: allocators keep what they once had.
const SLACK: u64 = 4 * 1024;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut minutes, mut report) = (20.0, None);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or("an option without a value")?;
        match name.as_str() {
            "--minutes" => minutes = value.parse()?,
            "--report" => report = Some(value),
            _ => return Err(format!("unknown option {name}: --minutes N, --report FILE").into()),
        }
    }
    // Before the load: meanwhile others may commit.
    let commit = commit();
    let leaks = Leaks::start().await;
    let time = Duration::from_secs_f64(minutes * 60.0);
    let samples = leaks.load(time, time / 120).await;
    let left = settle(&leaks).await;
    let (text, good) = written(&commit, &samples, &left);
    match report {
        Some(file) => std::fs::write(file, &text)?,
        None => println!("{text}"),
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What is left when every lease, timer and lifetime has had its time to run out.
async fn settle(leaks: &Leaks) -> Vec<String> {
    let start = Instant::now();
    loop {
        let left = leaks.left();
        if left.is_empty() || start.elapsed() > tests::HANG {
            return left;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn written(commit: &str, samples: &[Sample], left: &[String]) -> (String, bool) {
    let quarter = samples.len() / 4;
    let second = median(&samples[quarter..2 * quarter]);
    let last = median(&samples[samples.len() - quarter..]);
    let flat = last <= second + second / 10 + SLACK;
    let scopes = samples.iter().map(|sample| sample.memory.scopes).max();
    let bounded = scopes.unwrap_or(0) <= most_scopes();
    let mut text = String::from("# Leaks\n\n");
    let _ = writeln!(
        text,
        "Commit `{commit}`. Run it again: `cargo run --release -p tests --bin leaks -- --minutes 20 --report FILE`.\n"
    );
    let _ = writeln!(
        text,
        "Memory: median {} KiB in the second quarter, {} KiB in the last: {}.\n",
        second,
        last,
        verdict(flat)
    );
    let _ = writeln!(
        text,
        "Scopes in memory: at most {} seen, {} allowed: {}.\n",
        scopes.unwrap_or(0),
        most_scopes(),
        verdict(bounded)
    );
    let _ = writeln!(
        text,
        "Left over at the end: {left:?}: {}.\n",
        verdict(left.is_empty())
    );
    text.push_str("Flights, leases, marks and scopes of the cache in memory; flights, listeners and owed invalidations of the cache on Redis; tasks of both.\n\n");
    text.push_str("| s | done | KiB | flights | leases | marks | scopes | flights | listeners | owed | tasks |\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for Sample {
        at,
        done,
        resident,
        memory,
        redis,
    } in samples.iter().step_by((samples.len() / 40).max(1))
    {
        let _ = writeln!(
            text,
            "| {} | {done} | {resident} | {} | {} | {} | {} | {} | {} | {} | {} |",
            at.as_secs(),
            memory.flights,
            memory.leases,
            memory.marks,
            memory.scopes,
            redis.flights,
            redis.listeners,
            redis.owed,
            redis.tasks
        );
    }
    (text, flat && bounded && left.is_empty())
}

fn verdict(good: bool) -> &'static str {
    if good { "good" } else { "**BAD**" }
}

fn median(samples: &[Sample]) -> u64 {
    let mut all: Vec<u64> = samples.iter().map(|sample| sample.resident).collect();
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or(0)
}

fn commit() -> String {
    let head = Command::new("git")
        .args(["rev-parse", "--short", "HEAD"])
        .output();
    let head = head.map(|it| String::from_utf8_lossy(&it.stdout).trim().to_owned());
    head.unwrap_or_else(|_| "unknown".into())
}
