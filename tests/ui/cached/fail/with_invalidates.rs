use cache_runtime::{cached, invalidates};

#[cached]
#[invalidates("suite:*")]
async fn load(id: u64) -> u64 {
    id
}

fn main() {}
