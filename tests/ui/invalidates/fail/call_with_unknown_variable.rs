use cache_runtime::{cached, invalidates};

#[cached(prefix = "suite")]
async fn get_suite(id: u64) -> String {
    id.to_string()
}

#[invalidates(get_suite(idd))]
async fn rename(id: u64, name: String) -> Result<u64, String> {
    Err(format!("{id}{name}"))
}

fn main() {}
