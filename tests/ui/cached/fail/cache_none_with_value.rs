use cache_runtime::cached;

#[cached(cache_none = true)]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
