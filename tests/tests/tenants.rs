//! Promise 3: tenants never meet, whatever they are called.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use cache_runtime::{
    Cache, Tenancy, Tenant, cached, carry, carry_blocking, current, current_tenant, invalidates,
    with_cache, with_tenant, with_tenant_blocking,
};
use proptest::prelude::*;
use tests::value::cases;
use tests::{CountingBody, RedisServer, patient, stages};
use tokio::runtime::Runtime;

#[test]
fn nothing_that_one_tenant_does_reaches_another() {
    // Proptest is synchronous, and its cases share the two caches.
    let runtime = Runtime::new().unwrap();
    let stages = runtime.block_on(stages());
    proptest!(cases(64), |((mine, theirs) in two_tenants())| {
        for stage in &stages {
            runtime.block_on(stage.run(keeps_apart(mine.clone(), theirs.clone())));
        }
    });
}

/// `None` is a call outside any tenant.
async fn keeps_apart(mine: Option<String>, theirs: Option<String>) {
    // A fresh item for each case: the caches live longer than one.
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let id = NEXT.fetch_add(1, SeqCst);
    let body = CountingBody::new();
    let read = async |tenant: &Option<String>| {
        let value = within(tenant, item(body.clone(), id)).await;
        assert_eq!(value, format!("{tenant:?}"), "a value of another tenant");
        body.runs()
    };

    let key = async |tenant: &Option<String>| within(tenant, async { item::key(id) }).await;
    assert_ne!(key(&mine).await, key(&theirs).await);
    assert_eq!(read(&mine).await, 1);
    assert_eq!(read(&theirs).await, 2, "it has its own entry");
    within(&theirs, async {
        let cache = current();
        cache.invalidate("*").await.unwrap();
        cache.invalidate("item:*").await.unwrap();
        cache.invalidate_tag("everything").await.unwrap();
        cache.publish("changed").await.unwrap();
        cache.remove(&item::key(id).to_string()).await.unwrap();
        item::invalidate(id).await.unwrap();
        if let Some(theirs) = &theirs {
            cache.clear_tenant(theirs).await.unwrap();
        }
    })
    .await;
    assert_eq!(read(&mine).await, 2, "its entry is still there");
    assert_eq!(read(&theirs).await, 3, "what it did reached its own");
}

/// Says whose value it is.
#[cached(prefix = "item", skip(body), tags = ["everything"], invalidate_on = "changed")]
async fn item(body: CountingBody, id: u64) -> String {
    let _run = body.enter();
    NAMES.with(|name| format!("{name:?}"))
}

tokio::task_local! {
    /// Who calls, told to the body on another way than through the library.
    static NAMES: Option<String>;
}

async fn within<T>(tenant: &Option<String>, work: impl Future<Output = T>) -> T {
    let named = NAMES.scope(tenant.clone(), work);
    match tenant {
        Some(tenant) => with_tenant(tenant, named).await,
        None => named.await,
    }
}

fn two_tenants() -> impl Strategy<Value = (Option<String>, Option<String>)> {
    (tenant(), tenant()).prop_filter("two of them", |(mine, theirs)| mine != theirs)
}

fn tenant() -> impl Strategy<Value = Option<String>> {
    let hostile = [
        "",
        "*",
        "-",
        "a",
        "a:b",
        "a:",
        ":a",
        "{x}",
        "x",
        "{-}",
        "{*}",
        "shared",
        "a b",
        "a/1",
        "a#",
        "%7Bx%7D",
        "a%3Ab",
        "..",
        "\0",
        "A",
        "acme",
        "acme}:item",
        "{acme}:item:item",
        "0",
        "00",
        "\u{e9}",
        "e\u{301}",
        "\r\nFLUSHALL\r\n",
    ];
    prop_oneof![
        1 => Just(None),
        6 => prop::sample::select(hostile.to_vec()).prop_map(|name| Some(name.to_owned())),
        2 => any::<String>().prop_map(Some),
        // Ten kilobytes, alike but for the last character.
        1 => "[ab]".prop_map(|end| Some(format!("{}{end}", "t".repeat(10_000)))),
    ]
}

#[tokio::test]
async fn the_keys_of_tenants_differ_though_they_read_alike() {
    let mine = with_tenant("a", async { item::key(1) }).await;
    let theirs = with_tenant("b", async { item::key(1) }).await;
    let nobodys = item::key(1);
    assert_eq!(mine.to_string(), theirs.to_string());
    assert!(mine != theirs && theirs != nobodys && nobodys != mine);
    assert_eq!(mine.tenant(), &Tenant::from("a"));
}

#[tokio::test]
async fn where_a_tenant_is_required_a_call_without_one_is_computed_and_not_stored() {
    let server = RedisServer::start();
    let memory = Cache::builder().memory();
    for builder in [memory, patient(&server)] {
        let cache = builder.tenancy(Tenancy::Required).connect().await.unwrap();
        with_cache(cache.clone(), async {
            let body = CountingBody::new();
            for runs in 1..=3 {
                within(&None, item(body.clone(), 1)).await;
                assert_eq!(body.runs(), runs);
            }
            cache.settled().await;
            assert_eq!(cache.stats().stored, 0);
            assert_eq!(server.keys(), Vec::<String>::new());

            let acme = Some("acme".to_owned());
            for _ in 0..3 {
                within(&acme, item(body.clone(), 1)).await;
            }
            assert_eq!(body.runs(), 4, "inside a tenant it is cached");
        })
        .await;
        server.flush();
    }
}

#[tokio::test]
async fn a_spawned_task_loses_the_tenant_unless_it_is_carried() {
    with_tenant("acme", async {
        let lost = tokio::spawn(async { current_tenant() }).await.unwrap();
        assert_eq!(lost, None);
        let carried = tokio::spawn(carry(async { current_tenant() }))
            .await
            .unwrap();
        assert_eq!(carried, Some(Tenant::from("acme")));

        let lost = tokio::task::spawn_blocking(current_tenant).await.unwrap();
        assert_eq!(lost, None);
        let carried = tokio::task::spawn_blocking(carry_blocking(current_tenant))
            .await
            .unwrap();
        assert_eq!(carried, Some(Tenant::from("acme")));
        let carried = std::thread::spawn(carry_blocking(current_tenant))
            .join()
            .unwrap();
        assert_eq!(carried, Some(Tenant::from("acme")));
    })
    .await;
}

#[tokio::test]
async fn an_inner_tenant_ends_with_its_future() {
    with_tenant("outer", async {
        with_tenant("inner", async {
            assert_eq!(current_tenant(), Some(Tenant::from("inner")));
        })
        .await;
        assert_eq!(current_tenant(), Some(Tenant::from("outer")));
        with_tenant_blocking("inner", || {
            assert_eq!(current_tenant(), Some(Tenant::from("inner")));
        });
        assert_eq!(current_tenant(), Some(Tenant::from("outer")));
    })
    .await;
    assert_eq!(current_tenant(), None);
}

#[cached(prefix = "rates", skip(body), tenant = shared, tags = ["rates"])]
async fn rate(body: CountingBody, currency: String) -> usize {
    let _run = body.enter();
    currency.len()
}

#[invalidates("rates:*", tenant = shared)]
async fn reload_rates() -> bool {
    true
}

#[invalidates("rates:*")]
async fn reload_own() -> bool {
    true
}

#[invalidates(rate(currency))]
async fn reload_rate(currency: String) -> bool {
    currency.len() == 3
}

#[tokio::test]
async fn what_is_shared_is_invalidated_only_by_writing_it_out() {
    for stage in stages().await {
        let body = CountingBody::new();
        let read = async |tenant: &str| {
            with_tenant(tenant, rate(body.clone(), "EUR".into())).await;
            body.runs()
        };
        stage
            .run(async {
                assert_eq!(read("a").await, 1);
                assert_eq!(read("b").await, 1, "one entry for all");
                with_tenant("a", async {
                    current().invalidate("*").await.unwrap();
                    current().invalidate_tag("rates").await.unwrap();
                    current().clear_tenant("a").await.unwrap();
                    reload_own().await;
                })
                .await;
                assert_eq!(read("b").await, 1, "no tenant of its own reaches it");
                with_tenant("a", reload_rates()).await;
                assert_eq!(read("b").await, 2);
                with_tenant("a", reload_rate("EUR".into())).await;
                assert_eq!(read("b").await, 3, "a call shape knows whose entry it is");
            })
            .await;
    }
}

#[cached(prefix = "accounts", skip(body), tenant = owner)]
async fn accounts(body: CountingBody, owner: u64) -> u64 {
    body.run(async { owner }).await
}

#[tokio::test]
async fn a_tenant_can_be_an_argument() {
    for stage in stages().await {
        let body = CountingBody::new();
        let read = async |owner| {
            assert_eq!(accounts(body.clone(), owner).await, owner);
            body.runs()
        };
        stage
            .run(async {
                assert_eq!((read(1).await, read(2).await, read(1).await), (1, 2, 2));
                current().clear_tenant(1_u64).await.unwrap();
                assert_eq!((read(1).await, read(2).await), (3, 3));
                with_tenant("2", current().invalidate("*")).await.unwrap();
                assert_eq!((read(1).await, read(2).await), (3, 4));
            })
            .await;
    }
}
