use cache_runtime::invalidates;

#[invalidates("suite:*")]
fn rename(id: u64) -> impl ToString {
    id
}

fn main() {}
