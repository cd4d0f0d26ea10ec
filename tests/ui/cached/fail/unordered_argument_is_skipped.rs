use cache_runtime::cached;

#[cached(skip(columns), unordered(columns))]
async fn load(columns: Vec<String>) -> usize {
    columns.len()
}

fn main() {}
