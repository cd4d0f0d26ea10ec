//! Keys are equal exactly when what they were made from is.

use arbitrary::{Result, Unstructured};

use super::value::Value;
use crate::key::{Argument, Encoded, Function, Key, KeyParts, Part, Place};
use crate::scope::Stale;
use crate::tenant::Tenant;

/// Two values, a template and what fills it, from bytes.
pub fn key(bytes: &[u8]) {
    // Bytes that run out make small values, never an error worth hearing of.
    let _ = from_bytes(&mut Unstructured::new(bytes));
}

fn from_bytes(bytes: &mut Unstructured<'_>) -> Result<()> {
    let (one, other) = (Value::from_bytes(bytes, 4)?, Value::from_bytes(bytes, 4)?);
    for unordered in [false, true] {
        equal_as_values(&one, &other, unordered);
        // What is spelled as another value is.
        equal_as_values(&one, &Value::Text(text(&one, false)), unordered);
        equal_as_values(&one, &one.turned(), unordered);
    }
    let literals = [literal(bytes)?, literal(bytes)?];
    let mut values = || {
        Ok([
            one.clone(),
            Value::from_bytes(bytes, 2)?,
            Value::from_bytes(bytes, 2)?,
        ])
    };
    let (these, those) = (values()?, values()?);
    for template in [
        &["", "", ""],
        &["", &*literals[0], ""],
        &["x", &*literals[0], &*literals[1]],
    ] {
        let keys = [filled(template, &these), filled(template, &those)];
        let same = (0..3).all(|at| these[at].plain(false) == those[at].plain(false));
        assert_eq!(keys[0] == keys[1], same, "{keys:?}: {these:?}, {those:?}");
    }
    let whole: &str = bytes.arbitrary()?;
    splits_are_apart(whole, &literals[0]);
    Ok(())
}

fn equal_as_values(one: &Value, other: &Value, unordered: bool) {
    let texts = [text(one, unordered), text(other, unordered)];
    let same = one.plain(unordered) == other.plain(unordered);
    assert_eq!(texts[0] == texts[1], same, "{texts:?}: {one:?}, {other:?}");
}

fn text(value: &Value, unordered: bool) -> String {
    let mut out = String::new();
    value.write(&mut out, unordered).expect("it never refuses");
    assert!(!out.is_empty() && !out.starts_with('<'));
    assert!(
        !out.contains([':', '*']) && !out.contains(char::is_control),
        "{out:?}"
    );
    out
}

/// What the macros let a template say between placeholders.
fn literal(bytes: &mut Unstructured<'_>) -> Result<String> {
    let unfit = |c: char| c.is_control() || c.is_whitespace() || "\"%*".contains(c);
    let text: &str = bytes.arbitrary()?;
    Ok(text.chars().filter(|c| !unfit(*c)).take(8).collect())
}

static TEMPLATED: Function = Function {
    name: "f",
    prefix: Some("p"),
    templated: true,
    arguments: &[],
    version: 0,
    cache_none: false,
};
static PLAIN: Function = Function {
    templated: false,
    ..TEMPLATED
};

/// The key of these values, each after its literal. No value changes which level another is in,
/// and the key as it shows itself means the key.
fn filled(literals: &[&str; 3], values: &[Value; 3]) -> Key {
    let encoded = Encoded::new(&values[0]);
    let mut parts = Vec::new();
    for (literal, value) in literals.iter().zip(values) {
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        parts.push(match parts.len() {
            0 => Part::Encoded(&encoded),
            _ => Part::Value(value),
        });
    }
    let plain = literals.iter().all(|literal| literal.is_empty());
    let here = || ();
    let key = KeyParts {
        function: if plain { &PLAIN } else { &TEMPLATED },
        place: Place::of(&here),
        generics: &[],
        key: &parts,
    };
    let key = key.key(Tenant::named("acme"));
    let levels = 2 + usize::from(plain) + literals.concat().matches(':').count();
    assert_eq!(key.path().split(':').count(), levels, "{key:?}");
    if let Ok(stale) = Stale::pattern(key.tenant(), key.path()) {
        assert!(stale.contains(&Stale::Entry(key.clone())), "{key:?}");
    } else {
        let empty_level = key.path().split(':').any(str::is_empty);
        assert!(levels > 8 || empty_level, "{key:?} cannot be written");
    }
    key
}

/// `x-y-z` as `x` and `y-z`, and as `x-y` and `z`.
fn splits_are_apart(whole: &str, separator: &str) {
    if separator.is_empty() {
        return;
    }
    let keys = whole.match_indices(separator).take(8).map(|(at, _)| {
        let [before, after] = [&whole[..at], &whole[at + separator.len()..]];
        let values = [before, after].map(|text| Value::Text(text.to_owned()));
        filled(
            &["x", separator, "."],
            &[values[0].clone(), values[1].clone(), Value::Unit],
        )
    });
    let keys: Vec<Key> = keys.collect();
    for (at, key) in keys.iter().enumerate() {
        assert!(!keys[..at].contains(key), "{key:?} twice");
    }
}
