//! The bytes of keys and entries, kept for ever: a change is a new wire version, or a mistake.

use std::fmt::Write as _;
use std::path::Path;

use cache_runtime::{Key, WIRE_VERSION, cached, with_cache, with_tenant};
use serde::{Deserialize, Serialize};
use tests::keyed::{bare, dash, levels, one, table, two};
use tests::value::Value;
use tests::{RedisServer, patient};

/// Where an entry holds what differs from run to run: its stamp, when it was stored, and the
/// checksum over both.
const VARYING: [std::ops::Range<usize>; 3] = [2..18, 34..42, 50..58];

#[tokio::test]
async fn keys_and_entries_change_only_with_the_wire_version() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("golden/wire_version_{WIRE_VERSION}.txt"));
    let now = format!("{}\n{}", keys(), entries().await);
    if !file.exists() && std::env::var_os("GOLDEN").is_some_and(|wanted| wanted == "write") {
        std::fs::write(&file, &now).unwrap();
    }
    let then = std::fs::read_to_string(&file).unwrap_or_else(|_| {
        panic!(
            "wire version {WIRE_VERSION} has no golden file yet\n\
             help: `GOLDEN=write cargo test -p tests --test golden` writes {}",
            file.display()
        )
    });
    for (then, now) in then.lines().zip(now.lines()) {
        assert_eq!(then, now, "{ADVICE}");
    }
    assert_eq!(then.lines().count(), now.lines().count(), "{ADVICE}");
}

const ADVICE: &str = "keys or entries are no longer what they were\n\
    help: if that is meant, raise WIRE_VERSION, so that entries of both kinds never meet; \
    files of older versions stay as they are";

fn keys() -> String {
    let text = |value: &str| Value::Str(value.to_owned());
    let boxed = |value: Value| Box::new(value);
    let values = vec![
        Value::Bool(true),
        Value::I8(-7),
        Value::U64(42),
        Value::I128(i128::MIN),
        Value::U128(u128::MAX),
        Value::F32(1.5_f32.to_bits()),
        Value::F64(1.0_f64.to_bits()),
        Value::F64((-0.0_f64).to_bits()),
        Value::F64(f64::NAN.to_bits()),
        Value::F64(f64::INFINITY.to_bits()),
        Value::Char('c'),
        Value::Char('*'),
        text("plain"),
        text("f\u{fc}r"),
        text(""),
        text("42"),
        text("1e3"),
        text("true"),
        text("a:b,c*d{e}f%g\"h'i\\j"),
        text("\0\n\u{1F600}"),
        text(&"long argument, ".repeat(40)),
        Value::Bytes(vec![0, 255, 10]),
        Value::None,
        Value::Some(boxed(Value::None)),
        Value::Some(boxed(Value::U8(5))),
        Value::Unit,
        Value::UnitStruct("Unit"),
        Value::UnitVariant("Status", "Open"),
        Value::NewtypeStruct("Id", boxed(Value::U8(5))),
        Value::NewtypeVariant("Status", "Since", boxed(Value::U8(5))),
        Value::Seq(vec![Value::U8(2), Value::U8(1)]),
        Value::Seq(vec![]),
        Value::Set([Value::U8(2), Value::U8(1), Value::U8(10)].into()),
        Value::Tuple(vec![]),
        Value::TupleStruct("Unit", vec![]),
        Value::Tuple(vec![Value::U8(1)]),
        Value::Tuple(vec![Value::U8(1), text("a")]),
        Value::TupleStruct("Pair", vec![Value::U8(1), Value::U8(2)]),
        Value::TupleVariant("Status", "Pair", vec![Value::U8(1), Value::U8(2)]),
        Value::Map(vec![(text("b"), Value::U8(1)), (text("a"), Value::U8(2))]),
        Value::Struct(
            "Page",
            vec![("offset", Value::U8(0)), ("limit", Value::U8(20))],
        ),
        Value::StructVariant("Status", "At", vec![("n", Value::U8(1))]),
    ];
    let mut keys: Vec<Key> = values.iter().map(one::key).collect();
    let (a, b) = (text("x-y"), text("a:b"));
    keys.extend([
        two::key(&a, &b),
        levels::key(&a, &b),
        dash::key(&a, &b),
        bare::key(&a, &b),
    ]);
    keys.push(table::key(vec![text("b"), text("a")]));
    let mut lines = String::from("# keys\n");
    for key in keys {
        let _ = writeln!(lines, "{key}");
    }
    lines
}

/// A value with a type name of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Suite {
    id: u64,
    name: String,
}

#[cached(ttl = 300, prefix = "golden")]
async fn suite(id: u64) -> Suite {
    Suite {
        id,
        name: "smoke".into(),
    }
}

#[cached(ttl = never, prefix = "golden", key = "ratio:{id}", version = 2)]
async fn ratio(id: u64) -> Result<f64, String> {
    Ok(id as f64 / 10.0)
}

#[cached(ttl = "1h", prefix = "golden", cache_none)]
async fn nothing(id: u64) -> Option<u64> {
    (id > 100).then_some(id)
}

/// Each key in Redis and its bytes, with dots for those that vary.
async fn entries() -> String {
    let server = RedisServer::start();
    let cache = patient(&server)
        .namespace("golden")
        .connect()
        .await
        .unwrap();
    let long = Value::Str("long argument, ".repeat(40));
    let calls = async {
        for _ in 0..2 {
            suite(42).await;
            ratio(3).await.unwrap();
            nothing(7).await;
            one(&long).await;
            one(&Value::Str("a:*{b}".into())).await;
        }
    };
    with_cache(cache.clone(), with_tenant("acme", calls)).await;
    with_cache(cache.clone(), with_tenant("{a}:*", suite(1))).await;
    with_cache(cache.clone(), suite(1)).await;
    with_cache(cache, async { suite(1).await }).await;
    let mut lines = String::from("# entries\n");
    for key in server.keys() {
        // Which types of key there are is part of the format; what epochs hold is chance.
        if !key.contains(":e:") {
            continue;
        }
        let bytes: Vec<u8> = server.cli(&["GET", &key]);
        let _ = write!(lines, "{} ", key.escape_debug());
        for (at, byte) in bytes.iter().enumerate() {
            if VARYING.iter().any(|range| range.contains(&at)) {
                lines.push_str("..");
            } else {
                let _ = write!(lines, "{byte:02x}");
            }
        }
        lines.push('\n');
    }
    lines
}
