use cache_runtime::cached;

#[cached(when = |value| value.len())]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
