use cache_runtime::invalidates;

#[invalidates("suite:*", tenant = 1.5)]
async fn rename(id: u64, name: String) -> Result<u64, String> {
    Err(format!("{id}{name}"))
}

fn main() {}
