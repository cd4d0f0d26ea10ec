use cache_runtime::cached;

#[cached(prefix = "")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
