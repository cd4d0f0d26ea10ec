//! `#[cached]`: options and signature become a model that is known to be right. Every rule
//! of the attribute is one function here.

mod companion;
mod expand;

use std::time::Duration;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, ExprLit, Lit, LitStr, ReturnType, Type, UnOp};

use crate::errors::Errors;
use crate::key_template::{MOST_LEVELS, Template, Use};
use crate::options::CachedOptions;
use crate::owner::{Owner, runtime};
use crate::placeholder::{self, Ok as ResultName, Part, resolve};
use crate::signature::{Argument, Function, find_token};
use crate::suggest;

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

enum Ttl {
    Default,
    Never,
    Fixed(Duration),
    Computed(Expr),
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

    fn is_skipped(&self, name: &str) -> bool {
        self.skipped.iter().any(|skipped| skipped == name)
    }

    /// Whether the key is made with the argument `name`.
    fn is_in_key(&self, name: &str) -> bool {
        match &self.key {
            Key::Arguments => name != "self" && !self.is_skipped(name),
            Key::Template { parts, .. } => uses(parts, name),
        }
    }

    fn skipped_arguments_are_unused(&self, errors: &mut Errors) {
        for skipped in &self.skipped {
            let name = skipped.to_string();
            let in_template =
                matches!(&self.key, Key::Template { parts, .. } if uses(parts, &name));
            let user = if in_template {
                "key"
            } else if self.tags.iter().any(|parts| uses(parts, &name)) {
                "tags"
            } else if self.events.iter().any(|parts| uses(parts, &name)) {
                "invalidate_on"
            } else {
                continue;
            };
            errors.add(
                skipped,
                format!("`{name}` is skipped, but `{user}` uses it"),
                format!("remove it from `skip(…)` or from `{user}`"),
            );
        }
        for unordered in &self.unordered {
            let name = unordered.to_string();
            if !self.is_in_key(&name) && self.function.argument(&name).is_some() {
                errors.add(
                    unordered,
                    format!("`{name}` is no part of the key"),
                    "`unordered(…)` is for lists in the key; remove it there",
                );
            }
        }
    }

    fn every_argument_is_in_the_key_or_skipped(&self, errors: &mut Errors) {
        if let Some(receiver) = self.function.signature.receiver() {
            let named = self.is_in_key("self") || self.owner.mentions("self");
            if !named && !self.is_skipped("self") {
                let rest = match self.function.arguments.first() {
                    Some(argument) if argument.pattern.is_none() => {
                        format!(":{{{}}}", argument.ident)
                    }
                    _ => String::new(),
                };
                let help = format!(
                    "`skip(self)` if every instance shares its entries, or name a field: `key = \"{{self.id}}{rest}\"`"
                );
                errors.add(
                    receiver.self_token,
                    "`self` is neither in the key nor skipped",
                    help,
                );
            }
        }
        if matches!(self.key, Key::Arguments) {
            return;
        }
        for argument in &self.function.arguments {
            let name = argument.ident.to_string();
            if self.is_in_key(&name) || self.is_skipped(&name) {
                continue;
            }
            match &argument.pattern {
                Some(pattern) => errors.add(
                    pattern,
                    "an argument without a name is neither in the key nor skipped",
                    "give it a name, then name it in `key` or in `skip(…)`",
                ),
                None => errors.add(
                    &argument.ident,
                    format!("`{name}` is neither in the key nor skipped"),
                    format!("name it in `key`, or `skip({name})`"),
                ),
            }
        }
    }

    fn nothing_mutable_is_in_the_key(&self, errors: &mut Errors) {
        for argument in &self.function.arguments {
            let name = argument.ident.to_string();
            let mutable = matches!(&argument.ty, Type::Reference(reference) if reference.mutability.is_some());
            if mutable && matches!(self.key, Key::Arguments) && !self.is_skipped(&name) {
                errors.add(
                    &argument.ty,
                    format!("`{name}` can change, so it cannot be part of a key"),
                    format!("`skip({name})` if the result does not depend on it"),
                );
            }
        }
    }

    /// The arguments whose types or values the key is made with, in order.
    fn arguments_in_key(&self) -> impl Iterator<Item = &Argument> {
        self.function
            .arguments
            .iter()
            .filter(|argument| self.is_in_key(&argument.ident.to_string()))
    }
}

fn uses(parts: &[Part], name: &str) -> bool {
    parts
        .iter()
        .any(|part| matches!(part, Part::Value { root, .. } if root == name))
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

fn names_arguments(option: &str, names: &[Ident], function: &Function, errors: &mut Errors) {
    for name in names {
        let typed = name.to_string();
        if typed == "self" && option == "skip" && function.signature.receiver().is_some() {
            continue;
        }
        if function.argument(&typed).is_some() {
            continue;
        }
        let known = function.argument_names();
        let help = match suggest::nearest(&typed, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => suggest::arguments(&known),
        };
        let function = function.name();
        errors.add(
            name,
            format!("`{typed}` is no argument of `{function}`"),
            help,
        );
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

fn ttl(option: Option<Expr>, errors: &mut Errors) -> Ttl {
    const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);
    let too_short = "leave it out for the runtime's default, or write e.g. `ttl = \"5m\"`";
    let wanted = "seconds as in `ttl = 300`, text as in `ttl = \"5m\"`, a `Duration`, or `never`";
    let Some(written) = option else {
        return Ttl::Default;
    };
    let fixed = match &written {
        Expr::Path(path) if path.path.is_ident("never") => return Ttl::Never,
        Expr::Lit(ExprLit { lit, .. }) => match lit {
            Lit::Int(seconds) => Duration::from_secs(seconds.base10_parse().unwrap_or(u64::MAX)),
            Lit::Str(text) => {
                match humantime::parse_duration(&text.value()) {
                    Ok(duration) => duration,
                    Err(_) => {
                        let fact = format!("`ttl` cannot be read from {:?}", text.value());
                        errors.add(text, fact, "write a number and its unit, such as `\"90s\"`, `\"5m\"` or `\"1h 30m\"`");
                        return Ttl::Default;
                    }
                }
            }
            other => {
                errors.add(other, "`ttl` must be a time", format!("write {wanted}"));
                return Ttl::Default;
            }
        },
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => Duration::ZERO,
        _ => return Ttl::Computed(written),
    };
    if fixed.is_zero() {
        errors.add(written, "`ttl` must be longer than zero", too_short);
    } else if fixed > LONGEST {
        errors.add(
            written,
            "`ttl` is longer than a hundred years",
            "write `ttl = never` for an entry without an end",
        );
    } else {
        return Ttl::Fixed(fixed);
    }
    Ttl::Default
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
