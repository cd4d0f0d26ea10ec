use cache_runtime::cached;

trait Load {
    #[cached(skip(self))]
    fn load(&self, id: u64) -> u64;
}

fn main() {}
