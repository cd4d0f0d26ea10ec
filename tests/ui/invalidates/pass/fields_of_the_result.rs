#![deny(warnings)]

use cache_runtime::{cached, invalidates};

#[cached(prefix = "suite")]
async fn get_suite(id: u64) -> String {
    id.to_string()
}

#[derive(Clone)]
struct Suite {
    id: u64,
    project: Project,
}

#[derive(Clone)]
struct Project {
    name: String,
}

#[invalidates(
    "suite:{ok.id}",
    "project:{tenant}:{ok.project.name}",
    get_suite(ok.id),
    get_suite(ok.id + offset),
    tags = ["project:{ok.project.name}"],
    events = ["suite.created:{ok.id}", "{tenant}:{ok.id}"],
)]
async fn create(tenant: String, offset: u64) -> Result<Suite, String> {
    let project = Project { name: tenant };
    Ok(Suite {
        id: offset,
        project,
    })
}

#[tokio::main]
async fn main() {
    let _ = get_suite(1).await;
    assert!(create("acme".into(), 1).await.is_ok());
}
