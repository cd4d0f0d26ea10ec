use cache_runtime::cached;

#[cached(tll = "5m")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
