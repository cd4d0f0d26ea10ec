#![deny(warnings)]

use cache_runtime::cached;

struct Service {
    region: String,
}

impl Service {
    #[cached(prefix = "balance", key = "{self.region}:{account}")]
    pub async fn balance(&self, account: u64) -> u64 {
        account
    }

    #[cached(prefix = "limit", skip(self))]
    pub fn limit(&self, account: u64) -> u64 {
        account
    }
}

#[tokio::main]
async fn main() {
    let service = Service {
        region: "eu".into(),
    };
    assert_eq!(
        service.balance_key(7).to_string(),
        "balance:\"eu\":7".replace('"', "")
    );
    assert_eq!(Service::limit_key(7).to_string(), "limit:limit:7");
    service.balance_invalidate(7).await.unwrap();
    assert_eq!(service.balance_refresh(7).await, 7);
    assert_eq!(service.balance_uncached(7).await, 7);
}
