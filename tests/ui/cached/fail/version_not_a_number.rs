use cache_runtime::cached;

#[cached(version = "2")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
