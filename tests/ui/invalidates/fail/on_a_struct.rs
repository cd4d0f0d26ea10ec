use cache_runtime::invalidates;

#[invalidates("suite:*")]
struct Suite {
    id: u64,
}

fn main() {}
