#![deny(warnings)]

use cache_runtime::cached;

trait Load {
    async fn load(&self, id: u64) -> u64;

    #[cached(companion = none, skip(self))]
    async fn load_twice(&self, id: u64) -> u64 {
        self.load(id).await + self.load(id).await
    }
}

struct Service;

impl Load for Service {
    #[cached(companion = none, skip(self))]
    async fn load(&self, id: u64) -> u64 {
        id
    }
}

#[tokio::main]
async fn main() {
    assert_eq!(Service.load_twice(2).await, 4);
}
