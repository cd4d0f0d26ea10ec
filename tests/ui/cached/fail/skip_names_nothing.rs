use cache_runtime::cached;

#[cached(skip(db))]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
