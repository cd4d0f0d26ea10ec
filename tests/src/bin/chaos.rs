//! A cache under everything that can happen to its server, its network and its processes.
//!
//! `cargo run --release -p tests --bin chaos -- --minutes 30 --seed 1 --report FILE`

use std::time::Duration;

use tests::chaos::{Fault, Plan, run, work};
use tests::report::{measured, option, write};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if work(&arguments).await {
        return Ok(());
    }
    let measured = measured();
    let minutes: f64 = option(&arguments, "--minutes")?.unwrap_or(30.0);
    let plan = Plan {
        seed: option(&arguments, "--seed")?.unwrap_or_else(|| fastrand::u64(..1_000_000)),
        time: Duration::from_secs_f64(minutes * 60.0),
        subject: "ours",
        faults: Fault::ALL.to_vec(),
    };
    let program = std::env::current_exe()?;
    let outcome = run(&program.to_string_lossy(), &plan).await;
    println!("\n{outcome}");
    if let Some(file) = option::<String>(&arguments, "--report")? {
        write(&file, "Chaos", &measured, &outcome)?;
    }
    let failures = outcome.failures(&plan.faults);
    if failures.is_empty() {
        return Ok(());
    }
    eprintln!("{}", outcome.story());
    Err(failures.join(", ").into())
}
