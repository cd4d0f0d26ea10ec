use cache_runtime::cached;

#[cached(skip(name), invalidate_on = "renamed:{name}")]
async fn load(id: u64, name: String) -> String {
    format!("{id}{name}")
}

fn main() {}
