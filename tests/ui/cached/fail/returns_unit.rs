use cache_runtime::cached;

#[cached]
async fn load(id: u64) -> () {
    let _ = id;
}

fn main() {}
