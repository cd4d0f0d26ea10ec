#![deny(warnings)]

use cache_runtime::invalidates;

#[invalidates("suite:{id}")]
async fn change(id: u64, ok: bool, targets: Vec<u64>, kind: u8, body: String) -> bool {
    ok && targets.is_empty() && kind == 0 && body.is_empty() && id > 0
}

#[tokio::main]
async fn main() {
    assert!(change(1, true, vec![], 0, String::new()).await);
}
