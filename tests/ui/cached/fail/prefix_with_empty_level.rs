use cache_runtime::cached;

#[cached(prefix = "suite::list")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
