//! Promise 7: never the value of another function, type or version.

use std::fmt::Debug;

use cache_runtime::cached;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tests::stages;

/// The same function names in two modules, as two releases or two copies of a service.
mod one {
    use super::*;

    #[cached(prefix = "same")]
    pub(crate) async fn of_prefix(id: u64) -> String {
        format!("one {id}")
    }

    #[cached]
    pub(crate) async fn of_name(id: u64) -> String {
        format!("one {id}")
    }

    #[cached(prefix = "order")]
    pub(crate) async fn arguments(from: u64, to: u64) -> String {
        format!("{from} to {to}")
    }

    #[cached(prefix = "type", key = "typed:{id}")]
    pub(crate) async fn typed(id: u64) -> Vec<u64> {
        vec![id]
    }

    #[cached(prefix = "version", key = "versioned:{id}")]
    pub(crate) async fn versioned(id: u64) -> u64 {
        id
    }

    /// A value whose fields fit the other's.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(crate) struct Amount {
        pub(crate) cents: u64,
    }

    #[cached(prefix = "type", key = "amount:{id}")]
    pub(crate) async fn amount(id: u64) -> Amount {
        Amount { cents: id }
    }
}

mod two {
    use super::*;

    #[cached(prefix = "same")]
    pub(crate) async fn of_prefix(id: u64) -> String {
        format!("two {id}")
    }

    #[cached]
    pub(crate) async fn of_name(id: u64) -> String {
        format!("two {id}")
    }

    #[cached(prefix = "order")]
    pub(crate) async fn arguments(to: u64, from: u64) -> String {
        format!("{from} to {to}")
    }

    #[cached(prefix = "type", key = "typed:{id}")]
    pub(crate) async fn typed(id: u64) -> [u64; 1] {
        [id + 1]
    }

    #[cached(prefix = "version", key = "versioned:{id}", version = 2)]
    pub(crate) async fn versioned(id: u64) -> u64 {
        id + 1
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub(crate) struct Amount {
        pub(crate) cents: u64,
    }

    #[cached(prefix = "type", key = "amount:{id}")]
    pub(crate) async fn amount(id: u64) -> Amount {
        Amount { cents: id * 100 }
    }
}

/// Calls both in turn, twice, and expects of each what it computes itself.
async fn stay_apart<A, B>(first: impl AsyncFn() -> A, second: impl AsyncFn() -> B, a: A, b: B)
where
    A: PartialEq + Debug,
    B: PartialEq + Debug,
{
    for _ in 0..3 {
        assert_eq!(first().await, a);
        assert_eq!(second().await, b);
    }
}

#[tokio::test]
async fn functions_of_one_name_in_two_modules_stay_apart() {
    for stage in stages().await {
        let (a, b) = ("one 1".to_owned(), "two 1".to_owned());
        let with_prefix = stay_apart(
            async || one::of_prefix(1).await,
            async || two::of_prefix(1).await,
            a.clone(),
            b.clone(),
        );
        stage.run(with_prefix).await;
        let without = stay_apart(
            async || one::of_name(1).await,
            async || two::of_name(1).await,
            a,
            b,
        );
        stage.run(without).await;
    }
}

#[tokio::test]
async fn a_changed_argument_order_is_another_function() {
    for stage in stages().await {
        let calls = stay_apart(
            async || one::arguments(1, 2).await,
            async || two::arguments(1, 2).await,
            "1 to 2".to_owned(),
            "2 to 1".to_owned(),
        );
        stage.run(calls).await;
    }
}

#[tokio::test]
async fn a_changed_return_type_is_a_miss() {
    for stage in stages().await {
        let calls = stay_apart(
            async || one::typed(1).await,
            async || two::typed(1).await,
            vec![1],
            [2],
        );
        stage.run(calls).await;
        let calls = stay_apart(
            async || one::amount(1).await.cents,
            async || two::amount(1).await.cents,
            1,
            100,
        );
        stage.run(calls).await;
    }
}

#[tokio::test]
async fn a_raised_version_is_a_miss() {
    for stage in stages().await {
        let calls = stay_apart(
            async || one::versioned(1).await,
            async || two::versioned(1).await,
            1,
            2,
        );
        stage.run(calls).await;
    }
}

#[cached(prefix = "generic")]
async fn parsed<T>(text: String) -> Option<T>
where
    T: std::str::FromStr + Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
{
    text.parse().ok()
}

#[cached(prefix = "generic")]
async fn sized<const N: usize>(id: u64) -> usize {
    N + id as usize
}

#[cached(prefix = "generic")]
async fn named(it: impl Serialize + Debug + Send + Sync) -> String {
    format!("{it:?}")
}

#[tokio::test]
async fn one_generic_function_is_as_many_functions_as_it_has_types() {
    for stage in stages().await {
        let calls = stay_apart(
            async || parsed::<u64>("1".into()).await,
            async || parsed::<f64>("1".into()).await,
            Some(1),
            Some(1.0),
        );
        stage.run(calls).await;
        let calls = stay_apart(
            async || sized::<1>(1).await,
            async || sized::<2>(1).await,
            2,
            3,
        );
        stage.run(calls).await;
        let calls = stay_apart(
            async || named(1_u8).await,
            async || named("1").await,
            "1".to_owned(),
            "\"1\"".to_owned(),
        );
        stage.run(calls).await;
    }
}

#[test]
fn the_keys_of_a_generic_function_name_its_types() {
    assert_ne!(
        parsed::key::<u64>("1".into()),
        parsed::key::<f64>("1".into())
    );
    assert_ne!(sized::key::<1>(1), sized::key::<2>(1));
    assert_eq!(sized::key::<1>(1), sized::key::<1>(1));
}
