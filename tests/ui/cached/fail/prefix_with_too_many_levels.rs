use cache_runtime::cached;

#[cached(prefix = "a:b:c:d:e:f:g")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
