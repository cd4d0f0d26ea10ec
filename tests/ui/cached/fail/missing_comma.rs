use cache_runtime::cached;

#[cached(ttl = 60 prefix = "suite")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
