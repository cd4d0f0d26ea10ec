use cache_runtime::cached;

#[cached(local = "2s")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
