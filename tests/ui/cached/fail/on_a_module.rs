use cache_runtime::cached;

#[cached]
mod suites {}

fn main() {}
