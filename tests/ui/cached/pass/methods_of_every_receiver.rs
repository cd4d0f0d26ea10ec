#![deny(warnings)]

use cache_runtime::cached;
use std::rc::Rc;
use std::sync::Arc;

#[derive(Clone)]
struct Service {
    region: String,
}

impl Service {
    #[cached(key = "{self.region}:{id}")]
    async fn by_reference(&self, id: u64) -> String {
        format!("{}{id}", self.region)
    }

    #[cached(skip(self))]
    async fn by_mutable_reference(&mut self, id: u64) -> String {
        self.region.push('x');
        id.to_string()
    }

    #[cached(key = "{self.region}:value:{id}")]
    async fn by_value(mut self, id: u64) -> String {
        self.region.push('y');
        format!("{}{id}", self.region)
    }

    #[cached(key = "{self.region}:arc")]
    async fn by_arc(self: Arc<Self>) -> String {
        self.region.clone()
    }

    #[cached(key = "{self.region}:arc-reference")]
    async fn by_reference_to_arc(self: &Arc<Self>) -> String {
        self.region.clone()
    }

    #[cached(skip(self))]
    fn by_box(self: Box<Self>) -> String {
        self.region
    }

    #[cached(skip(self))]
    fn by_rc(self: Rc<Self>) -> String {
        self.region.clone()
    }
}

#[tokio::main]
async fn main() {
    let mut service = Service {
        region: "eu".into(),
    };
    assert_eq!(service.by_reference(1).await, "eu1");
    assert_eq!(service.by_reference_uncached(1).await, "eu1");
    assert_eq!(service.by_mutable_reference(1).await, "1");
    assert_eq!(service.by_mutable_reference_refresh(1).await, "1");
    assert_eq!(service.clone().by_value(1).await, "euxxy1");
    let service = Arc::new(service);
    assert_eq!(service.clone().by_arc().await, "euxx");
    assert_eq!(service.by_reference_to_arc().await, "euxx");
    assert_eq!(
        service.by_arc_key().to_string(),
        service.by_arc_key().path()
    );
    let _ = (Service::by_box, Service::by_rc);
}
