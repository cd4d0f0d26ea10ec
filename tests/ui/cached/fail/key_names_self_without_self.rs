use cache_runtime::cached;

#[cached(key = "{self.region}:{id}")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
