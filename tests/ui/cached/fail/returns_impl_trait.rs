use cache_runtime::cached;

#[cached]
fn load(id: u64) -> impl ToString {
    id
}

fn main() {}
