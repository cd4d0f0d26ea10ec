use cache_runtime::cached;

#[cached(prefix = "a:b:c", key = "d:e:f:g:h:{id}")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
