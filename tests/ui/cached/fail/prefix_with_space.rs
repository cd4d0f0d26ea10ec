use cache_runtime::cached;

#[cached(prefix = "my suite")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
