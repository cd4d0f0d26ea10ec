#![deny(warnings)]

use cache_runtime::cached;

macro_rules! loader {
    ($name:ident, $ty:ty, $ttl:expr, $prefix:literal) => {
        #[cached(ttl = $ttl, prefix = $prefix)]
        async fn $name(id: $ty) -> $ty {
            id
        }
    };
}

loader!(load_number, u64, 60, "number");
loader!(load_text, String, "5m", "text");

#[tokio::main]
async fn main() {
    assert_eq!(load_number(1).await, 1);
    assert_eq!(load_text("a".into()).await, "a");
    assert_eq!(load_number::key(1).to_string(), "number:load_number:1");
}
