//! What invalidating a pattern costs beside one `SET`, with 1,000,000 entries on the server of
//! which the pattern covers 10,000. Interleaved in one run; the ratio is the figure.
//!
//! `cargo run --release -p tests --bin invalidation_cost`

use std::time::{Duration, Instant};

use cache_runtime::{Cache, Error};
use tests::RedisServer;

const ENTRIES: u64 = 1_000_000;
const COVERED: u64 = 10_000;
const ROUNDS: usize = 2_001;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = RedisServer::start();
    let client = redis::Client::open(server.url())?;
    let mut raw = client.get_multiplexed_async_connection().await?;
    println!("loading {ENTRIES} entries, {COVERED} of them under `suite:`");
    for chunk in 0..ENTRIES / 10_000 {
        let mut pipe = redis::pipe();
        for i in chunk * 10_000..(chunk + 1) * 10_000 {
            let prefix = if i < COVERED { "suite" } else { "other" };
            let key = format!("cache:e:{{-}}:{prefix}:get:{i}#{i:032x}");
            pipe.set(key, &[b'x'; 100][..]).ignore();
        }
        pipe.exec_async(&mut raw).await?;
    }

    let cache = Cache::builder()
        .redis(server.url())
        .budget(Duration::from_secs(5))
        .connect()
        .await?;
    let (mut sets, mut bumps) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // The scope has an epoch to replace, as it has whenever something was read since.
        cache
            .get_or_fetch("suite:get:0", Duration::from_secs(60), || async {
                Ok::<_, Error>(round)
            })
            .await?;
        // Each is measured right after one of its kind, so that both find their way warm.
        for measured in [false, true] {
            let start = Instant::now();
            redis::cmd("SET")
                .arg("one")
                .arg("x")
                .exec_async(&mut raw)
                .await?;
            if measured {
                sets.push(start.elapsed());
            }
        }
        for pattern in ["unmeasured:*", "suite:*"] {
            let start = Instant::now();
            cache.invalidate(pattern).await?;
            if pattern == "suite:*" {
                bumps.push(start.elapsed());
            }
        }
    }
    let (set, bump) = (median(&mut sets), median(&mut bumps));
    println!("one SET           {:>7.1} µs", micros(set));
    println!("invalidate suite:* {:>6.1} µs", micros(bump));
    println!(
        "ratio             {:>7.2}",
        bump.as_secs_f64() / set.as_secs_f64()
    );
    Ok(())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
