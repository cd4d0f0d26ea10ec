#![deny(warnings)]

use cache_runtime::invalidates;

struct Context {
    tenant: String,
}

#[invalidates("countries:*", tenant = shared)]
async fn reload() {}

#[invalidates("suite:{id}", tenant = context.tenant)]
async fn change(context: Context, id: u64) -> String {
    format!("{}{id}", context.tenant)
}

#[tokio::main]
async fn main() {
    reload().await;
    assert_eq!(
        change(
            Context {
                tenant: "acme".into()
            },
            1
        )
        .await,
        "acme1"
    );
}
