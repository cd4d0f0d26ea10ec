use cache_runtime::invalidates;

#[invalidates("suite:{x}")]
async fn rename((x, y): (u64, u64)) {
    let _ = x + y;
}

fn main() {}
