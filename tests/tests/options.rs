//! Every option of `#[cached]` does what it says. (`ttl` has a file of its own; `tenant`,
//! `tags` and `invalidate_on` are in `tenants` and `invalidation`, `version` in `wrong_value`.)

use cache_runtime::{Cache, Tenant, cached, current, with_cache};
use serde::Serialize;
use tests::{CountingBody, stages};

/// Runs of two calls on each store: 1 if the second was a hit.
async fn runs_of_two<T, F: Future<Output = T>>(call: impl Fn(CountingBody) -> F) -> usize {
    let mut runs = Vec::new();
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                call(body.clone()).await;
                call(body.clone()).await;
            })
            .await;
        runs.push(body.runs());
    }
    assert_eq!(runs[0], runs[1], "memory and redis differ");
    runs[0]
}

#[cached(prefix = "when", skip(body), when = |value| *value > 10)]
async fn if_large(body: CountingBody, id: u64) -> Result<u64, String> {
    body.run(async { Ok(id) }).await
}

fn is_short(value: &impl AsRef<str>) -> bool {
    value.as_ref().len() < 3
}

#[cached(prefix = "when", skip(body), when = is_short)]
async fn if_short(body: CountingBody, text: String) -> String {
    body.run(async { text }).await
}

#[cached(prefix = "when", skip(body))]
async fn failing(body: CountingBody) -> Result<u64, String> {
    body.run(async { Err("no".into()) }).await
}

#[tokio::test]
async fn when_decides_what_is_stored_and_an_error_never_is() {
    assert_eq!(runs_of_two(|body| if_large(body, 11)).await, 1);
    assert_eq!(runs_of_two(|body| if_large(body, 10)).await, 2);
    assert_eq!(runs_of_two(|body| if_short(body, "ab".into())).await, 1);
    assert_eq!(runs_of_two(|body| if_short(body, "abc".into())).await, 2);
    assert_eq!(runs_of_two(failing).await, 2);
}

type Maybe<T> = Option<T>;
type Outcome<T> = Result<T, String>;

#[cached(prefix = "none", skip(body))]
async fn none(body: CountingBody) -> Maybe<u64> {
    body.run(async { None }).await
}

#[cached(prefix = "none", skip(body), cache_none)]
async fn cached_none(body: CountingBody) -> Maybe<u64> {
    body.run(async { None }).await
}

#[cached(prefix = "none", skip(body))]
async fn ok_none(body: CountingBody) -> Outcome<Maybe<u64>> {
    body.run(async { Ok(None) }).await
}

#[cached(prefix = "none", skip(body), cache_none)]
async fn cached_ok_none(body: CountingBody) -> Outcome<Maybe<u64>> {
    body.run(async { Ok(None) }).await
}

#[cached(prefix = "none", skip(body))]
async fn some(body: CountingBody) -> Outcome<Maybe<u64>> {
    body.run(async { Ok(Some(1)) }).await
}

#[tokio::test]
async fn nothing_is_stored_only_with_cache_none() {
    assert_eq!(runs_of_two(none).await, 2);
    assert_eq!(runs_of_two(ok_none).await, 2);
    assert_eq!(runs_of_two(cached_none).await, 1);
    assert_eq!(runs_of_two(cached_ok_none).await, 1);
    assert_eq!(runs_of_two(some).await, 1);
    for stage in stages().await {
        let values = stage.run(async {
            let body = CountingBody::new();
            cached_ok_none(body.clone()).await.unwrap();
            (
                cached_none(body.clone()).await,
                cached_ok_none(body.clone()).await,
            )
        });
        assert_eq!(values.await, (None, Ok(None)));
    }
}

/// What a service passes along; no part of any key.
struct Context;

#[derive(Clone, Serialize)]
struct Page {
    offset: u32,
    owner: Owner,
}

#[derive(Clone, Serialize)]
struct Owner(String);

#[cached(prefix = "skip", skip(body, _context))]
async fn skipping(body: CountingBody, _context: &Context, id: u64) -> u64 {
    body.run(async { id }).await
}

#[cached(
    prefix = "template",
    key = "page:{page.owner.0}:{page.offset}-{limit}",
    skip(body)
)]
async fn templated(body: CountingBody, page: Page, limit: u32) -> u32 {
    body.run(async { page.offset + limit }).await
}

#[cached(prefix = "unordered", unordered(columns), skip(body))]
async fn unordered(body: CountingBody, columns: Vec<&'static str>) -> usize {
    body.run(async { columns.len() }).await
}

#[tokio::test]
async fn a_key_is_made_of_what_its_options_name() {
    let body = CountingBody::new();
    let cache = Cache::builder().memory().connect().await.unwrap();
    with_cache(cache, async {
        for _ in 0..2 {
            assert_eq!(skipping(body.clone(), &Context, 7).await, 7);
        }
    })
    .await;
    assert_eq!(body.runs(), 1);
    assert_eq!(skipping::key(7).to_string(), "skip:skipping:7");
    let page = Page {
        offset: 20,
        owner: Owner("jo".into()),
    };
    assert_eq!(
        templated::key(page, 10).to_string(),
        "template:page:jo:20-10"
    );
    assert_eq!(
        unordered::key(vec!["b", "a"]),
        unordered::key(vec!["a", "b"])
    );
    assert_eq!(runs_of_two(|body| unordered(body, vec!["a", "b"])).await, 1);
}

#[cached(prefix = "companion", skip(body))]
async fn priced(body: CountingBody, id: u64) -> usize {
    let _run = body.enter();
    body.runs() * 100 + id as usize
}

#[cached(prefix = "companion", companion = price_of, skip(body))]
async fn renamed(body: CountingBody, id: u64) -> u64 {
    body.run(async { id }).await
}

#[tokio::test]
async fn companions_key_invalidate_refresh_and_bypass() {
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                assert_eq!(priced(body.clone(), 7).await, 107);
                assert_eq!(priced::uncached(body.clone(), 7).await, 207, "runs");
                assert_eq!(
                    priced(body.clone(), 7).await,
                    107,
                    "and leaves the entry alone"
                );
                assert_eq!(priced::refresh(body.clone(), 7).await, 307, "runs");
                assert_eq!(priced(body.clone(), 7).await, 307, "and replaces the entry");
                priced::invalidate(7).await.unwrap();
                assert_eq!(priced(body.clone(), 7).await, 407);
                assert_eq!(priced::key(7).path(), "companion:priced:7");
                assert_eq!(price_of::key(7).path(), "companion:renamed:7");
            })
            .await;
    }
}

/// A service with cached methods.
struct Service {
    region: String,
    body: CountingBody,
}

impl Service {
    #[cached(prefix = "method", key = "{self.region}:{id}")]
    async fn balance(&self, id: u64) -> String {
        self.body
            .run(async { format!("{} {id}", self.region) })
            .await
    }

    #[cached(prefix = "method", skip(self))]
    async fn shared(self: std::sync::Arc<Self>, id: u64) -> u64 {
        self.body.run(async { id }).await
    }
}

#[tokio::test]
async fn methods_have_companions_beside_them() {
    for stage in stages().await {
        let service = |region: &str| Service {
            region: region.into(),
            body: CountingBody::new(),
        };
        let (north, south) = (service("north"), service("south"));
        stage
            .run(async {
                for _ in 0..2 {
                    assert_eq!(north.balance(1).await, "north 1");
                    assert_eq!(south.balance(1).await, "south 1");
                }
                assert_eq!((north.body.runs(), south.body.runs()), (1, 1));
                north.balance_invalidate(1).await.unwrap();
                assert_eq!(north.balance_key(1).path(), "method:north:1");
                north.balance(1).await;
                south.balance(1).await;
                assert_eq!((north.body.runs(), south.body.runs()), (2, 1));

                let service = std::sync::Arc::new(service("any"));
                for _ in 0..2 {
                    assert_eq!(std::sync::Arc::clone(&service).shared(1).await, 1);
                }
                assert_eq!(service.body.runs(), 1);
                Service::shared_invalidate(1).await.unwrap();
                std::sync::Arc::clone(&service).shared(1).await;
                assert_eq!(service.body.runs(), 2);
            })
            .await;
    }
}

#[tokio::test]
async fn a_key_knows_whose_it_is() {
    let key = cache_runtime::with_tenant("acme", async { priced::key(1) }).await;
    assert_eq!(key.tenant(), &Tenant::from("acme"));
    assert_eq!(key, key.clone());
    assert!(format!("{key:?}").contains("acme"));
    // Invalidated by its key from anywhere, it is still the entry of that tenant.
    let cache = Cache::builder().memory().connect().await.unwrap();
    with_cache(cache, async {
        let body = CountingBody::new();
        let call = || cache_runtime::with_tenant("acme", priced(body.clone(), 1));
        call().await;
        current().invalidate_key(&key).await.unwrap();
        call().await;
        assert_eq!(body.runs(), 2);
    })
    .await;
}
