use cache_runtime::invalidates;

#[invalidates("suite:{ok.id}")]
async fn rename(id: u64) {
    let _ = id;
}

fn main() {}
