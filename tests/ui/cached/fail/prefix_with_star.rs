use cache_runtime::cached;

#[cached(prefix = "suite:*")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
