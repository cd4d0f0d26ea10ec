use cache_runtime::cached;

#[cached(invalidate_on = suite_updated)]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
