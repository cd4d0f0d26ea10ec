use cache_runtime::invalidates;

#[invalidates(tag = ["suite"])]
async fn rename(id: u64, name: String) -> Result<u64, String> {
    Err(format!("{id}{name}"))
}

fn main() {
    let _still_there = rename(42, String::new());
}
