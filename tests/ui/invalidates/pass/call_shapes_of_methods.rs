#![deny(warnings)]

use cache_runtime::{cached, invalidates};

struct Service {
    region: String,
}

impl Service {
    #[cached(key = "{self.region}:{account}")]
    async fn balance(&self, account: u64) -> u64 {
        account
    }

    #[cached(skip(self))]
    async fn limit(&self, account: String) -> usize {
        account.len()
    }

    #[invalidates(Self::balance(self, account), Service::limit(name), Self::limit(..), Self::balance(..))]
    async fn deposit(&self, account: u64, name: String) -> Result<u64, String> {
        Ok(account + name.len() as u64)
    }

    #[invalidates(Self::balance(self, account))]
    async fn rename(&mut self, account: u64) {
        self.region = account.to_string();
    }

    #[invalidates(Self::balance(&self, account))]
    async fn withdraw(self: std::sync::Arc<Self>, account: u64) -> u64 {
        account
    }
}

#[tokio::main]
async fn main() {
    let mut service = Service {
        region: "eu".into(),
    };
    assert_eq!(
        service.balance(1).await + service.limit("a".into()).await as u64,
        2
    );
    assert_eq!(service.deposit(1, "a".into()).await, Ok(2));
    service.rename(1).await;
    assert_eq!(std::sync::Arc::new(service).withdraw(1).await, 1);
}
