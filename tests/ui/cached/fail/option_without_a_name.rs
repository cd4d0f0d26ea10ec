use cache_runtime::cached;

#[cached("5m")]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {}
