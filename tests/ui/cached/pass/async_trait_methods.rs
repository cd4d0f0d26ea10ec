#![deny(warnings)]

use cache_runtime::cached;

#[async_trait::async_trait]
trait Repository {
    async fn load(&self, id: u64, pair: (u8, u8), name: &str) -> Result<String, String>;
    async fn count(&mut self, ids: Vec<u64>) -> usize;
    async fn all(self: std::sync::Arc<Self>) -> Vec<String>;
}

struct Memory {
    region: String,
}

#[async_trait::async_trait]
impl Repository for Memory {
    #[cached(key = "{self.region}:{id},{pair.0},{name}", prefix = "memory")]
    async fn load(&self, id: u64, mut pair: (u8, u8), name: &str) -> Result<String, String> {
        pair.0 += 1;
        if id == 0 {
            return Err("zero".into());
        }
        let id: u64 = id.to_string().parse().map_err(|_| String::new())?;
        Ok(format!("{}{id}{}{name}", self.region, pair.0))
    }

    #[cached(skip(self))]
    async fn count(&mut self, ids: Vec<u64>) -> usize {
        self.region.push('x');
        ids.len()
    }

    #[cached(skip(self))]
    async fn all(self: std::sync::Arc<Self>) -> Vec<String> {
        vec![self.region.clone()]
    }
}

#[tokio::main]
async fn main() {
    let mut memory = Memory {
        region: "eu".into(),
    };
    assert_eq!(memory.load(1, (1, 2), "n").await.unwrap(), "eu12n");
    assert_eq!(memory.count(vec![1, 2]).await, 2);
    assert_eq!(std::sync::Arc::new(memory).all().await, ["eux"]);
}
