use cache_runtime::cached;

#[cached(version = -1)]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
