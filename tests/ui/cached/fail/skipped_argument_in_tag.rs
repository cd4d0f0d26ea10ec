use cache_runtime::cached;

#[cached(skip(name), tags = ["name:{name}"])]
async fn load(id: u64, name: String) -> String {
    format!("{id}{name}")
}

fn main() {}
