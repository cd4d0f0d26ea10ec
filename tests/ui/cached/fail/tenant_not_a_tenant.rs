use cache_runtime::cached;

#[cached(tenant = 1.5)]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
