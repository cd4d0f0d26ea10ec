use cache_runtime::cached;

#[derive(Clone)]
struct Receipt;

#[cached]
async fn charge(order: u64) -> Result<Vec<Receipt>, String> {
    Err(order.to_string())
}

fn main() {}
