//! Strategies that prefer what is easily confused: short texts of special characters, small
//! numbers, the same few names for everything.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::{Name, Value};

/// Any value, a few levels deep.
pub fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        integers(),
        floats(),
        special_chars().prop_map(Value::Char),
        strings().prop_map(Value::Str),
        vec(prop_oneof![Just(0), Just(b'1'), any::<u8>()], 0..4).prop_map(Value::Bytes),
        Just(Value::None),
        Just(Value::Unit),
        names().prop_map(Value::UnitStruct),
        (names(), names()).prop_map(|(name, variant)| Value::UnitVariant(name, variant)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let list = vec(inner.clone(), 0..4);
        let fields = vec((names(), inner.clone()), 0..4);
        prop_oneof![
            boxed.clone().prop_map(Value::Some),
            (names(), boxed.clone()).prop_map(|(n, v)| Value::NewtypeStruct(n, v)),
            (names(), names(), boxed).prop_map(|(n, k, v)| Value::NewtypeVariant(n, k, v)),
            list.clone().prop_map(Value::Seq),
            btree_set(inner.clone(), 0..4).prop_map(meant_once),
            list.clone().prop_map(Value::Tuple),
            (names(), list.clone()).prop_map(|(n, v)| Value::TupleStruct(n, v)),
            (names(), names(), list).prop_map(|(n, k, v)| Value::TupleVariant(n, k, v)),
            vec((inner.clone(), inner), 0..4).prop_map(Value::Map),
            (names(), fields.clone()).prop_map(|(n, v)| Value::Struct(n, v)),
            (names(), names(), fields).prop_map(|(n, k, v)| Value::StructVariant(n, k, v)),
        ]
    })
}

/// So many cases; what failed is printed, and not kept in a file.
pub fn cases(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    }
}

/// The value that belongs to a seed, the same in every process.
pub fn from_seed(seed: u64) -> Value {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let tree = values().new_tree(&mut runner);
    tree.expect("nothing is filtered").current()
}

/// Of elements that mean the same (`1_u8`, `1_i64`), a set of one type has only one.
fn meant_once(elements: std::collections::BTreeSet<Value>) -> Value {
    Value::Set(elements.iter().map(Value::meaning).collect())
}

fn integers() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i8>().prop_map(Value::I8),
        any::<i16>().prop_map(Value::I16),
        (-3..3).prop_map(Value::I32),
        any::<i64>().prop_map(Value::I64),
        prop_oneof![any::<i128>(), Just(i128::MIN), Just(-1)].prop_map(Value::I128),
        (0_u8..5).prop_map(Value::U8),
        any::<u16>().prop_map(Value::U16),
        any::<u32>().prop_map(Value::U32),
        prop_oneof![any::<u64>(), Just(u64::MAX)].prop_map(Value::U64),
        prop_oneof![any::<u128>(), Just(u128::MAX)].prop_map(Value::U128),
    ]
}

/// By bits: any of them, and those that are printed alike or not at all.
fn floats() -> impl Strategy<Value = Value> {
    let special = [
        0.0,
        -0.0,
        1.0,
        1.5,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        f64::MIN_POSITIVE,
    ];
    prop_oneof![
        any::<u32>().prop_map(Value::F32),
        any::<u64>().prop_map(Value::F64),
        (1_u64..4).prop_map(|payload| Value::F64(f64::NAN.to_bits() | payload)),
        select(special.to_vec()).prop_map(|value| Value::F64(value.to_bits())),
        select(special.to_vec()).prop_map(|value| Value::F32((value as f32).to_bits())),
    ]
}

fn special_chars() -> impl Strategy<Value = char> {
    select(SPECIAL.chars().collect::<Vec<_>>())
}

/// Everything that means something in a key, a pattern, a hash tag or a number.
const SPECIAL: &str =
    ":,*{}<>()[]?#='\"%\\/.-+_ |\0\n0123f2eExNanItrue\u{e9}\u{130}\u{1F600}\u{FEFF}";

fn strings() -> impl Strategy<Value = String> {
    prop_oneof![
        vec(special_chars(), 0..6).prop_map(String::from_iter),
        select(LOOK_ALIKES.to_vec()).prop_map(str::to_owned),
        any::<String>(),
        // Longer than any part of a key that is kept readable.
        (0..3_usize).prop_map(|n| format!("{}{n}", "long,:".repeat(300))),
    ]
}

/// Strings that look like the encoding of something else.
const LOOK_ALIKES: [&str; 24] = [
    "", "0", "1", "-1", "1.0", "1.0f32", "1e3", "NaN", "inf", "-inf", "infinity", "nan", "true",
    "?", "?5", "()", "[]", "{}", "x'00'", "A#B", "A(1)", "a,b", "\"a\"", "%3A",
];

fn names() -> impl Strategy<Value = Name> + Clone {
    select(vec![
        "A", "B", "a", "AB", "", "NaN", "x", "1", "A#B", "A(", "true", "\u{e9}",
    ])
}
