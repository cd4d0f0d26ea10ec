#![deny(warnings)]

use cache_runtime::invalidates;

#[invalidates("suite:{id}", "case:list:*", "run:{filter.owner}:*", "*")]
async fn change(id: u64, filter: &Filter) {
    let _ = (id, filter);
}

struct Filter {
    owner: u64,
}

#[tokio::main]
async fn main() {
    change(1, &Filter { owner: 2 }).await;
}
