use cache_runtime::cached;

#[cached(ttl = "0s")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
