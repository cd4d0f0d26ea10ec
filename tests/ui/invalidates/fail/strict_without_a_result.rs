use cache_runtime::invalidates;

#[invalidates("suite:*", strict)]
async fn rename(id: u64, name: String) -> Option<u64> {
    (!name.is_empty()).then_some(id)
}

fn main() {}
