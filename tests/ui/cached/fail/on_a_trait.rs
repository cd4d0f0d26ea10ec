use cache_runtime::cached;

#[cached]
trait Load {
    fn load(&self) -> u64;
}

fn main() {}
