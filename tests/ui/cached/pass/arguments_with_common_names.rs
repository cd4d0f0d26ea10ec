#![deny(warnings)]

use cache_runtime::cached;

#[cached]
async fn load(key: u64, cache: u64, result: u64, ok: u64, call: u64, kind: u64, body: u64) -> u64 {
    key + cache + result + ok + call + kind + body
}

#[cached]
fn load_now(self_: u64, runtime: u64, value: u64, tenant: u64, begun: u64, r#type: u64) -> u64 {
    self_ + runtime + value + tenant + begun + r#type
}

#[tokio::main]
async fn main() {
    assert_eq!(load(1, 2, 3, 4, 5, 6, 7).await, 28);
    let _ = load_now;
}
