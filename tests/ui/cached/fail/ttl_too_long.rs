use cache_runtime::cached;

#[cached(ttl = "500 years")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
