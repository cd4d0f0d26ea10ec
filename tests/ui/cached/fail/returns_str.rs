use cache_runtime::cached;

#[cached]
async fn load(name: &str) -> &str {
    name
}

fn main() {}
