//! Promise 7: never the wrong value. What fits no reader is a miss, repaired by the next fill.

use std::fmt::Debug;

use cache_runtime::{Cache, cached, with_cache};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tests::{RedisServer, patient, stages};

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

/// Every entry is overwritten with what `damage` makes of it; the calls must not notice.
async fn unharmed(damage: impl Fn(&[u8]) -> Vec<Vec<u8>>) {
    let server = RedisServer::start();
    let cache = patient(&server).connect().await.unwrap();
    with_cache(cache.clone(), intact(&cache)).await;
    let entry = server
        .keys()
        .into_iter()
        .find(|key| key.contains(":e:"))
        .unwrap();
    let stored: Vec<u8> = server.cli(&["GET", &entry]);
    for damaged in damage(&stored) {
        if damaged == stored {
            continue;
        }
        let mut connection = server.connection();
        redis::cmd("SET")
            .arg(&entry)
            .arg(&damaged)
            .exec(&mut connection)
            .unwrap();
        with_cache(cache.clone(), intact(&cache)).await;
    }
}

/// The value is right, and from the second call on it is stored again.
async fn intact(cache: &Cache) {
    let expected: Vec<String> = (0..5).map(|n| format!("value {n}")).collect();
    assert_eq!(list().await, expected);
    let hits = cache.stats().hits;
    tests::eventually("the entry is repaired", async || {
        assert_eq!(list().await, expected);
        cache.stats().hits > hits
    })
    .await;
}

#[cached(prefix = "damaged")]
async fn list() -> Vec<String> {
    (0..5).map(|n| format!("value {n}")).collect()
}

#[tokio::test]
async fn a_truncated_entry_is_a_miss() {
    unharmed(|stored| {
        (0..stored.len())
            .map(|length| stored[..length].to_vec())
            .collect()
    })
    .await;
}

#[tokio::test]
async fn an_entry_with_one_changed_byte_is_a_miss() {
    unharmed(|stored| {
        let changed = (0..stored.len()).map(|at| {
            let mut changed = stored.to_vec();
            changed[at] ^= 1 << (at % 8);
            changed
        });
        changed.collect()
    })
    .await;
}

#[tokio::test]
async fn random_bytes_under_our_key_are_a_miss() {
    unharmed(|stored| {
        let mut chance = fastrand::Rng::with_seed(7);
        let random = (0..200).map(|n| {
            // Half of them begin as an entry does.
            let mut bytes = if n % 2 == 0 {
                Vec::new()
            } else {
                stored[..stored.len() / 2].to_vec()
            };
            bytes.extend(std::iter::repeat_with(|| chance.u8(..)).take(n));
            bytes
        });
        random.collect()
    })
    .await;
}

#[tokio::test]
async fn a_key_of_another_kind_under_our_name_is_no_obstacle() {
    let server = RedisServer::start();
    let cache = patient(&server).connect().await.unwrap();
    with_cache(cache.clone(), intact(&cache)).await;
    for key in server.keys() {
        let _: u64 = server.cli(&["DEL", &key]);
        let _: u64 = server.cli(&["RPUSH", &key, "a list"]);
    }
    with_cache(cache, async {
        for _ in 0..3 {
            assert_eq!(list().await.len(), 5);
        }
    })
    .await;
}

/// An entry of one key, moved under another by hand.
#[tokio::test]
async fn an_entry_under_a_foreign_key_is_a_miss() {
    let server = RedisServer::start();
    let cache = patient(&server).connect().await.unwrap();
    let fill = async |id| {
        with_cache(cache.clone(), async {
            assert_eq!(one::versioned(id).await, id);
            assert_eq!(one::versioned(id).await, id);
        })
        .await;
    };
    fill(1).await;
    fill(2).await;
    let entries: Vec<String> = server
        .keys()
        .into_iter()
        .filter(|key| key.contains(":e:"))
        .collect();
    assert_eq!(entries.len(), 2, "{entries:?}");
    let first: Vec<u8> = server.cli(&["GET", &entries[0]]);
    let set = redis::cmd("SET")
        .arg(&entries[1])
        .arg(first)
        .exec(&mut server.connection());
    set.unwrap();
    fill(1).await;
    fill(2).await;
}
