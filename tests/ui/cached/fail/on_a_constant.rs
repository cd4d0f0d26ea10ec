use cache_runtime::cached;

#[cached]
const LIMIT: u64 = 10;

fn main() {}
