use cache_runtime::invalidates;

#[invalidates("suite:*", prefix = "suite")]
async fn rename(id: u64, name: String) -> Result<u64, String> {
    Err(format!("{id}{name}"))
}

fn main() {}
