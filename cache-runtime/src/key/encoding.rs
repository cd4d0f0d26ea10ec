//! One value of serde's data model → one text, injectively: different values give different
//! texts, equal values equal ones, in every process.
//!
//! | value | text |
//! |---|---|
//! | `true`, `42`, `-7` | `true`, `42`, `-7` (integers of every width alike) |
//! | `1.0_f64`, `1.5_f32`, a NaN | `1.0`, `1.5f32`, `NaN(7ff8000000000000)` |
//! | `'c'`, `"name"`, `"42"`, `"a:b"` | `'c'`, `name`, `"42"`, `"a%3Ab"` |
//! | bytes | `x'0aff'` |
//! | `None`, `Some(5)`, `Some(None)` | `?`, `?5`, `??` |
//! | `()`, `Unit`, `Id(5)`, `(1,2)`, `Pair(1,2)` | `()`, `Unit()`, `Id(5)`, `(1,2)`, `Pair(1,2)` |
//! | `[1,2]`, a set | `[1,2]`, sorted |
//! | a map | `{k=v,…}`, sorted |
//! | `Page { n: 1 }` | `Page{n=1}` |
//! | `Status::Open`, `::Id(5)`, `::Pair(1,2)`, `::At { n: 1 }` | `Status#Open`, `Status#Id(5)`, … |
//!
//! A string stands bare only if nothing else could be written that way; otherwise it is quoted.
//! Tuples of one or none have a comma, so that they differ from newtypes and units. No text contains `:`
//! or `*`, and `,` only inside brackets or quotes. Integers are equal when their values are:
//! so a mutator's `i64` id reaches what a reader's `u64` id stored.

use std::fmt::{Display, Write as _};

use serde::ser::{self, Serialize};
use sha2::{Digest as _, Sha256};

/// Appends the text of `value`.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T, out: &mut String) -> Result<(), Refused> {
    value.serialize(Encoder { out, sorted: false })
}

/// As [`encode`], but a sequence is written in sorted order.
pub(crate) fn encode_unordered<T: Serialize + ?Sized>(
    value: &T,
    out: &mut String,
) -> Result<(), Refused> {
    value.serialize(Encoder { out, sorted: true })
}

/// Percent-encodes every character that `keep` does not keep.
pub(crate) fn escaped(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if keep(c) {
            out.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// The first 128 bits of SHA-256, as 16 bytes.
pub(crate) fn digest(text: impl AsRef<[u8]>) -> [u8; 16] {
    let whole = Sha256::digest(text.as_ref());
    let mut half = [0; 16];
    half.copy_from_slice(&whole[..16]);
    half
}

/// All 256 bits in hexadecimal digits.
pub(crate) fn whole_digest_hex(text: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(text.as_ref()))
}

/// The first 128 bits in hexadecimal digits.
pub(crate) fn digest_hex(text: impl AsRef<[u8]>) -> String {
    hex(&digest(text))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// A text no longer than `longest` as it is, a longer one cut and ended by `#` and its digest.
/// `#` marks the cut: an uncut text that contains one is at most `longest` bytes, a cut one more.
pub(crate) fn cut(text: &str, longest: usize, digest: impl FnOnce() -> String) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    format!("{}#{}", head(text, longest), digest())
}

/// At most `longest` bytes of the beginning, whole characters.
pub(crate) fn head(text: &str, longest: usize) -> &str {
    let mut end = longest.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Why a value has no text: what its own `Serialize` said.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(pub(crate) String);

impl ser::Error for Refused {
    fn custom<T: Display>(message: T) -> Self {
        Refused(message.to_string())
    }
}

/// Whether a string can be mistaken for nothing else when it stands without quotes.
fn stands_bare(text: &str) -> bool {
    let plain = !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || "_-.@/+".contains(c));
    let number = text.strip_suffix("f32").unwrap_or(text);
    plain && text != "true" && text != "false" && number.parse::<f64>().is_err()
}

fn push_string(text: &str, out: &mut String) {
    if stands_bare(text) {
        out.push_str(text);
    } else {
        push_quoted(text, '"', out);
    }
}

fn push_quoted(text: &str, quote: char, out: &mut String) {
    out.push(quote);
    out.push_str(&escaped(text, |c| {
        !c.is_control() && !"\"'%:*{}".contains(c)
    }));
    out.push(quote);
}

struct Encoder<'a> {
    out: &'a mut String,
    /// The outermost sequence is to be sorted: `unordered(…)`, or a set.
    sorted: bool,
}

impl<'a> Encoder<'a> {
    fn display(self, value: impl Display) -> Result<(), Refused> {
        let _ = write!(self.out, "{value}");
        Ok(())
    }

    fn group(self, open: char, close: char) -> Group<'a> {
        self.out.push(open);
        Group {
            out: self.out,
            close,
            written: 0,
            tuple: close == ')',
            items: Vec::new(),
            sorted: self.sorted,
            key: None,
        }
    }

    fn variant(&mut self, name: &str, variant: &str) {
        push_string(name, self.out);
        self.out.push('#');
        push_string(variant, self.out);
    }
}

macro_rules! display_as_is {
    ($($method:ident: $type:ty),*) => {$(
        fn $method(self, value: $type) -> Result<(), Refused> {
            self.display(value)
        }
    )*};
}

impl<'a> ser::Serializer for Encoder<'a> {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = Group<'a>;
    type SerializeTuple = Group<'a>;
    type SerializeTupleStruct = Group<'a>;
    type SerializeTupleVariant = Group<'a>;
    type SerializeMap = Group<'a>;
    type SerializeStruct = Group<'a>;
    type SerializeStructVariant = Group<'a>;

    display_as_is! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32,
        serialize_i64: i64, serialize_i128: i128, serialize_u8: u8, serialize_u16: u16,
        serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    }

    fn serialize_f32(self, value: f32) -> Result<(), Refused> {
        if value.is_nan() {
            self.display(format_args!("NaN({:08x})f32", value.to_bits()))
        } else {
            self.display(format_args!("{value:?}f32"))
        }
    }

    fn serialize_f64(self, value: f64) -> Result<(), Refused> {
        if value.is_nan() {
            self.display(format_args!("NaN({:016x})", value.to_bits()))
        } else {
            self.display(format_args!("{value:?}"))
        }
    }

    fn serialize_char(self, value: char) -> Result<(), Refused> {
        push_quoted(value.encode_utf8(&mut [0; 4]), '\'', self.out);
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), Refused> {
        push_string(value, self.out);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Refused> {
        self.display(format_args!("x'{}'", hex(value)))
    }

    fn serialize_none(self) -> Result<(), Refused> {
        self.display('?')
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refused> {
        self.out.push('?');
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Refused> {
        self.display("()")
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), Refused> {
        push_string(name, self.out);
        self.display("()")
    }

    fn serialize_unit_variant(
        mut self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Refused> {
        self.variant(name, variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        push_string(name, self.out);
        self.out.push('(');
        encode_within(value, self.out, self.sorted)?;
        self.out.push(')');
        Ok(())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        self.variant(name, variant);
        self.out.push('(');
        encode(value, self.out)?;
        self.out.push(')');
        Ok(())
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Group<'a>, Refused> {
        Ok(self.group('[', ']'))
    }

    /// Sets arrive here as sequences in whatever order they iterate. Their type's name is all
    /// that tells them from a list.
    fn collect_seq<I>(mut self, items: I) -> Result<(), Refused>
    where
        I: IntoIterator,
        I::Item: Serialize,
    {
        self.sorted |= is_set(std::any::type_name::<I>());
        let mut group = self.serialize_seq(None)?;
        for item in items {
            group.item(&item)?;
        }
        group.finish()
    }

    fn serialize_tuple(self, _len: usize) -> Result<Group<'a>, Refused> {
        Ok(self.group('(', ')'))
    }

    fn serialize_tuple_struct(self, name: &'static str, _len: usize) -> Result<Group<'a>, Refused> {
        push_string(name, self.out);
        Ok(self.group('(', ')').in_order())
    }

    fn serialize_tuple_variant(
        mut self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Group<'a>, Refused> {
        self.variant(name, variant);
        Ok(self.group('(', ')').in_order())
    }

    fn serialize_map(mut self, _len: Option<usize>) -> Result<Group<'a>, Refused> {
        self.sorted = true;
        Ok(self.group('{', '}'))
    }

    fn serialize_struct(self, name: &'static str, _len: usize) -> Result<Group<'a>, Refused> {
        push_string(name, self.out);
        Ok(self.group('{', '}').in_order())
    }

    fn serialize_struct_variant(
        mut self,
        name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Group<'a>, Refused> {
        self.variant(name, variant);
        Ok(self.group('{', '}').in_order())
    }
}

/// Whether this is the name of a (reference to a) type whose order means nothing.
fn is_set(name: &str) -> bool {
    let name = name.split('<').next().unwrap_or(name);
    let last = name.rsplit("::").next().unwrap_or(name);
    !name.contains('[') && matches!(last, "HashSet" | "BTreeSet" | "IndexSet")
}

fn encode_within<T: Serialize + ?Sized>(
    value: &T,
    out: &mut String,
    sorted: bool,
) -> Result<(), Refused> {
    value.serialize(Encoder { out, sorted })
}

/// Items between brackets, in the order they come or sorted by their texts.
struct Group<'a> {
    out: &'a mut String,
    close: char,
    written: usize,
    /// `Id(5,)` is a tuple of one and `Id(5)` a newtype, `(,)` a tuple of none and `()` the unit.
    tuple: bool,
    /// Collected first where they are to be sorted.
    items: Vec<String>,
    sorted: bool,
    key: Option<String>,
}

impl Group<'_> {
    fn in_order(mut self) -> Self {
        self.sorted = false;
        self
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        if self.sorted {
            let mut text = String::new();
            encode(value, &mut text)?;
            self.items.push(text);
            return Ok(());
        }
        self.separate();
        encode(value, self.out)
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Refused> {
        self.separate();
        push_string(name, self.out);
        self.out.push('=');
        encode(value, self.out)
    }

    fn separate(&mut self) {
        if self.written > 0 {
            self.out.push(',');
        }
        self.written += 1;
    }

    fn finish(mut self) -> Result<(), Refused> {
        let mut items = std::mem::take(&mut self.items);
        items.sort_unstable();
        for item in items {
            self.separate();
            self.out.push_str(&item);
        }
        if self.tuple && self.written <= 1 {
            self.out.push(',');
        }
        self.out.push(self.close);
        Ok(())
    }
}

macro_rules! items {
    ($($trait:ident :: $method:ident),*) => {$(
        impl ser::$trait for Group<'_> {
            type Ok = ();
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
                self.item(value)
            }

            fn end(self) -> Result<(), Refused> {
                self.finish()
            }
        }
    )*};
}
items! {
    SerializeSeq::serialize_element, SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field, SerializeTupleVariant::serialize_field
}

macro_rules! fields {
    ($($trait:ident),*) => {$(
        impl ser::$trait for Group<'_> {
            type Ok = ();
            type Error = Refused;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Refused> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), Refused> {
                self.finish()
            }
        }
    )*};
}
fields! { SerializeStruct, SerializeStructVariant }

impl ser::SerializeMap for Group<'_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        let mut text = String::new();
        encode(key, &mut text)?;
        self.key = Some(text);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        let Some(mut text) = self.key.take() else {
            return Err(Refused("a map's value came before its key".into()));
        };
        text.push('=');
        encode(value, &mut text)?;
        self.items.push(text);
        Ok(())
    }

    fn end(self) -> Result<(), Refused> {
        self.finish()
    }
}
