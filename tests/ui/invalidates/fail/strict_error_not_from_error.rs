use cache_runtime::invalidates;

struct DbError;

#[invalidates("suite:*", strict)]
fn rename(id: u64, name: String) -> Result<u64, DbError> {
    if name.is_empty() { Err(DbError) } else { Ok(id) }
}

fn main() {}
