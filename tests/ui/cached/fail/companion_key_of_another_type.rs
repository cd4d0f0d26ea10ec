use cache_runtime::cached;

#[cached]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {
    load::key("42");
}
