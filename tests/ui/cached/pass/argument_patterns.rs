#![deny(warnings)]

use cache_runtime::cached;

#[derive(serde::Serialize)]
struct Range {
    from: u64,
    to: u64,
}

#[cached]
async fn sum((a, b): (u64, u64), Range { from, to }: Range, [x, ..]: [u8; 2], _: u8) -> u64 {
    a + b + from + to + u64::from(x)
}

#[cached]
fn sorted(mut ids: Vec<u64>, ref name: String) -> Vec<u64> {
    ids.sort();
    ids.push(name.len() as u64);
    ids
}

#[tokio::main]
async fn main() {
    assert_eq!(sum((1, 2), Range { from: 3, to: 4 }, [5, 6], 7).await, 15);
    assert_eq!(
        sum::uncached((1, 2), Range { from: 3, to: 4 }, [5, 6], 7).await,
        15
    );
    let sorted = tokio::task::spawn_blocking(|| sorted(vec![2, 1], "abc".into()));
    assert_eq!(sorted.await.unwrap(), [1, 2, 3]);
}
