//! Values over serde's whole data model, for the tests of keys: every method of `Serializer`
//! is reached by a variant.

mod generate;
mod serialize;

use std::collections::BTreeSet;

pub use generate::{cases, from_seed, values};

/// One value of serde's data model. Floats are their bits; names are from a fixed list, for
/// serde wants them `'static`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the serde type of its name")]
pub enum Value {
    Bool(bool),
    I8(i8),
    I16(i16),
    I32(i32),
    I64(i64),
    I128(i128),
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    U128(u128),
    F32(u32),
    F64(u64),
    Char(char),
    Str(String),
    Bytes(Vec<u8>),
    None,
    Some(Box<Value>),
    Unit,
    UnitStruct(Name),
    UnitVariant(Name, Name),
    NewtypeStruct(Name, Box<Value>),
    NewtypeVariant(Name, Name, Box<Value>),
    Seq(Vec<Value>),
    /// A `HashSet`, inside a newtype of its own: serde's data model knows no sets, so bare
    /// it would be the same as a list.
    Set(BTreeSet<Value>),
    Tuple(Vec<Value>),
    TupleStruct(Name, Vec<Value>),
    TupleVariant(Name, Name, Vec<Value>),
    Map(Vec<(Value, Value)>),
    Struct(Name, Vec<(Name, Value)>),
    StructVariant(Name, Name, Vec<(Name, Value)>),
}

/// The name of a type, a variant or a field.
pub type Name = &'static str;

impl Value {
    /// The same value written another way: integers in their widest type, maps in order.
    /// Two values mean the same exactly if these are equal.
    pub fn meaning(&self) -> Value {
        self.rewritten(|integer| integer, |pairs| pairs.sort())
    }

    /// The same value with integers in their narrowest type and maps in reverse order.
    pub fn in_disguise(&self) -> Value {
        self.rewritten(narrowed, |pairs| pairs.reverse())
    }

    fn rewritten(&self, integer: fn(Value) -> Value, order: fn(&mut [(Value, Value)])) -> Value {
        let again = |value: &Value| value.rewritten(integer, order);
        let boxed = |value: &Value| Box::new(again(value));
        let all = |values: &[Value]| values.iter().map(again).collect::<Vec<_>>();
        let fields = |fields: &[(Name, Value)]| {
            fields
                .iter()
                .map(|(name, value)| (*name, again(value)))
                .collect::<Vec<_>>()
        };
        match self {
            Value::I8(n) => integer(widest(i128::from(*n))),
            Value::I16(n) => integer(widest(i128::from(*n))),
            Value::I32(n) => integer(widest(i128::from(*n))),
            Value::I64(n) => integer(widest(i128::from(*n))),
            Value::I128(n) => integer(widest(*n)),
            Value::U8(n) => integer(Value::U128(u128::from(*n))),
            Value::U16(n) => integer(Value::U128(u128::from(*n))),
            Value::U32(n) => integer(Value::U128(u128::from(*n))),
            Value::U64(n) => integer(Value::U128(u128::from(*n))),
            Value::U128(n) => integer(Value::U128(*n)),
            Value::Some(value) => Value::Some(boxed(value)),
            Value::NewtypeStruct(name, value) => Value::NewtypeStruct(name, boxed(value)),
            Value::NewtypeVariant(name, variant, value) => {
                Value::NewtypeVariant(name, variant, boxed(value))
            }
            Value::Seq(values) => Value::Seq(all(values)),
            Value::Set(values) => Value::Set(values.iter().map(again).collect()),
            Value::Tuple(values) => Value::Tuple(all(values)),
            Value::TupleStruct(name, values) => Value::TupleStruct(name, all(values)),
            Value::TupleVariant(name, variant, values) => {
                Value::TupleVariant(name, variant, all(values))
            }
            Value::Map(pairs) => {
                let mut pairs: Vec<_> = pairs.iter().map(|(k, v)| (again(k), again(v))).collect();
                order(&mut pairs);
                Value::Map(pairs)
            }
            Value::Struct(name, values) => Value::Struct(name, fields(values)),
            Value::StructVariant(name, variant, values) => {
                Value::StructVariant(name, variant, fields(values))
            }
            plain => plain.clone(),
        }
    }
}

fn widest(number: i128) -> Value {
    u128::try_from(number).map_or(Value::I128(number), Value::U128)
}

fn narrowed(integer: Value) -> Value {
    match integer {
        Value::U128(n) => u8::try_from(n).map_or(Value::U128(n), Value::U8),
        Value::I128(n) => i16::try_from(n).map_or(Value::I128(n), Value::I16),
        other => other,
    }
}
