#![deny(warnings)]

use cache_runtime::cached;
use std::borrow::Cow;

struct Db<'c> {
    name: &'c str,
}

#[cached(skip(db))]
async fn load<'a, 'c: 'a>(db: &'a Db<'c>, path: &'a [String], text: Cow<'_, str>) -> String {
    format!("{}{}{text}", db.name, path.join("/"))
}

#[tokio::main]
async fn main() {
    let name = String::from("db");
    let db = Db { name: &name };
    assert_eq!(load(&db, &["a".into()], "x".into()).await, "dbax");
    let _ = load::key(&["a".into()], "x".into());
    assert_eq!(load::uncached(&db, &["a".into()], "x".into()).await, "dbax");
}
