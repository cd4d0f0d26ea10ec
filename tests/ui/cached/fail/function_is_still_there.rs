use cache_runtime::cached;

#[cached(tll = 60)]
async fn load(id: u64) -> String {
    id.to_string()
}

fn main() {
    let _still_there = load(42);
}
