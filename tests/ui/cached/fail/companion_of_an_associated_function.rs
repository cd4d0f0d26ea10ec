use cache_runtime::cached;

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Suite(u64);

impl Suite {
    #[cached]
    async fn load(id: u64) -> Self {
        Suite(id)
    }
}

fn main() {}
