use cache_runtime::cached;

#[cached(key = "{id}:{nmae}")]
async fn load(id: u64, name: String) -> String {
    format!("{id}{name}")
}

fn main() {}
