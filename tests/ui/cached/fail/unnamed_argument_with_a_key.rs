use cache_runtime::cached;

#[cached(key = "{id}")]
async fn load(id: u64, _: u64) -> u64 {
    id
}

fn main() {}
