//! Times as counts in buckets of about 4 %, so that processes can add up what they saw.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How often something took how long.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    buckets: BTreeMap<u32, u64>,
    slowest: Duration,
}

/// Buckets for each doubling.
const STEPS: f64 = 16.0;

impl Times {
    /// Counts one.
    pub fn add(&mut self, time: Duration) {
        *self.buckets.entry(bucket(time)).or_default() += 1;
        self.slowest = self.slowest.max(time);
    }

    /// Counts all that another counted.
    pub fn merge(&mut self, other: &Times) {
        for (bucket, count) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += count;
        }
        self.slowest = self.slowest.max(other.slowest);
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.buckets.values().sum()
    }

    /// How many took longer than `limit`, give or take a bucket.
    pub fn over(&self, limit: Duration) -> u64 {
        self.buckets
            .range(bucket(limit) + 1..)
            .map(|(_, n)| n)
            .sum()
    }

    /// The time that this share of them did not exceed: `at(0.99)`.
    pub fn at(&self, share: f64) -> Duration {
        let mut left = (self.count() as f64 * share).ceil() as u64;
        for (bucket, count) in &self.buckets {
            if *count >= left {
                let nanos = ((f64::from(*bucket) + 1.0) / STEPS).exp2();
                return Duration::from_nanos(nanos as u64).min(self.slowest);
            }
            left -= count;
        }
        self.slowest
    }

    /// The slowest, exactly.
    pub fn slowest(&self) -> Duration {
        self.slowest
    }
}

fn bucket(time: Duration) -> u32 {
    ((time.as_nanos().max(1) as f64).log2() * STEPS) as u32
}

/// A time as tables show it: `12 µs`, `3.4 ms`, `1.2 s`.
pub fn shown(time: Duration) -> String {
    match time.as_secs_f64() {
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 0.001 => format!("{:.1} ms", s * 1e3),
        s => format!("{:.0} µs", s * 1e6),
    }
}
