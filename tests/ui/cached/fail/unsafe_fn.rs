use cache_runtime::cached;

#[cached]
unsafe fn load(id: u64) -> u64 {
    id
}

fn main() {}
