use cache_runtime::cached;

#[derive(Clone)]
struct Receipt;

#[cached]
async fn charge(order: u64) -> Receipt {
    let _ = order;
    Receipt
}

fn main() {}
