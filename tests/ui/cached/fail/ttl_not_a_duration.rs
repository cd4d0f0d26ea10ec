use cache_runtime::cached;

const SECONDS: u64 = 300;

#[cached(ttl = SECONDS)]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
