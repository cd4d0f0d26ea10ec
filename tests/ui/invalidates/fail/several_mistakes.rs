use cache_runtime::invalidates;

#[invalidates("suite:*:cases", get_suite, "case:{ident}", evnts = ["a"])]
async fn rename(id: u64, name: String) -> Result<u64, String> {
    Err(format!("{id}{name}"))
}

fn main() {}
