//! Tenants: the same call in two tenants is two entries; a spawned task has to take its
//! tenant along; what all tenants share says so.
//!
//! ```text
//! cargo run -p examples --bin tenants
//! ```

use std::sync::atomic::{AtomicU32, Ordering};

use cache_runtime::{Cache, Tenancy, cached, carry, current_tenant, with_cache, with_tenant};

static RUNS: AtomicU32 = AtomicU32::new(0);

/// How many bodies ran since the last time somebody asked.
fn runs() -> u32 {
    RUNS.swap(0, Ordering::Relaxed)
}

/// The tenant is part of the key without being named.
#[cached(ttl = 60, prefix = "greeting")]
async fn greeting(name: &str) -> String {
    RUNS.fetch_add(1, Ordering::Relaxed);
    match current_tenant() {
        Some(tenant) => format!("{} greets {name}", tenant.name()),
        None => format!("nobody in particular greets {name}"),
    }
}

/// The same for everybody, and therefore computed once for everybody.
#[cached(ttl = 3600, prefix = "rate", tenant = shared)]
async fn exchange_rate(currency: &str) -> u32 {
    RUNS.fetch_add(1, Ordering::Relaxed);
    currency.bytes().map(u32::from).sum()
}

/// The tenant of an argument instead of the one around the call: for code that serves
/// several tenants at once, such as a nightly report.
#[cached(ttl = 60, prefix = "report", tenant = customer)]
async fn report_of(customer: &str) -> String {
    RUNS.fetch_add(1, Ordering::Relaxed);
    format!("all is well at {customer}")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    cache_runtime::init(Cache::builder().memory().connect().await?)?;

    let acme = with_tenant("acme", greeting("Ada")).await;
    let globex = with_tenant("globex", greeting("Ada")).await;
    println!("{acme}; {globex}: {} runs", runs());
    assert_ne!(acme, globex, "tenants never meet");

    with_tenant("acme", async {
        // A tenant belongs to the task it was set in. A new task begins without one …
        let lost = tokio::spawn(async { current_tenant() }).await?;
        // … unless it is carried there.
        let kept = tokio::spawn(carry(greeting("Ada"))).await?;
        println!(
            "spawned: {lost:?}; spawned and carried: {kept}: {} runs",
            runs()
        );
        assert!(lost.is_none() && kept == "acme greets Ada");
        Ok::<_, tokio::task::JoinError>(())
    })
    .await?;

    for tenant in ["acme", "globex", "initech"] {
        with_tenant(tenant, exchange_rate("EUR")).await;
    }
    println!("a shared rate, asked by three tenants: {} run", runs());

    report_of("acme").await;
    with_tenant("globex", report_of("acme")).await;
    println!(
        "a report of acme, asked by nobody and by globex: {} run",
        runs()
    );

    // Fail closed: where a tenant is required, a call without one is computed, never kept.
    let strict = Cache::builder()
        .memory()
        .tenancy(Tenancy::Required)
        .connect()
        .await?;
    with_cache(strict, async {
        greeting("Ada").await;
        greeting("Ada").await;
        println!(
            "two calls without a tenant where one is required: {} runs",
            runs()
        );
        with_tenant("acme", greeting("Ada")).await;
        with_tenant("acme", greeting("Ada")).await;
        println!("two calls with one: {} run", runs());
    })
    .await;
    Ok(())
}
