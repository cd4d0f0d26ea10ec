//! What identifies a value: whose it is and its path. The only place where keys become text.
//!
//! A path is levels joined by `:`; a level can hold what [`encoding`] writes for a value, which
//! never contains `:`. Inside one level several values stand apart by a rule of [`write_parts`],
//! so that no two lists of values give one text.

pub(crate) mod encoding;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::Serialize;

use crate::error::Error;
use crate::kept::quietly;
use crate::tenant::Tenant;

/// A path has at most this many levels.
pub(crate) const MOST_LEVELS: usize = 8;

/// A longer level is cut and ends in its SHA-256: a key may be made from a whole document.
const LONGEST_LEVEL: usize = 256;

/// What identifies a cached value: a tenant and a path.
///
/// `Display` writes the path as people read it, `suite:get_suite:42`; it can be given to
/// [`Cache::invalidate`](crate::Cache::invalidate) as it is.
#[derive(Clone)]
pub struct Key {
    tenant: Tenant,
    /// `{tenant}:path`, or why there is none.
    text: Result<Arc<str>, Arc<str>>,
}

impl Key {
    /// The key of a path written by hand, for the given tenant.
    ///
    /// # Errors
    ///
    /// [`Error::Name`] for an empty path or level, more than eight levels, a `*`, or a control
    /// character.
    pub fn of(tenant: impl Into<Tenant>, path: &str) -> Result<Self, Error> {
        check_path("path", path, path)?;
        Ok(Key::from_path(tenant.into(), path))
    }

    /// The key of a path. A long level is cut and ends in its digest; one that only looks as if
    /// it had been cut is treated alike, so that nothing can pass for another's long level.
    pub(crate) fn from_path(tenant: Tenant, path: &str) -> Self {
        Key::cutting(tenant, path, |level| too_long(level) || looks_cut(level))
    }

    /// The key whose levels show themselves like this; no key shows a long one.
    pub(crate) fn as_shown(tenant: Tenant, path: &str) -> Self {
        Key::cutting(tenant, path, too_long)
    }

    fn cutting(tenant: Tenant, path: &str, cut: impl Fn(&str) -> bool) -> Self {
        let mut text = tenant.tag().to_owned();
        for level in path.split(':') {
            text.push(':');
            if cut(level) {
                let digest = encoding::whole_digest_hex(level);
                text.push_str(encoding::head(level, LONGEST_LEVEL - digest.len() - 1));
                text.push('#');
                text.push_str(&digest);
            } else {
                text.push_str(level);
            }
        }
        Key {
            tenant,
            text: Ok(text.into()),
        }
    }

    /// The text of a value as it stands in paths, tags and events: `42`, `name`, `"my project"`.
    /// For writing by hand what templates write from arguments.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] if its `Serialize` refuses.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cache_runtime::{Error, Key};
    /// # fn main() -> Result<(), Error> {
    /// assert_eq!(Key::level(&42)?, "42");
    /// assert_eq!(Key::level("42")?, "\"42\""); // a string that looks like a number
    /// assert_eq!(Key::level("my project")?, "\"my project\"");
    /// # Ok(())
    /// # }
    /// ```
    pub fn level<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
        let mut text = String::new();
        match write_argument(&value, false, &mut text) {
            Ok(()) => Ok(text),
            Err(why) => Err(Error::Key { why }),
        }
    }

    /// Whose value it is.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The path, levels joined by `:`; empty when an argument refused to be part of it.
    pub fn path(&self) -> &str {
        match &self.text {
            Ok(text) => &text[self.tenant.tag().len() + 1..],
            Err(_) => "",
        }
    }

    /// The canonical text, tenant included, or why an argument refused.
    pub(crate) fn text(&self) -> Result<&str, Error> {
        match &self.text {
            Ok(text) => Ok(text),
            Err(why) => Err(Error::Key {
                why: why.to_string(),
            }),
        }
    }
}

fn too_long(level: &str) -> bool {
    level.len() > LONGEST_LEVEL
}

/// Whether a level ends as a cut one does.
fn looks_cut(level: &str) -> bool {
    level
        .rsplit_once('#')
        .is_some_and(|(_, end)| end.len() == 64 && end.bytes().all(|b| b.is_ascii_hexdigit()))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Ok(_) => f.write_str(self.path()),
            Err(why) => write!(f, "<no key: {why}>"),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} of {:?}", self.tenant)
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.tenant == other.tenant
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

/// Something that can be part of a key: everything serde can serialise.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a cache key",
    label = "an argument in a key implements serde's `Serialize`",
    note = "if the result does not depend on it, leave it out with `skip(…)`; otherwise name one of its fields in `key`, or cache a function that takes the fields"
)]
pub trait Argument {
    #[doc(hidden)]
    fn write(&self, out: &mut String, unordered: bool) -> Result<(), String>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> Argument for T {
    fn write(&self, out: &mut String, unordered: bool) -> Result<(), String> {
        let written = if unordered {
            encoding::encode_unordered(self, out)
        } else {
            encoding::encode(self, out)
        };
        written.map_err(|refused| refused.0)
    }
}

/// An argument's text, taken before the body moves the argument away.
#[derive(Debug)]
pub struct Encoded(Result<String, String>);

impl Encoded {
    /// The text of `value`.
    pub fn new(value: &dyn Argument) -> Self {
        let mut out = String::new();
        Encoded(write_argument(value, false, &mut out).map(|()| out))
    }
}

/// A piece of a template: text as it is, or the place of a value.
pub enum Part<'a> {
    /// Text between placeholders.
    Literal(&'a str),
    /// An argument.
    Value(&'a dyn Argument),
    /// A list argument whose order does not matter.
    Unordered(&'a dyn Argument),
    /// An argument encoded earlier.
    Encoded(&'a Encoded),
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Literal(text) => write!(f, "{text:?}"),
            _ => f.write_str("{…}"),
        }
    }
}

/// A user's `Serialize` may panic; that is no reason for the call to fail.
fn write_argument(value: &dyn Argument, unordered: bool, out: &mut String) -> Result<(), String> {
    quietly(|| value.write(out, unordered))
        .unwrap_or_else(|| Err("its `Serialize` panicked".into()))
}

/// Writes a template.
///
/// A value is read back as everything up to the first character of the literal after it. One
/// that contains that character, or is followed by another value at once, is put in `<…>`,
/// which no value starts with. So different values always give different texts.
pub(crate) fn write_parts(parts: &[Part<'_>], out: &mut String) -> Result<(), String> {
    for (at, part) in parts.iter().enumerate() {
        let start = out.len();
        match part {
            Part::Literal(text) => {
                out.push_str(text);
                continue;
            }
            Part::Value(value) => write_argument(*value, false, out)?,
            Part::Unordered(value) => write_argument(*value, true, out)?,
            Part::Encoded(Encoded(Ok(text))) => out.push_str(text),
            Part::Encoded(Encoded(Err(why))) => return Err(why.clone()),
        }
        let ambiguous = match parts.get(at + 1) {
            None => false,
            // Outside brackets and quotes a value holds neither of these two.
            Some(Part::Literal(text)) if text.starts_with([':', ',']) => false,
            Some(Part::Literal(text)) => text
                .chars()
                .next()
                .is_none_or(|next| out[start..].contains(next)),
            Some(_) => true,
        };
        if ambiguous {
            out.insert(start, '<');
            out.push('>');
        }
    }
    Ok(())
}

/// What the macros know of a cached function while they write its code.
#[derive(Debug)]
pub struct Function {
    /// The function's name.
    pub name: &'static str,
    /// Option `prefix`.
    pub prefix: Option<&'static str>,
    /// Whether option `key` was written.
    pub templated: bool,
    /// Names of the arguments in a default key, in order.
    pub arguments: &'static [&'static str],
    /// Option `version`.
    pub version: u32,
    /// Option `cache_none`.
    pub cache_none: bool,
}

/// The parts of a cached function's key.
#[derive(Debug)]
pub(crate) struct KeyParts<'a> {
    pub(crate) function: &'static Function,
    pub(crate) place: Place,
    pub(crate) generics: &'a [Part<'a>],
    pub(crate) key: &'a [Part<'a>],
}

impl KeyParts<'_> {
    /// The key of these parts: `{prefix}:{template}`, or `{prefix}:{function}:{arguments}`.
    pub(crate) fn key(&self, tenant: Tenant) -> Key {
        let mut path = String::new();
        match self.write(&mut path) {
            Ok(()) => Key::from_path(tenant, &path),
            Err(why) => Key {
                tenant,
                text: Err(why.into()),
            },
        }
    }

    fn write(&self, out: &mut String) -> Result<(), String> {
        push_first_levels(self.function.prefix, self.place, out);
        if self.function.templated {
            out.push(':');
            return write_parts(self.key, out);
        }
        out.push(':');
        out.push_str(self.function.name);
        out.push(':');
        if !self.generics.is_empty() {
            out.push('<');
            write_generics(self.generics, out)?;
            out.push('>');
        }
        if self.key.is_empty() {
            out.push_str("()");
        }
        for (at, part) in self.key.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            write_parts(std::slice::from_ref(part), out)?;
        }
        Ok(())
    }
}

/// Type names and constants, quoted as strings so that they cannot run into each other.
pub(crate) fn write_generics(generics: &[Part<'_>], out: &mut String) -> Result<(), String> {
    for (at, part) in generics.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        match part {
            Part::Literal(name) => {
                write_argument(&name.replace("::", "."), false, out)?;
            }
            part => write_parts(std::slice::from_ref(part), out)?,
        }
    }
    Ok(())
}

/// `prefix`, or the place of the function with dots.
pub(crate) fn push_first_levels(prefix: Option<&str>, place: Place, out: &mut String) {
    match prefix {
        Some(prefix) => out.push_str(prefix),
        // A type's name may hold the `*` of a raw pointer.
        None => out.push_str(&place.name().replace("::", ".").replace('*', "^")),
    }
}

/// Where a function stands: its module, or the `impl` it is part of, with all types in it.
#[derive(Clone, Copy, Debug)]
pub struct Place(&'static str);

impl Place {
    /// From a closure in the function, or a function nested in it: their type's name tells what
    /// encloses them. A closure's also tells the types of a generic `impl`.
    pub fn of<T>(nested: &T) -> Self {
        let name = std::any::type_name_of_val(nested);
        let name = match name.strip_suffix("::{{closure}}") {
            Some(name) => name.trim_end_matches("::{{closure}}"),
            None => outside(name).trim_end_matches("::{{closure}}"),
        };
        Place(outside(name))
    }

    pub(crate) fn name(self) -> &'static str {
        self.0
    }
}

/// A path without its last segment, which may hold paths of its own between `<` and `>`.
fn outside(path: &'static str) -> &'static str {
    let mut depth = 0_usize;
    for (at, c) in path.char_indices().rev() {
        match c {
            '>' if !path[..at].ends_with('-') => depth += 1,
            '<' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && path[..at].ends_with(':') => return &path[..at - 1],
            _ => {}
        }
    }
    path
}

/// Checks a path written by hand, as part of the text that was given.
pub(crate) fn check_path(what: &'static str, path: &str, given: &str) -> Result<(), Error> {
    let levels = path.split(':').count();
    let help = "write levels joined by `:`, such as `suite:list:0,20`; `suite:*` is a pattern";
    if path.split(':').any(str::is_empty) {
        let why = if path.is_empty() {
            "is empty"
        } else {
            "has an empty level"
        };
        return Err(Error::name(what, given, why, help));
    }
    if levels > MOST_LEVELS {
        return Err(Error::name(
            what,
            given,
            format!("has {levels} levels, and {MOST_LEVELS} are the most"),
            "join some levels with `,` instead of `:`",
        ));
    }
    if path.contains('*') {
        return Err(Error::name(
            what,
            given,
            "has a `*` that is not its last level",
            "only a whole last level can be `*`; to reach entries across other levels, give them a tag: `tags = [\"name:{id}\"]`",
        ));
    }
    if path.contains(char::is_control) {
        return Err(Error::name(what, given, "has a control character", help));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(parts: &[Part<'_>]) -> String {
        let mut out = String::new();
        write_parts(parts, &mut out).expect("plain values encode");
        out
    }

    #[test]
    fn values_that_contain_the_next_separator_are_wrapped() {
        let dash = |a: &'static str, b: &'static str| {
            text(&[Part::Value(&a), Part::Literal("-"), Part::Value(&b)])
        };
        assert_eq!(dash("x", "y"), "x-y");
        assert_eq!(dash("x-y", "z"), "<x-y>-z");
        assert_ne!(dash("x-y", "z"), dash("x", "y-z"));
    }

    #[test]
    fn a_place_is_what_encloses_the_function_with_its_types() {
        struct Repo<T>(T);
        impl<T> Repo<T> {
            fn get<K>(&self, _: K) -> Place {
                Place::of(&|| ())
            }
        }
        let place = Repo("").get(vec![String::new()]).name();
        assert!(
            place.ends_with("Repo<&str>>") || place.ends_with("Repo<&str>"),
            "{place}"
        );
        assert_ne!(place, Repo(1).get(vec![String::new()]).name());
        fn here() {}
        assert_eq!(Place::of(&here).name(), module_path!());
    }

    #[test]
    fn a_level_that_looks_cut_is_not_taken_for_a_long_one() {
        let long = Key::of("acme", &"x".repeat(1000)).expect("a path");
        let same = Key::of("acme", long.path()).expect("a path");
        assert_ne!(long, same);
        assert_eq!(Key::as_shown("acme".into(), long.path()), long);
    }

    #[test]
    fn adjacent_values_do_not_run_together() {
        let pair = |a: u32, b: u32| text(&[Part::Value(&a), Part::Value(&b)]);
        assert_eq!(pair(1, 23), "<1>23");
        assert_ne!(pair(1, 23), pair(12, 3));
    }

    #[test]
    fn lists_of_sets_keep_their_order_and_sets_do_not() {
        use std::collections::HashSet;
        let set = |items: &[u32]| items.iter().copied().collect::<HashSet<_>>();
        let one = set(&[1]);
        let two = set(&[2, 3]);
        let list: &[HashSet<u32>] = &[two.clone(), one.clone()];
        assert_eq!(text(&[Part::Value(&list)]), "[[2,3],[1]]");
        assert_eq!(text(&[Part::Value(&vec![two, one])]), "[[2,3],[1]]");
    }
}
