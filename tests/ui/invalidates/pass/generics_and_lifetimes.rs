#![deny(warnings)]

use cache_runtime::invalidates;

#[invalidates("suite:{id}:{N}", "kind:{kind}")]
async fn change<'a, T, const N: usize>(
    id: &'a T,
    kind: impl serde::Serialize + Send,
) -> Result<&'a T, String>
where
    T: serde::Serialize + Sync,
{
    let _ = kind;
    Ok(id)
}

#[tokio::main]
async fn main() {
    assert_eq!(change::<u8, 3>(&1, "a").await, Ok(&1));
}
