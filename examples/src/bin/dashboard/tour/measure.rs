//! How much faster: each page cold and warm, often enough for a median.

use std::time::Duration;

use super::PAGES;
use super::client::{Failure, Outcome};
use super::guide::Guide;
use super::report::milliseconds;

const ROUNDS: usize = 5;
const WARM_CALLS: usize = 20;

pub(super) async fn summary(guide: &mut Guide) -> Result<(), Failure> {
    let mut cold = vec![Vec::new(); PAGES.len()];
    let mut warm = vec![Vec::new(); PAGES.len()];
    for _ in 0..ROUNDS {
        guide.forget("acme").await?;
        for (index, page) in PAGES.iter().enumerate() {
            cold[index].push(guide.time(page, Outcome::Miss).await?);
            for _ in 0..WARM_CALLS {
                warm[index].push(guide.time(page, Outcome::Hit).await?);
            }
        }
    }

    let warm_calls = ROUNDS * WARM_CALLS;
    guide.chapter(&format!(
        "Summary: medians of {ROUNDS} cold and {warm_calls} warm calls"
    ));
    let mut visit = (Duration::ZERO, Duration::ZERO);
    for (page, (cold, warm)) in PAGES.iter().zip(cold.into_iter().zip(warm)) {
        let (cold, warm) = (median(cold), median(warm));
        compare(guide, page, cold, warm);
        visit = (visit.0 + cold, visit.1 + warm);
    }
    compare(guide, "all of them, one after the other", visit.0, visit.1);

    let metrics = guide.metrics().await?;
    let store = metrics["store"].as_str().unwrap_or("unknown store");
    let (hits, misses) = (&metrics["hits"], &metrics["misses"]);
    let rate = &metrics["hit_rate_percent"];
    guide.note(&format!(
        "the cache ({store}): {hits} hits, {misses} misses, {rate} % hits"
    ));
    Ok(())
}

fn compare(guide: &Guide, what: &str, cold: Duration, warm: Duration) {
    let speed_up = cold.as_secs_f64() / warm.as_secs_f64().max(1e-9);
    // More than two digits of a ratio of two timings say nothing.
    let digits = if speed_up < 10.0 { 1 } else { 0 };
    let (cold, warm) = (milliseconds(cold), milliseconds(warm));
    guide.note(&format!(
        "{what:<46} {cold:>10} -> {warm:>8} {speed_up:>6.digits$} times as fast"
    ));
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
