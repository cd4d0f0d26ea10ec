#![deny(warnings)]

use cache_runtime::cached;

#[cached(unordered(columns))]
fn select(columns: &[String], table: &str) -> String {
    format!("{columns:?}{table}")
}

#[cached(key = "{columns}", unordered(columns))]
fn select_by_template(columns: Vec<u8>) -> usize {
    columns.len()
}

fn main() {
    let key = |columns: [&str; 2]| select::key(&columns.map(String::from), "t");
    assert_eq!(key(["a", "b"]), key(["b", "a"]));
    assert_eq!(
        select_by_template::key(vec![1, 2]),
        select_by_template::key(vec![2, 1])
    );
    let _ = (select, select_by_template);
}
