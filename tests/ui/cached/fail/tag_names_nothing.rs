use cache_runtime::cached;

#[cached(tags = ["project:{project}"])]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
