use cache_runtime::invalidates;

struct Db;

#[invalidates("suite:{ok}")]
async fn rename() -> Db {
    Db
}

fn main() {}
