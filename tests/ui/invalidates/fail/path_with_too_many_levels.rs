use cache_runtime::invalidates;

#[invalidates("a:b:c:d:e:f:g:h:{id}")]
async fn rename(id: u64, name: String) -> Result<u64, String> {
    Err(format!("{id}{name}"))
}

fn main() {}
