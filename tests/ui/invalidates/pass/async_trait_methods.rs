#![deny(warnings)]

use cache_runtime::invalidates;

#[async_trait::async_trait]
trait Store {
    async fn save(&mut self, id: u64, name: &str) -> Result<u64, String>;
    async fn clear(&self);
}

struct Memory {
    region: String,
}

#[async_trait::async_trait]
impl Store for Memory {
    #[invalidates("suite:{id}", "region:{self.region}", "name:{name}:{ok}")]
    async fn save(&mut self, id: u64, name: &str) -> Result<u64, String> {
        self.region = name.to_owned();
        let id: u64 = id.to_string().parse().map_err(|_| String::new())?;
        Ok(id)
    }

    #[invalidates("suite:*")]
    async fn clear(&self) {}
}

#[tokio::main]
async fn main() {
    let mut memory = Memory {
        region: "eu".into(),
    };
    assert_eq!(memory.save(1, "n").await, Ok(1));
    memory.clear().await;
}
