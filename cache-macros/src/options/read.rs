//! Reads `name = value, name(list), flag, …`. That an option is known, has the right form
//! and is set once is checked here, for both attributes.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, Token, token};

use super::given::{Given, Value, ungrouped};
use crate::errors::Errors;
use crate::suggest;

/// An option that exists.
pub(super) struct Known {
    pub(super) name: &'static str,
    form: Form,
    /// The option as it may be written, for messages.
    pub(super) example: &'static str,
}

/// How an option is written.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// `name = value`
    Value,
    /// `name(a, b)`
    Names,
    /// `name`
    Flag,
    /// The name is taken, the option is not built.
    NotYet,
}

pub(super) const fn known(name: &'static str, form: Form, example: &'static str) -> Known {
    Known {
        name,
        form,
        example,
    }
}

/// The options of an attribute that takes nothing else.
pub(super) fn options(
    tokens: TokenStream,
    known: &'static [Known],
    errors: &mut Errors,
) -> Vec<Given> {
    let (targets, given) = targets_and_options(tokens, known, errors);
    for target in targets {
        errors.add(
            target,
            "an option needs a name",
            format!("the options are {}", available(known)),
        );
    }
    given
}

/// The options of an attribute, and beside them the expressions without a name.
pub(super) fn targets_and_options(
    tokens: TokenStream,
    known: &'static [Known],
    errors: &mut Errors,
) -> (Vec<Expr>, Vec<Given>) {
    let (mut targets, mut given) = (Vec::new(), Vec::<Given>::new());
    let parser = |input: ParseStream| {
        while !input.is_empty() {
            match item(input, known, errors) {
                Ok(Item::Target(target)) => targets.push(target),
                Ok(Item::Option(option)) => {
                    if given.iter().any(|before| before.name == option.name) {
                        let name = &option.name;
                        errors.add(name, format!("`{name}` is given twice"), "keep one of them");
                    } else {
                        given.push(option);
                    }
                }
                Ok(Item::Mistaken) => skip_to_comma(input),
                Err(error) => {
                    errors.add_unreadable(error);
                    skip_to_comma(input);
                }
            }
            if !input.is_empty() && input.parse::<Token![,]>().is_err() {
                errors.add_at(
                    input.span(),
                    "expected `,`",
                    "options are separated by commas",
                );
                skip_to_comma(input);
                let _ = input.parse::<Option<Token![,]>>();
            }
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        errors.add_unreadable(error);
    }
    (targets, given)
}

enum Item {
    Option(Given),
    Target(Expr),
    /// Reported already.
    Mistaken,
}

fn item(input: ParseStream, table: &'static [Known], errors: &mut Errors) -> syn::Result<Item> {
    let ahead = input.fork();
    let Ok(name) = ahead.call(Ident::parse_any) else {
        return input.parse().map(Item::Target);
    };
    let assigned = ahead.peek(Token![=]) && !ahead.peek(Token![==]);
    let alone = ahead.is_empty() || ahead.peek(Token![,]);
    // `crate::get_suite(id)` is a target, `crate = …` an option.
    let qualified = ahead.peek(Token![::]) && takes_targets(table);
    let known = table.iter().find(|known| name == known.name && !qualified);
    let listed = ahead.peek(token::Paren) && known.is_some_and(|known| known.form == Form::Names);
    let Some(known) = known else {
        // A call shape may begin with any name.
        if !assigned && !alone && takes_targets(table) {
            return input.parse().map(Item::Target);
        }
        if alone && takes_targets(table) {
            errors.add(
                &name,
                format!("`{name}` is neither an option nor a target"),
                format!(
                    "write a call shape such as `{name}(id)` or `{name}(..)`, or a path in quotes"
                ),
            );
        } else {
            unknown(&name, table, errors);
        }
        return Ok(Item::Mistaken);
    };
    if known.form == Form::NotYet {
        errors.add(&name, format!("`{name}` is not built yet"), "leave it out");
        return Ok(Item::Mistaken);
    }
    input.call(Ident::parse_any)?;
    let value = match known.form {
        Form::Value if assigned => {
            input.parse::<Token![=]>()?;
            if input.is_empty() || input.peek(Token![,]) {
                None
            } else {
                Some(Value::Expression(ungrouped(input.parse()?)))
            }
        }
        Form::Names if listed => Some(Value::Names(names(input, known, errors)?)),
        Form::Flag if alone => Some(Value::Flag),
        _ => None,
    };
    match value {
        Some(value) => Ok(Item::Option(Given { known, name, value })),
        None => {
            misshapen(&name, known, errors);
            Ok(Item::Mistaken)
        }
    }
}

/// Only `#[invalidates]` takes targets, and it has no `key`.
fn takes_targets(table: &[Known]) -> bool {
    table.iter().all(|known| known.name != "key")
}

fn names(input: ParseStream, known: &Known, errors: &mut Errors) -> syn::Result<Vec<Ident>> {
    let content;
    let parens = syn::parenthesized!(content in input);
    let listed: Punctuated<TokenTree, Token![,]> =
        Punctuated::parse_terminated(&content).map_err(|error| {
            let _ = content.parse::<TokenStream>();
            syn::Error::new(
                error.span(),
                format!(
                    "`{0}` lists names of arguments\nhelp: write e.g. `{1}`",
                    known.name, known.example
                ),
            )
        })?;
    if listed.is_empty() {
        errors.add_at(
            parens.span.join(),
            format!("`{}` names nothing", known.name),
            format!("write e.g. `{}`, or leave it out", known.example),
        );
    }
    let mut names: Vec<Ident> = Vec::new();
    for token in listed {
        match token {
            TokenTree::Ident(name) if names.contains(&name) => errors.add(
                &name,
                format!("`{name}` is named twice in `{}`", known.name),
                "keep one of them",
            ),
            TokenTree::Ident(name) => names.push(name),
            other => errors.add(
                other,
                format!("`{}` lists names of arguments", known.name),
                format!("write e.g. `{}`", known.example),
            ),
        }
    }
    Ok(names)
}

fn unknown(name: &Ident, table: &[Known], errors: &mut Errors) {
    let typed = name.to_string();
    let names = table
        .iter()
        .filter(|known| known.form != Form::NotYet)
        .map(|known| known.name);
    let help = match suggest::nearest(&typed, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the options are {}", available(table)),
    };
    errors.add(name, format!("unknown option `{typed}`"), help);
}

fn misshapen(name: &Ident, known: &Known, errors: &mut Errors) {
    let fact = match known.form {
        Form::Value => format!("`{name}` needs a value"),
        Form::Names => format!("`{name}` needs names in parentheses"),
        Form::Flag | Form::NotYet => format!("`{name}` takes no value"),
    };
    let help = match known.form {
        Form::Flag => format!("write `{}` alone", known.example),
        _ => format!("write e.g. `{}`", known.example),
    };
    errors.add(name, fact, help);
}

fn available(table: &[Known]) -> String {
    suggest::listed(
        table
            .iter()
            .filter(|known| known.form != Form::NotYet)
            .map(|known| known.name),
    )
}

fn skip_to_comma(input: ParseStream) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _ = input.parse::<TokenTree>();
    }
}
