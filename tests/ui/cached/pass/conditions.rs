#![deny(warnings)]

use cache_runtime::cached;

fn is_complete(value: &Vec<u64>) -> bool {
    value.len() > 2
}

#[cached(when = is_complete)]
async fn by_function(n: u64) -> Vec<u64> {
    (0..n).collect()
}

#[cached(when = |value| value.len() > least)]
async fn by_closure(n: u64, least: usize) -> Result<Vec<u64>, String> {
    Ok((0..n).collect())
}

#[cached(when = |value: &String| { let text = value.trim(); !text.is_empty() })]
fn by_block(n: u64) -> String {
    n.to_string()
}

#[tokio::main]
async fn main() {
    assert_eq!(by_function(1).await, [0]);
    assert_eq!(by_closure(1, 2).await.unwrap(), [0]);
    let _ = by_block;
}
