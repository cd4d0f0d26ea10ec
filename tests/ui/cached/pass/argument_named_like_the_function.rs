//! An argument may have the function's own name.

use cache_runtime::cached;

#[cached(unordered(columns))]
async fn columns(columns: Vec<String>) -> usize {
    columns.len()
}

fn main() {
    let _ = columns(vec!["a".into()]);
    let _ = columns::key(vec!["a".into()]);
    let _ = columns::refresh(vec!["a".into()]);
}
