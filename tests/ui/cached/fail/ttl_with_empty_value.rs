use cache_runtime::cached;

#[cached(ttl =, prefix = "suite")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
