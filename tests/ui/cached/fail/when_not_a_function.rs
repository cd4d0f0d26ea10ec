use cache_runtime::cached;

#[cached(when = true)]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
