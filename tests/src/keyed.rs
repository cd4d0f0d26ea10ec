//! Cached functions whose keys are compared, in one process and between two.

use cache_runtime::{Key, cached};

use crate::value::{Value, from_seed};

/// One argument, default key.
#[cached(prefix = "one")]
pub async fn one(value: &Value) -> bool {
    matches!(value, Value::Unit)
}

/// Two arguments, default key.
#[cached(prefix = "two")]
pub async fn two(first: &Value, second: &Value) -> bool {
    first == second
}

/// Two arguments, a level each.
#[cached(prefix = "levels", key = "{first}:{second}")]
pub async fn levels(first: &Value, second: &Value) -> bool {
    first == second
}

/// Two arguments, one separator that values may contain.
#[cached(prefix = "dash", key = "{first}-{second}")]
pub async fn dash(first: &Value, second: &Value) -> bool {
    first == second
}

/// Two arguments and nothing between them.
#[cached(prefix = "bare", key = "{first}{second}")]
pub async fn bare(first: &Value, second: &Value) -> bool {
    first == second
}

/// A list whose order does not matter.
#[cached(prefix = "table", unordered(columns))]
pub async fn table(columns: Vec<Value>) -> usize {
    columns.len()
}

/// The keys of every function that takes two values.
pub fn keys_of_two(first: &Value, second: &Value) -> [Key; 4] {
    [
        two::key(first, second),
        levels::key(first, second),
        dash::key(first, second),
        bare::key(first, second),
    ]
}

/// All keys that belong to a seed.
pub fn keys_of(seed: u64) -> Vec<String> {
    let (first, second) = (from_seed(seed), from_seed(seed + 1));
    let mut keys = vec![one::key(&first)];
    keys.extend(keys_of_two(&first, &second));
    keys.push(table::key(vec![first, second]));
    keys.iter().map(Key::to_string).collect()
}
