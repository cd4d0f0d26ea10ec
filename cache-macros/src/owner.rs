//! The options both attributes share: whose entry it is, and where the runtime lies.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprField, Path};

use crate::tokens::mentions;

/// Whose entry.
pub(crate) enum Owner {
    /// The tenant of the call.
    Ambient,
    /// `tenant = shared`
    Shared,
    /// `tenant = expression`
    Of(Box<Expr>),
}

impl Owner {
    pub(crate) fn from_option(tenant: Option<Expr>) -> Self {
        match tenant {
            None => Owner::Ambient,
            Some(Expr::Path(path)) if path.path.is_ident("shared") => Owner::Shared,
            Some(other) => Owner::Of(Box::new(other)),
        }
    }

    /// Whether the expression uses the argument `name`.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        match self {
            Owner::Of(expression) => mentions(&expression.to_token_stream(), name),
            Owner::Ambient | Owner::Shared => false,
        }
    }

    /// ```text
    /// runtime::Owner::Of(runtime::Tenant::from(Clone::clone(&org)))
    /// ```
    pub(crate) fn expand(&self, runtime: &TokenStream) -> TokenStream {
        match self {
            Owner::Ambient => quote!(#runtime::Owner::Ambient),
            Owner::Shared => quote!(#runtime::Owner::Shared),
            Owner::Of(expression) => {
                let value = cloned(expression, runtime);
                let here = syn::spanned::Spanned::span(expression);
                let path = respanned(runtime, here);
                let tenant = quote_spanned!(here=> #path::Tenant::from(#value));
                quote!(#runtime::Owner::Of(#tenant))
            }
        }
    }
}

/// The expression without moving an argument out of the body's reach: names and fields are
/// cloned, the rest stands as written.
pub(crate) fn cloned(expression: &Expr, runtime: &TokenStream) -> TokenStream {
    if !is_place(expression) {
        return expression.to_token_stream();
    }
    let here = syn::spanned::Spanned::span(expression);
    quote_spanned!(here=> #runtime::core::clone::Clone::clone(&#expression))
}

/// A variable, or fields of one; `self` alone is passed on as it is.
pub(crate) fn is_place(expression: &Expr) -> bool {
    match expression {
        Expr::Path(path) => path
            .path
            .get_ident()
            .is_some_and(|name| name != "self" && !is_constant(&name.to_string())),
        Expr::Field(field) => is_field_of_a_place(field),
        Expr::Group(group) => is_place(&group.expr),
        _ => false,
    }
}

fn is_field_of_a_place(field: &ExprField) -> bool {
    match field.base.as_ref() {
        Expr::Path(path) => path.path.get_ident().is_some(),
        Expr::Field(field) => is_field_of_a_place(field),
        _ => false,
    }
}

fn is_constant(name: &str) -> bool {
    name.chars().all(|c| !c.is_lowercase()) && name.chars().any(char::is_uppercase)
}

/// `runtime` in the templates of expansions: where everything an expansion names lies.
pub(crate) fn runtime(written: Option<Path>) -> TokenStream {
    let at = Span::mixed_site();
    match written {
        Some(path) => quote_spanned!(at=> #path::__private),
        None => quote_spanned!(at=> ::cache_runtime::__private),
    }
}

/// The path with errors about it at another place.
fn respanned(path: &TokenStream, at: Span) -> TokenStream {
    let tokens = path.clone().into_iter();
    tokens
        .map(|mut token| {
            token.set_span(at.resolved_at(token.span()));
            token
        })
        .collect()
}
