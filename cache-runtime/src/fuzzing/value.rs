//! A value of serde's data model, whichever, made from bytes.

use arbitrary::Unstructured;
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// Serde's data model.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Bool(bool),
    Narrow(i16),
    Positive(u64),
    Signed(i128),
    Unsigned(u128),
    Single(f32),
    Double(f64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    Nothing,
    Some(Box<Value>),
    Unit,
    UnitStruct(&'static str),
    UnitVariant(&'static str, &'static str),
    Newtype(&'static str, Box<Value>),
    NewtypeVariant(&'static str, &'static str, Box<Value>),
    Seq(Vec<Value>),
    Tuple(Vec<Value>),
    TupleStruct(&'static str, Vec<Value>),
    TupleVariant(&'static str, &'static str, Vec<Value>),
    Map(Vec<(Value, Value)>),
    Struct(&'static str, Fields),
    StructVariant(&'static str, &'static str, Fields),
}

/// Names that can be mistaken for something else, as `#[serde(rename)]` allows them.
const NAMES: [&str; 12] = [
    "a", "b", "", "1", "true", "NaN", "a#b", "a,b", "x", "?", "<a>", "é:*",
];

type Fields = Vec<(&'static str, Value)>;

impl Value {
    pub(super) fn from_bytes(bytes: &mut Unstructured<'_>, depth: u32) -> arbitrary::Result<Self> {
        // What holds others comes last.
        let kind = bytes.int_in_range(0..=if depth == 0 { 14 } else { 23 })?;
        let name = |bytes: &mut Unstructured<'_>| bytes.choose(&NAMES).copied();
        let inner = |bytes: &mut Unstructured<'_>| Value::from_bytes(bytes, depth - 1);
        let boxed = |bytes: &mut Unstructured<'_>| inner(bytes).map(Box::new);
        let some = |bytes: &mut Unstructured<'_>| -> arbitrary::Result<Vec<Value>> {
            (0..bytes.int_in_range(0..=3)?)
                .map(|_| inner(bytes))
                .collect()
        };
        let fields = |bytes: &mut Unstructured<'_>| -> arbitrary::Result<Fields> {
            let mut one = || Ok((name(bytes)?, inner(bytes)?));
            Ok(vec![one()?, one()?])
        };
        Ok(match kind {
            0 => Value::Bool(bytes.arbitrary()?),
            1 => Value::Narrow(bytes.arbitrary()?),
            2 => Value::Positive(bytes.arbitrary()?),
            3 => Value::Signed(bytes.arbitrary()?),
            4 => Value::Unsigned(bytes.arbitrary()?),
            5 => Value::Single(f32::from_bits(bytes.arbitrary()?)),
            6 => Value::Double(f64::from_bits(bytes.arbitrary()?)),
            7 => Value::Char(bytes.arbitrary()?),
            8 | 9 => Value::Text(bytes.arbitrary()?),
            10 => Value::Bytes(bytes.arbitrary()?),
            11 => Value::Nothing,
            12 => Value::Unit,
            13 => Value::UnitStruct(name(bytes)?),
            14 => Value::UnitVariant(name(bytes)?, name(bytes)?),
            15 => Value::Some(boxed(bytes)?),
            16 => Value::Newtype(name(bytes)?, boxed(bytes)?),
            17 => Value::NewtypeVariant(name(bytes)?, name(bytes)?, boxed(bytes)?),
            18 => Value::Seq(some(bytes)?),
            19 => Value::Tuple(some(bytes)?),
            20 => Value::TupleStruct(name(bytes)?, some(bytes)?),
            21 => Value::TupleVariant(name(bytes)?, name(bytes)?, some(bytes)?),
            22 => Value::Map(some(bytes)?.into_iter().zip(some(bytes)?).collect()),
            _ if bytes.arbitrary()? => Value::Struct(name(bytes)?, fields(bytes)?),
            _ => Value::StructVariant(name(bytes)?, name(bytes)?, fields(bytes)?),
        })
    }

    /// The value in a form that is too simple to be wrong: a letter for its kind and all its
    /// parts, each with its length. Integers are equal by value, maps in any order; so is, if
    /// `unordered`, the outermost sequence.
    pub(super) fn plain(&self, unordered: bool) -> Vec<u8> {
        let all = |values: &[Value]| -> Vec<Vec<u8>> {
            values.iter().map(|value| value.plain(false)).collect()
        };
        let sorted = |mut all: Vec<Vec<u8>>, sort: bool| {
            if sort {
                all.sort();
            }
            all.concat()
        };
        let named = |names: &[&str]| -> Vec<u8> {
            names
                .iter()
                .flat_map(|name| joined(b'n', name.as_bytes()))
                .collect()
        };
        let fields = |fields: &Fields| -> Vec<u8> {
            let field =
                |(name, value): &(&str, Value)| [named(&[name]), value.plain(false)].concat();
            fields.iter().flat_map(field).collect()
        };
        match self {
            Value::Bool(value) => joined(b'b', &[u8::from(*value)]),
            Value::Narrow(value) => integer(*value < 0, i128::from(*value) as u128),
            Value::Positive(value) => integer(false, u128::from(*value)),
            Value::Signed(value) => integer(*value < 0, *value as u128),
            Value::Unsigned(value) => integer(false, *value),
            Value::Single(value) => joined(b'f', &value.to_bits().to_le_bytes()),
            Value::Double(value) => joined(b'd', &value.to_bits().to_le_bytes()),
            Value::Char(value) => joined(b'c', value.to_string().as_bytes()),
            Value::Text(value) => joined(b's', value.as_bytes()),
            Value::Bytes(value) => joined(b'x', value),
            Value::Nothing => joined(b'?', &[]),
            Value::Some(value) => joined(b'!', &value.plain(unordered)),
            Value::Unit => joined(b'u', &[]),
            Value::UnitStruct(name) => joined(b'U', &named(&[name])),
            Value::UnitVariant(name, variant) => joined(b'V', &named(&[name, variant])),
            Value::Newtype(name, value) => {
                joined(b'N', &[named(&[name]), value.plain(unordered)].concat())
            }
            Value::NewtypeVariant(name, variant, value) => joined(
                b'M',
                &[named(&[name, variant]), value.plain(false)].concat(),
            ),
            Value::Seq(values) => joined(b'[', &sorted(all(values), unordered)),
            Value::Tuple(values) => joined(b'(', &sorted(all(values), unordered)),
            Value::TupleStruct(name, values) => {
                joined(b'T', &[named(&[name]), all(values).concat()].concat())
            }
            Value::TupleVariant(name, variant, values) => joined(
                b'W',
                &[named(&[name, variant]), all(values).concat()].concat(),
            ),
            Value::Map(pairs) => {
                let pair = |(key, value): &(Value, Value)| {
                    joined(b'=', &[key.plain(false), value.plain(false)].concat())
                };
                joined(b'{', &sorted(pairs.iter().map(pair).collect(), true))
            }
            Value::Struct(name, of) => joined(b'S', &[named(&[name]), fields(of)].concat()),
            Value::StructVariant(name, variant, of) => {
                joined(b'R', &[named(&[name, variant]), fields(of)].concat())
            }
        }
    }

    /// The same with what it holds the other way round.
    pub(super) fn turned(&self) -> Self {
        let mut turned = self.clone();
        match &mut turned {
            Value::Seq(values)
            | Value::Tuple(values)
            | Value::TupleStruct(_, values)
            | Value::TupleVariant(_, _, values) => values.reverse(),
            Value::Map(pairs) => pairs.reverse(),
            Value::Struct(_, fields) | Value::StructVariant(_, _, fields) => fields.reverse(),
            Value::Some(value) | Value::Newtype(_, value) | Value::NewtypeVariant(_, _, value) => {
                **value = value.turned();
            }
            Value::Positive(value) => turned = Value::Signed(i128::from(*value)),
            Value::Narrow(value) => turned = Value::Unsigned(i128::from(*value) as u128),
            _ => {}
        }
        turned
    }
}

fn joined(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind][..], &(content.len() as u64).to_le_bytes(), content].concat()
}

fn integer(negative: bool, bits: u128) -> Vec<u8> {
    joined(
        b'i',
        &[&[u8::from(negative)][..], &bits.to_le_bytes()].concat(),
    )
}

/// As `derive` writes it.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Bool(value) => to.serialize_bool(*value),
            Value::Narrow(value) => to.serialize_i16(*value),
            Value::Positive(value) => to.serialize_u64(*value),
            Value::Signed(value) => to.serialize_i128(*value),
            Value::Unsigned(value) => to.serialize_u128(*value),
            Value::Single(value) => to.serialize_f32(*value),
            Value::Double(value) => to.serialize_f64(*value),
            Value::Char(value) => to.serialize_char(*value),
            Value::Text(value) => to.serialize_str(value),
            Value::Bytes(value) => to.serialize_bytes(value),
            Value::Nothing => to.serialize_none(),
            Value::Some(value) => to.serialize_some(value),
            Value::Unit => to.serialize_unit(),
            Value::UnitStruct(name) => to.serialize_unit_struct(name),
            Value::UnitVariant(name, variant) => to.serialize_unit_variant(name, 0, variant),
            Value::Newtype(name, value) => to.serialize_newtype_struct(name, value),
            Value::NewtypeVariant(name, variant, value) => {
                to.serialize_newtype_variant(name, 0, variant, value)
            }
            Value::Seq(values) => {
                let mut to = to.serialize_seq(None)?;
                values
                    .iter()
                    .try_for_each(|value| to.serialize_element(value))?;
                to.end()
            }
            Value::Tuple(values) => {
                let mut to = to.serialize_tuple(values.len())?;
                values
                    .iter()
                    .try_for_each(|value| to.serialize_element(value))?;
                to.end()
            }
            Value::TupleStruct(name, values) => {
                let mut to = to.serialize_tuple_struct(name, values.len())?;
                values
                    .iter()
                    .try_for_each(|value| to.serialize_field(value))?;
                to.end()
            }
            Value::TupleVariant(name, variant, values) => {
                let mut to = to.serialize_tuple_variant(name, 0, variant, values.len())?;
                values
                    .iter()
                    .try_for_each(|value| to.serialize_field(value))?;
                to.end()
            }
            Value::Map(pairs) => {
                let mut to = to.serialize_map(None)?;
                pairs
                    .iter()
                    .try_for_each(|(key, value)| to.serialize_entry(key, value))?;
                to.end()
            }
            Value::Struct(name, fields) => {
                let mut to = to.serialize_struct(name, fields.len())?;
                fields
                    .iter()
                    .try_for_each(|(name, value)| to.serialize_field(name, value))?;
                to.end()
            }
            Value::StructVariant(name, variant, fields) => {
                let mut to = to.serialize_struct_variant(name, 0, variant, fields.len())?;
                fields
                    .iter()
                    .try_for_each(|(name, value)| to.serialize_field(name, value))?;
                to.end()
            }
        }
    }
}
