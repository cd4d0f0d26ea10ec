//! Each variant calls the method of `Serializer` it is named after.

use std::collections::HashSet;

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::Value;

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Bool(value) => to.serialize_bool(*value),
            Value::I8(value) => to.serialize_i8(*value),
            Value::I16(value) => to.serialize_i16(*value),
            Value::I32(value) => to.serialize_i32(*value),
            Value::I64(value) => to.serialize_i64(*value),
            Value::I128(value) => to.serialize_i128(*value),
            Value::U8(value) => to.serialize_u8(*value),
            Value::U16(value) => to.serialize_u16(*value),
            Value::U32(value) => to.serialize_u32(*value),
            Value::U64(value) => to.serialize_u64(*value),
            Value::U128(value) => to.serialize_u128(*value),
            Value::F32(bits) => to.serialize_f32(f32::from_bits(*bits)),
            Value::F64(bits) => to.serialize_f64(f64::from_bits(*bits)),
            Value::Char(value) => to.serialize_char(*value),
            Value::Str(value) => to.serialize_str(value),
            Value::Bytes(value) => to.serialize_bytes(value),
            Value::None => to.serialize_none(),
            Value::Some(value) => to.serialize_some(value),
            Value::Unit => to.serialize_unit(),
            Value::UnitStruct(name) => to.serialize_unit_struct(name),
            Value::UnitVariant(name, variant) => {
                to.serialize_unit_variant(name, index(variant), variant)
            }
            Value::NewtypeStruct(name, value) => to.serialize_newtype_struct(name, value),
            Value::NewtypeVariant(name, variant, value) => {
                to.serialize_newtype_variant(name, index(variant), variant, value)
            }
            Value::Seq(values) => {
                let mut seq = to.serialize_seq(None)?;
                for value in values {
                    seq.serialize_element(value)?;
                }
                seq.end()
            }
            Value::Set(values) => {
                // A real `HashSet`, whose order differs from process to process.
                let set: HashSet<&Value> = values.iter().collect();
                to.serialize_newtype_struct("TheSet", &set)
            }
            Value::Tuple(values) => {
                let mut tuple = to.serialize_tuple(values.len())?;
                for value in values {
                    tuple.serialize_element(value)?;
                }
                tuple.end()
            }
            Value::TupleStruct(name, values) => {
                let mut tuple = to.serialize_tuple_struct(name, values.len())?;
                for value in values {
                    tuple.serialize_field(value)?;
                }
                tuple.end()
            }
            Value::TupleVariant(name, variant, values) => {
                let length = values.len();
                let mut tuple =
                    to.serialize_tuple_variant(name, index(variant), variant, length)?;
                for value in values {
                    tuple.serialize_field(value)?;
                }
                tuple.end()
            }
            Value::Map(pairs) => {
                let mut map = to.serialize_map(None)?;
                for (key, value) in pairs {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
            Value::Struct(name, fields) => {
                let mut all = to.serialize_struct(name, fields.len())?;
                for (name, value) in fields {
                    all.serialize_field(name, value)?;
                }
                all.end()
            }
            Value::StructVariant(name, variant, fields) => {
                let length = fields.len();
                let mut all = to.serialize_struct_variant(name, index(variant), variant, length)?;
                for (name, value) in fields {
                    all.serialize_field(name, value)?;
                }
                all.end()
            }
        }
    }
}

/// Some number that belongs to the variant; its name is what counts.
fn index(variant: &str) -> u32 {
    variant.bytes().map(u32::from).sum()
}
