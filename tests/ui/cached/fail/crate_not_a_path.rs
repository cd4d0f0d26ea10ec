use cache_runtime::cached;

#[cached(crate = "cache_runtime")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
