use cache_runtime::invalidates;

struct Service;

impl Service {
    #[invalidates(Self::load(id))]
    async fn rename(&self, id: u64) {
        let _ = id;
    }
}

fn main() {}
