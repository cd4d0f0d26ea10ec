use cache_runtime::{cached, invalidates};

#[invalidates("suite:*")]
#[cached]
async fn load(id: u64) -> u64 {
    id
}

fn main() {}
