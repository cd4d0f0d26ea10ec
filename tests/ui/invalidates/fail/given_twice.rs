use cache_runtime::invalidates;

#[invalidates("suite:*")]
#[invalidates("case:*")]
async fn rename(id: u64) -> u64 {
    id
}

fn main() {}
