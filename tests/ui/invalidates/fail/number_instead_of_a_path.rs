use cache_runtime::invalidates;

#[invalidates(42)]
async fn rename(id: u64, name: String) -> Result<u64, String> {
    Err(format!("{id}{name}"))
}

fn main() {}
