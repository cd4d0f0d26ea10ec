use cache_runtime::cached;

#[cached(ttl = 0, prfix = "suite", key = "{ident}:{name}", version = "two")]
async fn load(id: u64, name: String) -> String {
    format!("{id}{name}")
}

fn main() {}
