//! Looking into tokens without parsing them.

use proc_macro2::{Spacing, Span, TokenStream, TokenTree};

/// Whether the expression in `tokens` uses the variable `name`: neither a field nor a path
/// nor a method of that name, but also inside a format string.
pub(crate) fn mentions(tokens: &TokenStream, name: &str) -> bool {
    let mut before = ' ';
    let mut tokens = tokens.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let found = match &token {
            TokenTree::Ident(ident) => {
                let is_path = matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':' && next.spacing() == Spacing::Joint);
                ident == name && before != '.' && !is_path
            }
            TokenTree::Group(group) => mentions(&group.stream(), name),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                text.contains(&format!("{{{name}}}")) || text.contains(&format!("{{{name}:"))
            }
            TokenTree::Punct(_) => false,
        };
        if found {
            return true;
        }
        before = match token {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => ' ',
        };
    }
    false
}

/// The first identifier or punctuation `wanted` in `tokens`, at any depth.
pub(crate) fn find_token(tokens: &TokenStream, wanted: &str) -> Option<TokenTree> {
    tokens.clone().into_iter().find_map(|token| match &token {
        TokenTree::Group(group) => find_token(&group.stream(), wanted),
        other if other.to_string() == wanted => Some(token),
        _ => None,
    })
}

/// The spans of the first and last token, between which the compiler underlines.
pub(crate) fn ends(tokens: &TokenStream) -> (Span, Span) {
    let mut spans = tokens
        .clone()
        .into_iter()
        .map(|token| TokenTree::span(&token));
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn fields_paths_and_methods_are_no_variables() {
        assert!(mentions(&quote!(id), "id"));
        assert!(mentions(&quote!(f(&id.x)), "id"));
        assert!(mentions(&quote!(format!("{id}-{id:?}")), "id"));
        assert!(!mentions(&quote!(x.id), "id"));
        assert!(!mentions(&quote!(id::new()), "id"));
        assert!(!mentions(&quote!("id"), "id"));
        assert!(!mentions(&quote!(ids), "id"));
    }

    #[test]
    fn tokens_are_found_at_any_depth() {
        assert!(find_token(&quote!(Option<(u8, &str)>), "&").is_some());
        assert!(find_token(&quote!(Vec<impls>), "impl").is_none());
    }
}
