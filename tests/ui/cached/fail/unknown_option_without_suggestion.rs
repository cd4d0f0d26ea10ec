use cache_runtime::cached;

#[cached(capacity = 100)]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
