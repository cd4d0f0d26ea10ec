use cache_runtime::cached;

#[cached]
async fn load(ids: &Vec<u64>) -> &Vec<u64> {
    ids
}

fn main() {}
