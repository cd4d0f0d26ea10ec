use cache_runtime::{cached, invalidates};

#[cached(prefix = "suite")]
async fn get_suite(id: u64) -> String {
    id.to_string()
}

#[invalidates(get_suite(ok))]
async fn rename(name: String) -> String {
    name
}

fn main() {}
