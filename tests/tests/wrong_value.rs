//! Promise 7: never the value of another function, type or version.

use std::fmt::Debug;

use cache_runtime::cached;
use serde::{Serialize, de::DeserializeOwned};
use tests::stages;

/// The same function names in two modules.
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

/// Two releases of one function, as a pair of calls with the same argument and the same key:
/// standing in two blocks of one function, they have one path.
macro_rules! releases {
    ($(#[cached($($options:tt)*)] async fn $name:ident($($arguments:tt)*) -> $result:ty $body:block)*) => {
        ($({
            #[cached($($options)*)]
            async fn $name($($arguments)*) -> $result $body
            (async || $name(1, 2).await, $name::key(1, 2))
        }),*)
    };
}

#[tokio::test]
async fn a_changed_argument_order_is_another_function() {
    let ((old, old_key), (new, new_key)) = releases! {
        #[cached(prefix = "order")]
        async fn span(from: u64, to: u64) -> String { format!("{from} to {to}") }
        #[cached(prefix = "order")]
        async fn span(to: u64, from: u64) -> String { format!("{from} to {to}") }
    };
    assert_eq!(old_key, new_key);
    for stage in stages().await {
        let calls = stay_apart(&old, &new, "1 to 2".to_owned(), "2 to 1".to_owned());
        stage.run(calls).await;
    }
}

#[tokio::test]
async fn a_changed_return_type_is_a_miss() {
    let ((old, old_key), (new, new_key)) = releases! {
        #[cached(prefix = "type", key = "{id},{n}")]
        async fn typed(id: u64, n: u64) -> Vec<u64> { vec![id, n] }
        #[cached(prefix = "type", key = "{id},{n}")]
        async fn typed(id: u64, n: u64) -> [u64; 2] { [n, id] }
    };
    assert_eq!(old_key, new_key);
    for stage in stages().await {
        stage.run(stay_apart(&old, &new, vec![1, 2], [2, 1])).await;
    }
}

#[tokio::test]
async fn a_raised_version_is_a_miss() {
    let ((old, old_key), (new, new_key)) = releases! {
        #[cached(prefix = "version")]
        async fn sum(a: u64, b: u64) -> u64 { a + b }
        #[cached(prefix = "version", version = 2)]
        async fn sum(a: u64, b: u64) -> u64 { a * 10 + b }
    };
    assert_eq!(old_key, new_key);
    for stage in stages().await {
        stage.run(stay_apart(&old, &new, 3, 12)).await;
    }
}

/// Of one type, but not of one meaning.
#[cached(prefix = "user", key = "{id}")]
async fn first_name(id: u64) -> String {
    format!("first {id}")
}

#[cached(prefix = "user", key = "{id}")]
async fn last_name(id: u64) -> String {
    format!("last {id}")
}

#[tokio::test]
async fn two_functions_with_one_template_stay_apart() {
    assert_eq!(first_name::key(1), last_name::key(1));
    for stage in stages().await {
        let calls = stay_apart(
            async || first_name(1).await,
            async || last_name(1).await,
            "first 1".to_owned(),
            "last 1".to_owned(),
        );
        stage.run(calls).await;
    }
}

struct Repository<T>(T);

trait Named {
    async fn name(&self, id: u64) -> String;
}

impl<T: Debug + Send + Sync> Repository<T> {
    #[cached(skip(self))]
    async fn name(&self, id: u64) -> String {
        format!("inherent {:?} {id}", self.0)
    }

    #[cached(companion = none)]
    async fn kind(id: u64) -> String {
        format!("{} {id}", std::any::type_name::<T>())
    }
}

impl<T: Debug + Send + Sync> Named for Repository<T> {
    #[cached(skip(self), companion = none)]
    async fn name(&self, id: u64) -> String {
        format!("trait {:?} {id}", self.0)
    }
}

#[tokio::test]
async fn methods_of_one_name_stay_apart() {
    let (number, word) = (Repository(7), Repository("seven"));
    for stage in stages().await {
        let of_trait = stay_apart(
            async || number.name(1).await,
            async || Named::name(&number, 1).await,
            "inherent 7 1".to_owned(),
            "trait 7 1".to_owned(),
        );
        stage.run(of_trait).await;
        let of_types = stay_apart(
            async || number.name(1).await,
            async || word.name(1).await,
            "inherent 7 1".to_owned(),
            "inherent \"seven\" 1".to_owned(),
        );
        stage.run(of_types).await;
        let without_self = stay_apart(
            async || Repository::<u8>::kind(1).await,
            async || Repository::<u16>::kind(1).await,
            "u8 1".to_owned(),
            "u16 1".to_owned(),
        );
        stage.run(without_self).await;
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
