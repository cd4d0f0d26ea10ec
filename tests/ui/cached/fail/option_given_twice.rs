use cache_runtime::cached;

#[cached(ttl = 60, prefix = "suite", ttl = "5m")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
