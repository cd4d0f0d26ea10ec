//! Equal calls give equal keys in every process; different calls never do.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use cache_runtime::{Key, cached, current};
use proptest::prelude::*;
use serde::{Serialize, Serializer};
use tests::keyed::{bare, dash, keys_of, keys_of_two, levels, one, table, two};
use tests::value::{Value, cases, values};
use tests::{CountingBody, RedisServer, Worker, patient, stages};

/// Every text met so far, with what it stands for: over all cases, not only within one.
struct Met<T>(RefCell<HashMap<String, T>>);

impl<T: PartialEq + std::fmt::Debug> Met<T> {
    fn nothing() -> Met<T> {
        Met(RefCell::default())
    }

    fn only_as(&self, key: &Key, meaning: T) {
        let mut met = self.0.borrow_mut();
        match met.get(&key.to_string()) {
            Some(other) => assert_eq!(other, &meaning, "both have the key {key}"),
            None => drop(met.insert(key.to_string(), meaning)),
        }
    }
}

#[test]
fn different_values_have_different_keys() {
    let met = Met::nothing();
    proptest!(cases(8_000), |(value in values())| {
        met.only_as(&one::key(&value), value.meaning());
    });
}

#[test]
fn different_pairs_of_values_have_different_keys() {
    let met = [(); 4].map(|()| Met::nothing());
    proptest!(cases(3_000), |(a in values(), b in values())| {
        // Halves of one pair meet those of another.
        for (a, b) in [(&a, &b), (&b, &a), (&a, &a)] {
            for (met, key) in met.iter().zip(keys_of_two(a, b)) {
                met.only_as(&key, (a.meaning(), b.meaning()));
            }
        }
    });
}

/// Strings built of separators, where a template without care would confuse two calls.
#[test]
fn strings_of_separators_do_not_run_into_each_other() {
    let met = [(); 4].map(|()| Met::nothing());
    let hostile = "[-:,<>%\"'a1]{0,4}";
    proptest!(cases(5_000), |(a in hostile, b in hostile)| {
        let (a, b) = (Value::Str(a), Value::Str(b));
        for (met, key) in met.iter().zip(keys_of_two(&a, &b)) {
            met.only_as(&key, (a.clone(), b.clone()));
        }
    });
}

#[test]
fn values_that_mean_the_same_have_the_same_key() {
    proptest!(cases(2_000), |(value in values())| {
        let disguised = value.in_disguise();
        prop_assert_eq!(one::key(&value), one::key(&disguised));
        prop_assert_eq!(one::key(&value), one::key(&value.meaning()));
        prop_assert_eq!(two::key(&value, &disguised), two::key(&disguised, &value));
    });
}

#[test]
fn an_unordered_list_has_one_key_in_any_order_and_as_often_as_it_repeats() {
    proptest!(cases(256), |(list in prop::collection::vec(values(), 0..5), at in 0..5_usize)| {
        let mut turned = list.clone();
        turned.rotate_left(at % list.len().max(1));
        prop_assert_eq!(table::key(list.clone()), table::key(turned));
        let mut longer = list.clone();
        longer.extend(list.first().cloned());
        prop_assert_eq!(table::key(list.clone()) == table::key(longer), list.is_empty());
    });
}

#[test]
fn a_path_has_no_levels_but_its_own_and_no_pattern() {
    proptest!(cases(1_000), |(a in values(), b in values())| {
        for (key, levels) in keys_of_two(&a, &b).iter().zip([3, 3, 2, 2]) {
            prop_assert_eq!(key.path().split(':').count(), levels, "{}", key);
            prop_assert!(!key.path().contains('*'), "{}", key);
            prop_assert!(!key.path().chars().any(char::is_control), "{:?}", key);
            prop_assert!(key.path().split(':').all(|level| !level.is_empty()));
        }
    });
}

#[tokio::test]
async fn keys_are_the_same_in_every_process() {
    let mut worker = Worker::start(env!("CARGO_BIN_EXE_worker"), &["keys"], &[]);
    for seed in 0..500 {
        let mut theirs = vec![worker.ask(&seed.to_string()).await];
        while theirs.last().is_some_and(|line| line != "done") {
            theirs.push(worker.line().await);
        }
        theirs.pop();
        let mine: Vec<String> = keys_of(seed)
            .iter()
            .map(|key| key.escape_debug().to_string())
            .collect();
        assert_eq!(mine, theirs, "seed {seed}");
    }
}

/// Types as people pass them.
#[derive(Clone, Serialize)]
struct Filter {
    owner: String,
    states: HashSet<u8>,
    limits: HashMap<String, Option<u64>>,
}

#[cached(prefix = "typed")]
async fn filtered(filter: &Filter) -> usize {
    filter.states.len()
}

#[cached(prefix = "typed")]
async fn sorted(states: &BTreeSet<u8>, limits: &BTreeMap<String, u64>) -> usize {
    states.len() + limits.len()
}

#[cached(prefix = "typed")]
async fn hashed(states: &HashSet<u8>, limits: &HashMap<String, u64>) -> usize {
    states.len() + limits.len()
}

#[test]
fn maps_and_sets_of_any_kind_and_order_have_one_key() {
    let numbers = [200, 3, 11, 2, 1, 100];
    let filter = |numbers: &[u8]| Filter {
        owner: "acme".into(),
        states: numbers.iter().copied().collect(),
        limits: numbers
            .iter()
            .map(|n| (n.to_string(), Some(u64::from(*n))))
            .collect(),
    };
    let mut reversed = numbers;
    reversed.reverse();
    for _ in 0..20 {
        // Each `HashMap` iterates in an order of its own.
        assert_eq!(
            filtered::key(&filter(&numbers)),
            filtered::key(&filter(&reversed))
        );
    }
    let limits = |n: &u8| (n.to_string(), u64::from(*n));
    let mine = hashed::key(&numbers.into(), &numbers.iter().map(limits).collect());
    let tree = sorted::key(&numbers.into(), &numbers.iter().map(limits).collect());
    assert_eq!(
        mine.to_string().replace("hashed", "sorted"),
        tree.to_string()
    );
}

#[test]
fn a_key_reads_like_the_call() {
    let text = |value: &str| Value::Str(value.into());
    assert_eq!(one::key(&Value::U64(42)).to_string(), "one:one:42");
    assert_eq!(
        two::key(&Value::I8(-1), &text("open")).to_string(),
        "two:two:-1,open"
    );
    assert_eq!(
        levels::key(&Value::U8(1), &text("a")).to_string(),
        "levels:1:a"
    );
    assert_eq!(dash::key(&Value::U8(1), &text("a")).to_string(), "dash:1-a");
    assert_ne!(
        bare::key(&text("ab"), &text("c")),
        bare::key(&text("a"), &text("bc"))
    );
    assert_ne!(one::key(&text("42")), one::key(&Value::U64(42)));
    assert_eq!(one::key(&Value::I128(42)), one::key(&Value::U8(42)));
}

/// An argument that cannot be written.
#[derive(Clone)]
struct Refuses;

impl Serialize for Refuses {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it refuses"))
    }
}

#[cached(prefix = "refusing", skip(body))]
async fn refusing(body: CountingBody, argument: Refuses) -> u64 {
    let Refuses = argument;
    body.run(async { 7 }).await
}

#[tokio::test]
async fn an_argument_that_refuses_to_be_written_is_computed_and_not_cached() {
    for stage in stages().await {
        let body = CountingBody::new();
        stage
            .run(async {
                for runs in 1..=3 {
                    assert_eq!(refusing(body.clone(), Refuses).await, 7);
                    assert_eq!(body.runs(), runs);
                }
                refusing::invalidate(Refuses).await.unwrap_err();
                current().settled().await;
            })
            .await;
        assert_eq!(stage.cache.stats().stored, 0);
    }
}

/// The digest of 128 bits is what stands for a long key in Redis; short ones stay readable.
#[tokio::test]
async fn keys_in_redis_are_readable_or_bounded_and_never_shared() {
    let server = RedisServer::start();
    let cache = patient(&server).namespace("qa").connect().await.unwrap();
    cache_runtime::with_cache(
        cache,
        cache_runtime::with_tenant("acme", async {
            let texts = [
                "plain",
                "*",
                "a:b",
                "{x}",
                "\0",
                "\n",
                "\u{1F600}",
                "a b",
                "",
                "42",
            ];
            let long = (0..3).map(|n| format!("{}{n}", "long".repeat(5_000)));
            let texts: Vec<String> = texts.iter().map(ToString::to_string).chain(long).collect();
            for text in &texts {
                one(&Value::Str(text.clone())).await;
                one(&Value::Str(text.clone())).await;
            }
            let entries: Vec<String> = server
                .keys()
                .into_iter()
                .filter(|key| key.starts_with("qa:e:"))
                .collect();
            assert_eq!(entries.len(), texts.len(), "{entries:?}");
            let plain = |key: &&String| key.starts_with("qa:e:{acme}:one:one:plain#");
            assert_eq!(entries.iter().filter(plain).count(), 1, "{entries:?}");
            for key in entries {
                assert!(key.len() < 512, "{} bytes", key.len());
                assert_eq!(key.matches('{').count(), 1, "one hash tag: {key}");
            }
        }),
    )
    .await;
}
