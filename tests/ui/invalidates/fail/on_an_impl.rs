use cache_runtime::invalidates;

struct Service;

#[invalidates("suite:*")]
impl Service {
    fn rename(&self) {}
}

fn main() {}
