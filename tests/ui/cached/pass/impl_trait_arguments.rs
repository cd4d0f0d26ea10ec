#![deny(warnings)]

use cache_runtime::cached;

trait Db {
    fn size(&self) -> u64;
}

struct Memory;

impl Db for Memory {
    fn size(&self) -> u64 {
        7
    }
}

#[cached(skip(db))]
async fn load(db: &(impl Db + Sync), name: impl AsRef<str> + serde::Serialize + Send) -> u64 {
    db.size() + name.as_ref().len() as u64
}

#[tokio::main]
async fn main() {
    assert_eq!(load(&Memory, "a").await, 8);
    assert_eq!(load(&Memory, String::from("ab")).await, 9);
    assert_ne!(load::key("a"), load::key(String::from("a")));
}
