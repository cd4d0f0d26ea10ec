use cache_runtime::invalidates;

#[invalidates("suite:*")]
const fn rename(id: u64) -> u64 {
    id
}

fn main() {}
