use cache_runtime::cached;

#[cached(codec = postcard)]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
