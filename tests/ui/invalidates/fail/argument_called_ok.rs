use cache_runtime::invalidates;

#[invalidates("suite:{ok}")]
async fn rename(ok: u64) -> u64 {
    ok
}

fn main() {}
