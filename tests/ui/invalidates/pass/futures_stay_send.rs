#![deny(warnings)]

use cache_runtime::{cached, invalidates};

#[cached(prefix = "suite")]
async fn get_suite(id: u64) -> String {
    id.to_string()
}

use std::cell::Cell;

struct NotSync(Cell<u64>);

#[invalidates(get_suite(id), get_suite(ok.0), "suite:{name}:{ok.1}", "suite:{id}")]
async fn change(state: NotSync, id: u64, name: String) -> Result<(u64, String), String> {
    tokio::task::yield_now().await;
    Ok((id + state.0.get(), name))
}

fn send<F: Future + Send>(future: F) -> F {
    future
}

#[tokio::main]
async fn main() {
    let _ = send(get_suite(1)).await;
    assert!(
        send(change(NotSync(Cell::new(1)), 1, "a".into()))
            .await
            .is_ok()
    );
}
