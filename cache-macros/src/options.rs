//! The options of both attributes: one table and one set of slots each.
//!
//! A slot holds tokens, so that every later message can point at them. How options are
//! told apart is in `options/read.rs`; what their values may be is decided by the models.

mod given;
mod read;

use proc_macro2::TokenStream;
use syn::{Expr, Ident, LitInt, LitStr, Path};

use crate::errors::Errors;
use given::Given;
use read::{Form, Known, known};

/// What stands in `#[cached(…)]`.
#[derive(Default)]
pub(crate) struct CachedOptions {
    pub(crate) ttl: Option<Expr>,
    pub(crate) prefix: Option<LitStr>,
    pub(crate) key: Option<LitStr>,
    pub(crate) skip: Vec<Ident>,
    pub(crate) unordered: Vec<Ident>,
    pub(crate) tenant: Option<Expr>,
    pub(crate) tags: Vec<LitStr>,
    pub(crate) invalidate_on: Vec<LitStr>,
    pub(crate) when: Option<Expr>,
    pub(crate) cache_none: bool,
    pub(crate) version: Option<LitInt>,
    pub(crate) companion: Option<Ident>,
    pub(crate) runtime: Option<Path>,
}

const CACHED: &[Known] = &[
    known("ttl", Form::Value, r#"ttl = "5m""#),
    known("prefix", Form::Value, r#"prefix = "suite""#),
    known("key", Form::Value, r#"key = "list:{offset},{limit}""#),
    known("skip", Form::Names, "skip(db)"),
    known("unordered", Form::Names, "unordered(columns)"),
    known("tenant", Form::Value, "tenant = shared"),
    known("tags", Form::Value, r#"tags = ["project:{project}"]"#),
    known(
        "invalidate_on",
        Form::Value,
        r#"invalidate_on = "suite.updated""#,
    ),
    known("when", Form::Value, "when = |value| !value.is_empty()"),
    known("cache_none", Form::Flag, "cache_none"),
    known("version", Form::Value, "version = 2"),
    known("companion", Form::Value, "companion = none"),
    known("crate", Form::Value, "crate = my::cache_runtime"),
    known("local", Form::NotYet, ""),
    known("codec", Form::NotYet, ""),
];

impl CachedOptions {
    /// Reads the attribute's tokens.
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = CachedOptions::default();
        for given in read::options(tokens, CACHED, errors) {
            options.set(given, errors);
        }
        options
    }

    fn set(&mut self, given: Given, errors: &mut Errors) {
        match given.known.name {
            "ttl" => self.ttl = given.expression(),
            "prefix" => self.prefix = given.text(errors),
            "key" => self.key = given.text(errors),
            "skip" => self.skip = given.names(),
            "unordered" => self.unordered = given.names(),
            "tenant" => self.tenant = given.expression(),
            "tags" => self.tags = given.texts(errors),
            "invalidate_on" => self.invalidate_on = given.texts(errors),
            "when" => self.when = given.expression(),
            "cache_none" => self.cache_none = true,
            "version" => self.version = given.number(errors),
            "companion" => self.companion = given.name(errors),
            "crate" => self.runtime = given.path(errors),
            _ => {}
        }
    }
}

/// What stands in `#[invalidates(…)]`.
#[derive(Default)]
pub(crate) struct InvalidatesOptions {
    /// Paths, patterns and call shapes.
    pub(crate) targets: Vec<Expr>,
    pub(crate) tags: Vec<LitStr>,
    pub(crate) events: Vec<LitStr>,
    pub(crate) tenant: Option<Expr>,
    pub(crate) when: Option<Ident>,
    pub(crate) strict: bool,
    pub(crate) runtime: Option<Path>,
}

const INVALIDATES: &[Known] = &[
    known("tags", Form::Value, r#"tags = ["project:{project}"]"#),
    known("events", Form::Value, r#"events = ["suite.updated"]"#),
    known("tenant", Form::Value, "tenant = shared"),
    known("when", Form::Value, "when = always"),
    known("strict", Form::Flag, "strict"),
    known("crate", Form::Value, "crate = my::cache_runtime"),
];

impl InvalidatesOptions {
    /// Reads the attribute's tokens.
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = InvalidatesOptions::default();
        let (targets, given) = read::targets_and_options(tokens, INVALIDATES, errors);
        options.targets = targets;
        for given in given {
            options.set(given, errors);
        }
        options
    }

    fn set(&mut self, given: Given, errors: &mut Errors) {
        match given.known.name {
            "tags" => self.tags = given.texts(errors),
            "events" => self.events = given.texts(errors),
            "tenant" => self.tenant = given.expression(),
            "when" => self.when = given.name(errors),
            "strict" => self.strict = true,
            "crate" => self.runtime = given.path(errors),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn cached(tokens: TokenStream) -> (CachedOptions, String) {
        let mut errors = Errors::default();
        let options = CachedOptions::read(tokens, &mut errors);
        (options, reported(errors))
    }

    fn reported(errors: Errors) -> String {
        errors.finish().err().unwrap_or_default().to_string()
    }

    #[test]
    fn every_slot_is_filled() {
        let (options, mistakes) = cached(quote! {
            ttl = 300, prefix = "a", key = "{x}", skip(db, self), unordered(x), tenant = shared,
            tags = ["t"], invalidate_on = "e", when = |v: &HashMap<u8, u8>| v.len() > 1,
            cache_none, version = 2, companion = none, crate = my::path,
        });
        assert_eq!(mistakes, "");
        assert_eq!(options.prefix.unwrap().value(), "a");
        assert_eq!(options.key.unwrap().value(), "{x}");
        assert_eq!(options.skip, ["db", "self"]);
        assert_eq!(options.unordered, ["x"]);
        assert_eq!((options.tags.len(), options.invalidate_on.len()), (1, 1));
        assert_eq!(options.version.unwrap().to_string(), "2");
        assert_eq!(options.companion.unwrap(), "none");
        assert!(options.cache_none);
        assert!(options.ttl.is_some() && options.tenant.is_some() && options.when.is_some());
        assert!(options.runtime.is_some());
    }

    #[test]
    fn one_mistake_does_not_hide_another_or_a_good_option() {
        let (options, mistakes) =
            cached(quote!(tll = 5, prefix = 7, skip(), version = -1, key = "{x}", ttl = 1 2));
        assert_eq!(mistakes.matches("compile_error").count(), 5, "{mistakes}");
        assert!(options.key.is_some() && options.ttl.is_some());
    }

    #[test]
    fn targets_stand_beside_options() {
        let mut errors = Errors::default();
        let tokens = quote!(
            "a:{id}",
            get(id),
            tags = ["t"],
            crate::list(..),
            strict,
            when = always
        );
        let options = InvalidatesOptions::read(tokens, &mut errors);
        assert_eq!(reported(errors), "");
        assert_eq!(options.targets.len(), 3);
        assert_eq!(options.tags.len(), 1);
        assert!(options.strict);
        assert_eq!(options.when.unwrap(), "always");
    }
}
