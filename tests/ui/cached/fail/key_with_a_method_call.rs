use cache_runtime::cached;

#[cached(key = "{id.to_string()}")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
