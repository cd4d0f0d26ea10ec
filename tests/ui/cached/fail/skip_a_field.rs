use cache_runtime::cached;

#[derive(serde::Serialize)]
struct Filter {
    owner: u64,
}

#[cached(skip(filter.owner))]
async fn load(filter: Filter) -> u64 {
    filter.owner
}

fn main() {}
