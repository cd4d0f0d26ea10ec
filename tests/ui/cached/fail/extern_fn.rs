use cache_runtime::cached;

#[cached]
extern "C" fn load(id: u64) -> u64 {
    id
}

fn main() {}
