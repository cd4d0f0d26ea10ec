use cache_runtime::cached;

#[cached(when = |value, id| !value.is_empty())]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
