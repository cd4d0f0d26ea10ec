//! Reads the function an attribute stands on: the signature is understood, the body kept
//! as raw tokens, so that half-typed code does not break the attribute.

mod shape;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, FnArg, Ident, Pat, Safety, Signature, Token, Type, Visibility, parse_quote};

use crate::errors::Errors;
use crate::tokens::{find_token, mentions};
pub(crate) use shape::Shape;
use shape::shape_and_output;

/// A function with a body.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    /// Every argument has a name here: patterns are replaced by one.
    pub(crate) signature: Signature,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) shape: Shape,
    /// What a call gives, awaited if need be.
    pub(crate) output: Type,
    /// `#![allow(…)]` and the like, which must stay in front.
    pub(crate) inner_attributes: Vec<Attribute>,
    /// In its braces.
    pub(crate) body: Group,
}

/// An argument other than `self`.
pub(crate) struct Argument {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// What the argument was taken apart with, if it was.
    pub(crate) pattern: Option<Pat>,
}

impl Function {
    /// `None` if there is no function, which is then reported.
    pub(crate) fn read(item: TokenStream, attribute: &str, errors: &mut Errors) -> Option<Self> {
        let parser = |input: ParseStream| {
            let attributes = input.call(Attribute::parse_outer)?;
            let visibility = input.parse()?;
            if let Some(keyword) = keyword_of_another_item(input) {
                errors.add(
                    &keyword,
                    format!("`#[{attribute}]` goes on a function"),
                    "put it on the function or method itself",
                );
                input.parse::<TokenStream>()?;
                return Ok(None);
            }
            let signature: Signature = input.parse()?;
            let rest: TokenStream = input.parse()?;
            let Some(body) = body_in(rest) else {
                errors.add(
                    &signature.ident,
                    format!("`{}` has no body", signature.ident),
                    format!("put `#[{attribute}]` where the function is implemented"),
                );
                return Ok(None);
            };
            Function::new(attributes, visibility, signature, body).map(Some)
        };
        match parser.parse2(item) {
            Ok(function) => {
                if let Some(function) = &function {
                    function.check(attribute, errors);
                }
                function
            }
            Err(error) => {
                errors.add_unreadable(error);
                None
            }
        }
    }

    fn new(
        attributes: Vec<Attribute>,
        visibility: Visibility,
        mut signature: Signature,
        body: Group,
    ) -> syn::Result<Self> {
        let (inner_attributes, body) = without_inner_attributes(&body)?;
        let (shape, output) = shape_and_output(&signature);
        let arguments = name_every_argument(&mut signature);
        Ok(Function {
            attributes,
            visibility,
            signature,
            arguments,
            shape,
            output,
            inner_attributes,
            body,
        })
    }

    /// The rules that hold for both attributes.
    fn check(&self, attribute: &str, errors: &mut Errors) {
        let signature = &self.signature;
        let refused = |what: &str| format!("`#[{attribute}]` does not work on {what}");
        if let Some(token) = &signature.constness {
            errors.add(token, refused("a `const fn`"), "remove `const`");
        }
        if let Safety::Unsafe(token) = &signature.safety {
            let help = "wrap it in a safe function, and put the attribute there";
            errors.add(token, refused("an `unsafe fn`"), help);
        }
        if let Some(abi) = &signature.abi {
            let help = "put the attribute on a Rust function that it calls";
            errors.add(abi, refused("an `extern fn`"), help);
        }
        if let Some(variadic) = &signature.variadic {
            errors.add(
                variadic,
                refused("a variadic function"),
                "list the arguments",
            );
        }
        if let Some(token) = find_token(&self.output.to_token_stream(), "impl") {
            let help = "name the type it returns; for a future, write `async fn`";
            errors.add(token, "`impl Trait` cannot be returned here", help);
        }
        for other in &self.attributes {
            let Some(last) = other.path().segments.last() else {
                continue;
            };
            if last.ident == attribute {
                let fact = format!("`#[{attribute}]` is given twice");
                errors.add(last, fact, "keep one of them, with the options of both");
            } else if last.ident == "cached" || last.ident == "invalidates" {
                let fact = "`#[cached]` and `#[invalidates]` on one function";
                let help = "a hit would skip the change: split it into one that reads and one that changes";
                errors.add(last, fact, help);
            }
        }
    }

    pub(crate) fn name(&self) -> &Ident {
        &self.signature.ident
    }

    pub(crate) fn argument(&self, name: &str) -> Option<&Argument> {
        self.arguments
            .iter()
            .find(|argument| argument.ident == name)
    }

    /// The names that placeholders and `skip(…)` can use.
    pub(crate) fn argument_names(&self) -> Vec<String> {
        let receiver = self.signature.receiver().map(|_| "self".to_owned());
        let named = self
            .arguments
            .iter()
            .filter(|argument| argument.pattern.is_none())
            .map(|argument| argument.ident.to_string());
        receiver.into_iter().chain(named).collect()
    }

    /// Methods as `async_trait` leaves them, in an impl to which nothing can be added.
    pub(crate) fn is_from_async_trait(&self) -> bool {
        self.signature
            .generics
            .lifetimes()
            .any(|lifetime| lifetime.lifetime.ident == "async_trait")
    }
}

impl Argument {
    pub(crate) fn is_impl_trait(&self) -> bool {
        find_token(&self.ty.to_token_stream(), "impl").is_some()
    }

    /// Whether `name` is bound inside the pattern that takes this argument apart.
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.pattern
            .as_ref()
            .is_some_and(|pattern| mentions(&pattern.to_token_stream(), name))
    }
}

fn keyword_of_another_item(input: ParseStream) -> Option<Ident> {
    const ITEMS: [&str; 9] = [
        "struct", "enum", "union", "trait", "impl", "mod", "type", "static", "use",
    ];
    if input.fork().parse::<Signature>().is_ok() {
        return None;
    }
    let ahead = input.fork().parse::<TokenStream>().ok()?;
    let first_two = ahead.into_iter().take(2);
    first_two
        .filter_map(|token| match token {
            TokenTree::Ident(ident) => Some(ident),
            _ => None,
        })
        .find(|ident| ident == "const" || ITEMS.iter().any(|item| ident == item))
}

/// A body that a `macro_rules!` passed on stands in a group without delimiters.
fn body_in(rest: TokenStream) -> Option<Group> {
    match rest.into_iter().next()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => body_in(group.stream()),
        _ => None,
    }
}

fn without_inner_attributes(body: &Group) -> syn::Result<(Vec<Attribute>, Group)> {
    let parser = |input: ParseStream| {
        let attributes = input.call(Attribute::parse_inner)?;
        Ok((attributes, input.parse::<TokenStream>()?))
    };
    let (attributes, statements) = parser.parse2(body.stream())?;
    let mut rest = Group::new(Delimiter::Brace, statements);
    rest.set_span(body.span());
    Ok((attributes, rest))
}

/// Gives a name to each argument that is taken apart in place.
fn name_every_argument(signature: &mut Signature) -> Vec<Argument> {
    let mut arguments = Vec::new();
    for (position, input) in signature.inputs.iter_mut().enumerate() {
        let FnArg::Typed(typed) = input else {
            continue;
        };
        let ty = typed.ty.as_ref().clone();
        arguments.push(match typed.pat.as_ref() {
            Pat::Ident(named) => Argument {
                ident: named.ident.clone(),
                ty,
                pattern: None,
            },
            other => {
                let ident = format_ident!("__cache_arg{position}", span = Span::mixed_site());
                let pattern = Some(other.clone());
                *typed.pat = parse_quote!(#ident);
                Argument { ident, ty, pattern }
            }
        });
    }
    arguments
}

impl ToTokens for Argument {
    /// As a plain `name: Type`.
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Argument { ident, ty, .. } = self;
        let colon = Token![:](ident.span());
        tokens.extend(quote!(#ident #colon #ty));
    }
}
