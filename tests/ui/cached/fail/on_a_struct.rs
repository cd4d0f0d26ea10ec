use cache_runtime::cached;

#[cached]
struct Suite {
    id: u64,
}

fn main() {}
