use cache_runtime::cached;

struct Service;

#[cached]
impl Service {
    fn load(&self) -> u64 {
        42
    }
}

fn main() {}
