use cache_runtime::cached;

#[cached(unordered(columns))]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
