use cache_runtime::cached;

struct Db;

#[cached(skip("db"))]
async fn load(db: &Db, id: u64) -> String {
    let _ = db;
    id.to_string()
}

fn main() {}
