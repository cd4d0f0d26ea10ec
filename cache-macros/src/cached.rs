//! `#[cached]`: options and signature become a model that is known to be right. Every rule
//! of the attribute is one function here.

mod arguments;
mod companion;
mod expand;
mod ttl;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, LitStr, ReturnType, Type};

use crate::errors::Errors;
use crate::key_template::{MOST_LEVELS, Template, Use};
use crate::options::CachedOptions;
use crate::owner::{Owner, runtime};
use crate::placeholder::{self, Ok as ResultName, Part, resolve};
use crate::signature::{Argument, Function};
use crate::tokens::find_token;
use arguments::names_arguments;
use ttl::{Ttl, ttl};

/// The function with its cache, or as it was with all mistakes.
pub(crate) fn expand_or_report(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = CachedOptions::read(options, &mut errors);
    let function = Function::read(item.clone(), "cached", &mut errors);
    let model = function.map(|function| Cached::check(options, function, &mut errors));
    match (model, errors.finish()) {
        (Some(model), Ok(())) => model.expand(),
        (_, Ok(())) => item,
        (_, Err(mistakes)) => quote!(#item #mistakes),
    }
}

struct Cached {
    function: Function,
    runtime: TokenStream,
    prefix: Option<String>,
    key: Key,
    owner: Owner,
    tags: Vec<Vec<Part>>,
    events: Vec<Vec<Part>>,
    ttl: Ttl,
    when: Option<Expr>,
    cache_none: bool,
    version: u32,
    companion: Companion,
    /// The arguments that are no part of the key.
    skipped: Vec<Ident>,
    unordered: Vec<Ident>,
}

enum Key {
    /// Every argument that is not skipped.
    Arguments,
    /// `key = "…"`
    Template { parts: Vec<Part>, ancestor: String },
}

enum Companion {
    None,
    /// A struct of this name beside the function.
    Struct(Ident),
    /// Functions that begin with this name beside the method.
    Functions(Ident),
}

impl Cached {
    fn check(options: CachedOptions, function: Function, errors: &mut Errors) -> Self {
        returns_an_owned_value(&function, errors);
        for (option, names) in [("skip", &options.skip), ("unordered", &options.unordered)] {
            names_arguments(option, names, &function, errors);
        }
        let owner = Owner::from_option(options.tenant);
        let prefix = prefix(options.prefix.as_ref(), errors);
        let key = key(options.key.as_ref(), &function, errors);
        if let Some(key) = &key {
            has_few_levels(&prefix, options.key.as_ref(), key, &function, errors);
        }
        // After a mistake in the key, arguments would only look forgotten.
        let key_is_known = key.is_some();
        let tags = templates(&options.tags, Use::Tag, &function, errors);
        let events = templates(&options.invalidate_on, Use::Event, &function, errors);
        let model = Cached {
            runtime: runtime(options.runtime),
            ttl: ttl(options.ttl, errors),
            when: when(options.when, errors),
            version: options
                .version
                .map_or(0, |version| version.base10_parse().unwrap_or_default()),
            companion: companion(options.companion, &function, errors),
            cache_none: options.cache_none,
            skipped: options.skip,
            unordered: options.unordered,
            function,
            prefix: prefix.map(|prefix| prefix.value()),
            key: key.unwrap_or(Key::Arguments),
            owner,
            tags,
            events,
        };
        if key_is_known {
            model.skipped_arguments_are_unused(errors);
            model.every_argument_is_in_the_key_or_skipped(errors);
            model.nothing_mutable_is_in_the_key(errors);
        }
        model
    }
}

fn returns_an_owned_value(function: &Function, errors: &mut Errors) {
    let name = function.name();
    let is_unit = |ty: &Type| matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty());
    if is_unit(&function.output) {
        let fact = format!("`{name}` returns nothing that could be cached");
        let help =
            "a cached function returns a value; for one that changes things see `#[invalidates]`";
        match &function.signature.output {
            ReturnType::Default => errors.add(name, fact, help),
            ReturnType::Type(_, ty) => errors.add(ty, fact, help),
        }
    }
    if let Type::Reference(reference) = &function.output {
        let help = match reference.elem.to_token_stream().to_string().as_str() {
            "str" => "return a `String` or an `Arc<str>`".to_owned(),
            _ => "return an owned value, or share it in an `Arc`".to_owned(),
        };
        errors.add(reference, "a reference cannot be cached", help);
    } else if let Some(ampersand) = find_token(&function.output.to_token_stream(), "&") {
        let help = "return an owned value, such as a `String` or an `Arc<T>`";
        errors.add(ampersand, "a reference cannot be cached", help);
    }
}

fn prefix(option: Option<&LitStr>, errors: &mut Errors) -> Option<LitStr> {
    let literal = option?;
    Template::read(literal, Use::Prefix, errors).map(|_| literal.clone())
}

/// `None` after a mistake.
fn key(option: Option<&LitStr>, function: &Function, errors: &mut Errors) -> Option<Key> {
    let Some(literal) = option else {
        return Some(Key::Arguments);
    };
    let template = Template::read(literal, Use::Key, errors)?;
    let parts = resolve(&template, function, ResultName::Unknown, errors);
    let is_known = parts.len() == template.pieces.len();
    is_known.then(|| Key::Template {
        parts,
        ancestor: template.literal_ancestor(),
    })
}

fn has_few_levels(
    prefix: &Option<LitStr>,
    template: Option<&LitStr>,
    key: &Key,
    function: &Function,
    errors: &mut Errors,
) {
    let levels_of = |literal: &LitStr| literal.value().split(':').count();
    let above = prefix.as_ref().map_or(1, levels_of);
    let below = match key {
        Key::Template { parts, .. } => 1 + literal_colons(parts),
        Key::Arguments => 2,
    };
    if above + below <= MOST_LEVELS || above > MOST_LEVELS {
        return;
    }
    let fact = format!(
        "the key has {} levels, at most {MOST_LEVELS} are possible",
        above + below
    );
    let help = "separate some of them with `,` or `.` instead of `:`";
    match (template, prefix) {
        (Some(literal), _) | (None, Some(literal)) => errors.add(literal, fact, help),
        (None, None) => errors.add(function.name(), fact, help),
    }
}

fn literal_colons(parts: &[Part]) -> usize {
    let literals = parts.iter().filter_map(|part| match part {
        Part::Literal(text) => Some(text.matches(':').count()),
        Part::Value { .. } => None,
    });
    literals.sum()
}

fn templates(
    literals: &[LitStr],
    used: Use,
    function: &Function,
    errors: &mut Errors,
) -> Vec<Vec<Part>> {
    literals
        .iter()
        .filter_map(|literal| {
            let template = Template::read(literal, used, errors)?;
            Some(resolve(&template, function, ResultName::Unknown, errors))
        })
        .collect()
}

fn when(option: Option<Expr>, errors: &mut Errors) -> Option<Expr> {
    let written = option?;
    match &written {
        Expr::Closure(closure) if closure.inputs.len() == 1 => Some(written),
        Expr::Path(_) => Some(written),
        other => {
            let help = "it gets the value and says whether to store it: `when = |value| !value.is_empty()`";
            errors.add(
                other,
                "`when` must be a closure with one argument, or a function",
                help,
            );
            None
        }
    }
}

fn companion(option: Option<Ident>, function: &Function, errors: &mut Errors) -> Companion {
    if option.as_ref().is_some_and(|name| name == "none") || function.is_from_async_trait() {
        return Companion::None;
    }
    let name = function.name();
    let is_method = function.signature.receiver().is_some();
    if !is_method && let Some(token) = find_token(&function.signature.to_token_stream(), "Self") {
        let fact = format!("`{name}` belongs to a type and has no `self`");
        errors.add(
            token,
            fact,
            "add `companion = none`: only functions and methods have one",
        );
        return Companion::None;
    }
    let called = option.unwrap_or_else(|| name.clone());
    match is_method {
        true => Companion::Functions(called),
        false => Companion::Struct(called),
    }
}

impl Part {
    fn expand(&self, runtime: &TokenStream, unordered: &[Ident]) -> TokenStream {
        match self {
            Part::Literal(text) => quote!(#runtime::Part::Literal(#text)),
            Part::Value { root, borrowed } if unordered.iter().any(|name| name == root) => {
                quote!(#runtime::Part::Unordered(#borrowed))
            }
            Part::Value { borrowed, .. } => quote!(#runtime::Part::Value(#borrowed)),
        }
    }
}

fn argument_part(argument: &Argument) -> Part {
    Part::Value {
        root: argument.ident.to_string(),
        borrowed: placeholder::borrowed_argument(&argument.ident, &argument.ty),
    }
}
