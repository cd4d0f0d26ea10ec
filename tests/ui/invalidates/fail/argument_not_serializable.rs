use cache_runtime::invalidates;

struct Db;

#[invalidates("suite:{db}")]
async fn rename(db: &Db) {
    let _ = db;
}

fn main() {}
