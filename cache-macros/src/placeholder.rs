//! From a template to parts of a path: which argument a placeholder means, and the
//! expression that reads it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Member;

use crate::errors::Errors;
use crate::key_template::{Piece, Placeholder, Template};
use crate::signature::Function;
use crate::suggest;
use crate::tokens::ends;

/// A part of a path, known to be right.
pub(crate) enum Part {
    Literal(String),
    /// The placeholder's root, and a reference to its value.
    Value {
        root: String,
        borrowed: TokenStream,
    },
}

/// What `{ok}` means.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Ok {
    /// The result of a mutator.
    Result,
    /// Nothing, unless an argument has that name.
    Unknown,
}

/// The parts of `template`; placeholders that mean nothing are reported and left out.
pub(crate) fn resolve(
    template: &Template,
    function: &Function,
    ok: Ok,
    errors: &mut Errors,
) -> Vec<Part> {
    let mut parts = Vec::new();
    for piece in &template.pieces {
        match piece {
            Piece::Literal(text) => parts.push(Part::Literal(text.clone())),
            Piece::Placeholder(placeholder) => {
                match expression(placeholder, template, function, ok) {
                    Some(borrowed) => parts.push(Part::Value {
                        root: placeholder.root.clone(),
                        borrowed,
                    }),
                    None => unknown(placeholder, template, function, ok, errors),
                }
            }
        }
    }
    parts
}

/// The variable that holds the result inside the closure a mutator hands to the runtime.
pub(crate) fn ok_variable() -> Ident {
    Ident::new("__cache_ok", Span::mixed_site())
}

/// `&id` at the argument's type, where the compiler says what cannot be part of a key.
pub(crate) fn borrowed_argument(ident: &Ident, ty: &impl ToTokens) -> TokenStream {
    let (first, last) = ends(&ty.to_token_stream());
    let mut ident = ident.clone();
    ident.set_span(last.resolved_at(ident.span()));
    quote_spanned!(first=> &#ident)
}

fn expression(
    placeholder: &Placeholder,
    template: &Template,
    function: &Function,
    ok: Ok,
) -> Option<TokenStream> {
    let here = template.literal.span();
    let Placeholder { root, fields } = placeholder;
    if root == "ok" && ok == Ok::Result && function.argument("ok").is_none() {
        let mut value = ok_variable();
        value.set_span(here.resolved_at(value.span()));
        return Some(match &fields[..] {
            [] => quote!(#value),
            _ => field_of(&value, fields, here),
        });
    }
    let (named, whole) = if root == "self" {
        let receiver = function.signature.receiver()?;
        let named = Ident::new("self", here.resolved_at(receiver.self_token.span));
        (
            named,
            borrowed_argument(&Ident::from(receiver.self_token), receiver),
        )
    } else if let Some(argument) = function.argument(root) {
        let mut named = argument.ident.clone();
        named.set_span(here.resolved_at(named.span()));
        (named, borrowed_argument(&argument.ident, &argument.ty))
    } else {
        let mut generics = function.signature.generics.const_params();
        let constant = &generics.find(|constant| constant.ident == root)?.ident;
        return fields.is_empty().then(|| quote!(&#constant));
    };
    Some(match &fields[..] {
        [] => whole,
        _ => field_of(&named, fields, here),
    })
}

fn field_of(value: &Ident, fields: &[Member], here: Span) -> TokenStream {
    let fields = fields.iter().map(|field| match field {
        Member::Named(name) => {
            let mut name = name.clone();
            // Not the user's own token: the compiler would suggest to replace all of it.
            name.set_span(here.resolved_at(Span::mixed_site()));
            Member::Named(name)
        }
        Member::Unnamed(index) => Member::from(index.index as usize),
    });
    quote_spanned!(here=> &#value #(.#fields)*)
}

fn unknown(
    placeholder: &Placeholder,
    template: &Template,
    function: &Function,
    ok: Ok,
    errors: &mut Errors,
) {
    let name = function.name();
    let root = placeholder.root.as_str();
    if root == "self" {
        let help = "name an argument instead, or make it a method";
        let fact = format!("`{placeholder}` has no meaning: `{name}` has no `self`");
        return errors.add(&template.literal, fact, help);
    }
    if function
        .arguments
        .iter()
        .any(|argument| argument.binds(root))
    {
        let help = "give the whole argument a name, and take it apart in the body";
        let fact = format!("`{placeholder}` names only a part of an argument of `{name}`");
        return errors.add(&template.literal, fact, help);
    }
    let fact = match root {
        "ok" => format!("`{placeholder}` is known only after the body of `{name}` ran"),
        _ => format!("`{placeholder}` names no argument of `{name}`"),
    };
    let known = function.argument_names();
    let result = (ok == Ok::Result).then_some("ok");
    let near = suggest::nearest(root, known.iter().map(String::as_str).chain(result));
    let arguments = suggest::arguments(&known);
    let help = match (near, ok) {
        (Some(near), _) => format!("did you mean `{{{near}}}`? {arguments}"),
        (None, Ok::Result) => format!("{arguments}; `{{ok}}` is the result"),
        (None, Ok::Unknown) => arguments,
    };
    errors.add(&template.literal, fact, help);
}
