#![deny(warnings)]

use cache_runtime::cached;

#[cached(cache_none)]
async fn find(id: u64) -> Option<String> {
    (id > 0).then(|| id.to_string())
}

#[cached]
fn find_now(id: u64) -> Result<Option<String>, String> {
    let found = find_nothing(id)?;
    Ok(found)
}

fn find_nothing(_id: u64) -> Result<Option<String>, String> {
    Ok(None)
}

#[tokio::main]
async fn main() {
    assert_eq!(find(1).await.as_deref(), Some("1"));
    assert_eq!(find(0).await, None);
    assert_eq!(
        tokio::task::spawn_blocking(|| find_now(1)).await.unwrap(),
        Ok(None)
    );
}
