use cache_runtime::cached;

#[derive(serde::Serialize, serde::Deserialize)]
struct Receipt;

#[cached]
fn charge(order: u64) -> Option<Receipt> {
    let _ = order;
    None
}

fn main() {}
