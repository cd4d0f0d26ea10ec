#![deny(warnings)]

use cache_runtime::cached;

#[async_trait::async_trait]
trait Repository {
    async fn load(&self, (a, b): (u8, u8)) -> u8;
}

struct Memory;

#[async_trait::async_trait]
impl Repository for Memory {
    #[cached(skip(self))]
    async fn load(&self, (a, b): (u8, u8)) -> u8 {
        a + b
    }
}

#[tokio::main]
async fn main() {
    assert_eq!(Memory.load((1, 2)).await, 3);
}
