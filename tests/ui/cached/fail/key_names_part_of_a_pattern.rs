use cache_runtime::cached;

#[cached(key = "{x}")]
async fn load((x, y): (u64, u64)) -> u64 {
    x + y
}

fn main() {}
