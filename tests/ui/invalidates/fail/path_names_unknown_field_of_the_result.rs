use cache_runtime::invalidates;

struct Suite {
    id: u64,
}

#[invalidates("suite:{ok.idd}")]
async fn rename(id: u64) -> Result<Suite, String> {
    Ok(Suite { id })
}

fn main() {}
