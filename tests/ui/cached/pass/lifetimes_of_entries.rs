#![deny(warnings)]

use cache_runtime::cached;
use std::time::Duration;

const TWO_MINUTES: Duration = Duration::from_secs(120);

#[cached(ttl = 300)]
fn seconds(id: u64) -> u64 {
    id
}

#[cached(ttl = "1h 30m")]
fn text(id: u64) -> u64 {
    id
}

#[cached(ttl = never)]
fn forever(id: u64) -> u64 {
    id
}

#[cached(ttl = TWO_MINUTES)]
fn constant(id: u64) -> u64 {
    id
}

#[cached(ttl = cache_runtime::ttl::SHORT)]
fn preset(id: u64) -> u64 {
    id
}

#[cached(ttl = Duration::from_secs(id))]
fn computed(id: u64) -> u64 {
    id
}

fn main() {
    assert_eq!(
        seconds(1) + text(1) + forever(1) + constant(1) + preset(1) + computed(1),
        6
    );
}
