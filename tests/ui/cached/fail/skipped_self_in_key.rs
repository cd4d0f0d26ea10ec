use cache_runtime::cached;

struct Service {
    region: String,
}

impl Service {
    #[cached(key = "{self.region}:{id}", skip(self))]
    async fn load(&self, id: u64) -> String {
        format!("{}{id}", self.region)
    }
}

fn main() {}
