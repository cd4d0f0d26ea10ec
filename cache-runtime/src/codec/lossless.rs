//! JSON has one `null` for `None`, `()`, a NaN and an infinity. A value in which one of them
//! would come back as another is refused here: it is computed each time rather than stored and
//! read back wrongly.

use std::fmt::Display;

use serde::ser::{self, Serialize};

/// Says why `value` would not come back from JSON as it is.
pub(super) fn check<T: Serialize + ?Sized>(value: &T) -> Result<(), String> {
    match value.serialize(Check) {
        Ok(_) => Ok(()),
        Err(Lossy(why)) => Err(why),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Lossy(String);

impl ser::Error for Lossy {
    fn custom<T: Display>(message: T) -> Self {
        Lossy(message.to_string())
    }
}

/// Walks a value; each part answers whether JSON writes it as `null`.
struct Check;

fn finite(finite: bool) -> Result<bool, Lossy> {
    match finite {
        true => Ok(false),
        false => Err(Lossy(
            "JSON has no NaN and no infinity; return an `Option`, or an error, in their place"
                .into(),
        )),
    }
}

macro_rules! plain {
    ($($method:ident: $type:ty),*) => {$(
        fn $method(self, _: $type) -> Result<bool, Lossy> {
            Ok(false)
        }
    )*};
}

impl ser::Serializer for Check {
    type Ok = bool;
    type Error = Lossy;
    type SerializeSeq = Check;
    type SerializeTuple = Check;
    type SerializeTupleStruct = Check;
    type SerializeTupleVariant = Check;
    type SerializeMap = Check;
    type SerializeStruct = Check;
    type SerializeStructVariant = Check;

    plain! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32,
        serialize_i64: i64, serialize_i128: i128, serialize_u8: u8, serialize_u16: u16,
        serialize_u32: u32, serialize_u64: u64, serialize_u128: u128, serialize_char: char,
        serialize_str: &str, serialize_bytes: &[u8]
    }

    fn serialize_f32(self, value: f32) -> Result<bool, Lossy> {
        finite(value.is_finite())
    }

    fn serialize_f64(self, value: f64) -> Result<bool, Lossy> {
        finite(value.is_finite())
    }

    fn serialize_none(self) -> Result<bool, Lossy> {
        Ok(true)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<bool, Lossy> {
        match value.serialize(Check)? {
            true => Err(Lossy(
                "JSON cannot tell `Some(None)` or `Some(())` from `None`; use an enum in its place"
                    .into(),
            )),
            false => Ok(false),
        }
    }

    fn serialize_unit(self) -> Result<bool, Lossy> {
        Ok(true)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<bool, Lossy> {
        Ok(true)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
    ) -> Result<bool, Lossy> {
        Ok(false)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<bool, Lossy> {
        value.serialize(Check)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<bool, Lossy> {
        value.serialize(Check)?;
        Ok(false)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Check, Lossy> {
        Ok(Check)
    }

    fn serialize_tuple(self, _: usize) -> Result<Check, Lossy> {
        Ok(Check)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Check, Lossy> {
        Ok(Check)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Check, Lossy> {
        Ok(Check)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Check, Lossy> {
        Ok(Check)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Check, Lossy> {
        Ok(Check)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Check, Lossy> {
        Ok(Check)
    }
}

macro_rules! each_part {
    ($($trait:ident: $($method:ident($($name:ident: $type:ty)?)),*;)*) => {$(
        impl ser::$trait for Check {
            type Ok = bool;
            type Error = Lossy;

            $(fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($name: $type,)?
                value: &T,
            ) -> Result<(), Lossy> {
                value.serialize(Check).map(drop)
            })*

            fn end(self) -> Result<bool, Lossy> {
                Ok(false)
            }
        }
    )*};
}
each_part! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeMap: serialize_key(), serialize_value();
    SerializeStruct: serialize_field(_name: &'static str);
    SerializeStructVariant: serialize_field(_name: &'static str);
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_json_would_confuse_is_refused() {
        assert!(check(&Some(f64::NAN)).is_err());
        assert!(check(&vec![f32::INFINITY]).is_err());
        assert!(check(&Some(None::<u32>)).is_err());
        assert!(check(&(1, Some(()))).is_err());
        assert!(check(&(Some(1), None::<u32>, (), 1.5, "text")).is_ok());
    }
}
