#![deny(warnings)]

use cache_runtime::cached;

struct Context {
    tenant: String,
}

#[cached(tenant = shared)]
async fn countries() -> Vec<String> {
    vec![]
}

#[cached(tenant = context.tenant, skip(context))]
async fn suites(context: &Context, id: u64) -> String {
    format!("{}{id}", context.tenant)
}

#[cached(tenant = org)]
async fn cases(org: String, id: u64) -> String {
    format!("{org}{id}")
}

#[cached(tenant = format!("org-{org}"))]
async fn runs(org: u64, id: u64) -> u64 {
    org + id
}

#[tokio::main]
async fn main() {
    let acme = Context {
        tenant: "acme".into(),
    };
    let other = Context {
        tenant: "other".into(),
    };
    assert!(countries().await.is_empty());
    assert_eq!(suites(&acme, 1).await, "acme1");
    assert_ne!(suites::key(&acme, 1), suites::key(&other, 1));
    assert_eq!(cases("acme".into(), 1).await, "acme1");
    assert_eq!(runs(1, 2).await, 3);
    let _ = runs::key(1, 2);
}
