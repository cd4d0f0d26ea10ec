use cache_runtime::cached;

#[derive(serde::Serialize)]
struct Filter {
    owner: u64,
}

#[cached(key = "{filter.onwer}")]
async fn load(filter: Filter) -> u64 {
    filter.owner
}

fn main() {}
