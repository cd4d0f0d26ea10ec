#![deny(warnings)]

use cache_runtime::{cached, invalidates};

#[cached(prefix = "suite")]
async fn get_suite(id: u64) -> String {
    id.to_string()
}

#[cached]
async fn by_name(project: &str, name: String) -> String {
    format!("{project}{name}")
}

#[invalidates(get_suite(ok), "suite:{ok}")]
async fn create() -> u64 {
    1
}

#[invalidates(by_name(&project, ok.clone()), by_name(project.as_str(), name), by_name("x", ok.to_string()))]
async fn rename(project: String, name: String) -> Option<String> {
    Some(format!("{project}{name}"))
}

#[tokio::main]
async fn main() {
    let _ = (get_suite(1).await, by_name("a", "b".into()).await);
    create().await;
    rename("a".into(), "b".into()).await;
}
