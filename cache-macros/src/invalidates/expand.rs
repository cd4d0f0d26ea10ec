//! From the model to tokens. Nothing fails here.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::call_shape::{Arguments, CallShape};
use super::{After, Invalidates, Target, Text};
use crate::body;
use crate::key_template::Use;
use crate::owner::{cloned, is_place};
use crate::placeholder::{Part, ok_variable};
use crate::signature::mentions;

impl Invalidates {
    /// The function around its body.
    ///
    /// ```text
    /// async fn rename(id: u64, name: String) -> Result<Suite, DbError> {
    ///     let __cache_kind = …;
    ///     let mut __cache_targets = runtime::Targets::new(runtime::Owner::Ambient);
    ///     __cache_targets.within(|__cache_targets| {
    ///         __cache_targets.key(get_suite::key(Clone::clone(&id)));
    ///         __cache_targets.otherwise("case:*");
    ///     });
    ///     runtime::mutate(
    ///         __cache_targets, __cache_kind, runtime::After::Success,
    ///         move |__cache_ok, __cache_targets| {
    ///             __cache_targets.path(&[Literal("case:"), Value(&__cache_ok.id)]);
    ///         },
    ///         async move { … },
    ///     ).await
    /// }
    /// ```
    pub(super) fn expand(&self) -> TokenStream {
        let here = Span::mixed_site();
        let runtime = &self.runtime;
        let kind = body::kind(&self.function, runtime);
        let owner = self.owner.expand(runtime);
        let mut now = Vec::new();
        let mut late = Late::default();
        for target in &self.targets {
            match target {
                Target::Text(text) if text.is_late() => self.late_text(text, &mut now, &mut late),
                Target::Text(text) => now.push(self.text(text, None)),
                Target::Call(shape) if shape.is_late() => {
                    self.late_call(shape, &mut now, &mut late)
                }
                Target::Call(shape) => now.push(self.call(shape)),
            }
        }
        let Late { taken, statements } = late;
        let after = match self.after {
            After::Success => quote!(#runtime::After::Success),
            After::Always => quote!(#runtime::After::Always),
        };
        let setup = quote_spanned! {here=>
            let __cache_kind = #kind;
            let mut __cache_targets = #runtime::Targets::new(#owner);
            __cache_targets.within(|__cache_targets| { #(#now)* });
            #(#taken)*
        };
        let ok = match statements.is_empty() {
            true => quote!(_),
            false => ok_variable().into_token_stream(),
        };
        let targets = match statements.is_empty() {
            true => quote!(_),
            false => quote_spanned!(here=> __cache_targets),
        };
        let arguments = quote_spanned! {here=>
            __cache_targets,
            __cache_kind,
            #after,
            move |#ok, #targets| { #(#statements)* },
        };
        body::wrapped(&self.function, runtime, "mutate", &setup, &arguments)
    }

    /// `__cache_targets.path(&[…]);`, where an argument beside the result is `encoded`.
    fn text(&self, text: &Text, encoded: Option<&[Option<Ident>]>) -> TokenStream {
        let here = Span::mixed_site();
        let runtime = &self.runtime;
        let parts = text.parts.iter().enumerate().map(|(index, part)| {
            let encoded = encoded.and_then(|encoded| encoded[index].as_ref());
            match (part, encoded) {
                (Part::Literal(text), _) => quote!(#runtime::Part::Literal(#text)),
                (Part::Value { .. }, Some(name)) => quote!(#runtime::Part::Encoded(&#name)),
                (Part::Value { borrowed, .. }, None) => quote!(#runtime::Part::Value(#borrowed)),
            }
        });
        let method = Ident::new(
            match text.used {
                Use::Tag => "tag",
                Use::Event => "event",
                Use::Path | Use::Prefix | Use::Key => "path",
            },
            here,
        );
        quote_spanned!(here=> __cache_targets.#method(&[#(#parts),*]);)
    }

    /// The result says what to drop; arguments beside it are encoded before the body moves
    /// them. Without a result everything that it might have been is dropped.
    fn late_text(&self, text: &Text, now: &mut Vec<TokenStream>, late: &mut Late) {
        let here = Span::mixed_site();
        let runtime = &self.runtime;
        let mut encoded = Vec::new();
        for part in &text.parts {
            encoded.push(match part {
                Part::Value { root, borrowed } if root != "ok" => {
                    let name = late.name();
                    let taken =
                        quote_spanned!(here=> let #name = #runtime::Encoded::new(#borrowed););
                    late.taken.push(taken);
                    Some(name)
                }
                Part::Value { .. } | Part::Literal(_) => None,
            });
        }
        late.statements.push(self.text(text, Some(&encoded)));
        let ancestor = &text.ancestor;
        now.push(match text.used {
            Use::Event if !ancestor.is_empty() => {
                quote_spanned!(here=> __cache_targets.otherwise_event(#ancestor);)
            }
            Use::Path if !ancestor.is_empty() => {
                let pattern = format!("{ancestor}:*");
                quote_spanned!(here=> __cache_targets.otherwise(#pattern);)
            }
            // A tag is one whole, so any of them may be meant.
            _ => quote_spanned!(here=> __cache_targets.otherwise("*");),
        });
    }

    /// `__cache_targets.key(get_suite::key(Clone::clone(&id)));`
    fn call(&self, shape: &CallShape) -> TokenStream {
        let here = Span::mixed_site();
        match &shape.arguments {
            Arguments::Any => {
                let family = shape.family();
                quote_spanned!(here=> __cache_targets.family(#family);)
            }
            Arguments::These(arguments) => {
                let arguments: Vec<_> = arguments
                    .iter()
                    .map(|argument| cloned(argument, &self.runtime))
                    .collect();
                let key = shape.key(&arguments);
                quote_spanned!(here=> __cache_targets.key(#key);)
            }
        }
    }

    /// As `late_text`, for a call: variables and fields are cloned before the body moves
    /// them, other expressions are computed afterwards from clones of what they use.
    fn late_call(&self, shape: &CallShape, now: &mut Vec<TokenStream>, late: &mut Late) {
        let here = Span::mixed_site();
        let runtime = &self.runtime;
        let Arguments::These(written) = &shape.arguments else {
            return;
        };
        let mut arguments = Vec::new();
        let mut clones: Vec<TokenStream> = Vec::new();
        let mut result = None;
        for argument in written {
            let tokens = argument.to_token_stream();
            if let Some(ok) = result_in(&tokens) {
                result.get_or_insert(ok);
            } else if is_place(argument) || is_reference_to_place(argument) {
                arguments.push(self.taken_before(argument, late));
                continue;
            }
            for declared in &self.function.arguments {
                let name = &declared.ident;
                if mentions(&tokens, &name.to_string()) {
                    let taken = late.name();
                    late.taken.push(quote_spanned!(here=> let #taken = #runtime::core::clone::Clone::clone(&#name);));
                    clones.push(quote_spanned!(here=> let #name = #taken;));
                }
            }
            arguments.push(match is_place(argument) {
                true => cloned(argument, runtime),
                false => tokens,
            });
        }
        let key = shape.key(&arguments);
        let ok = ok_variable();
        let result = result.map(|name| quote_spanned!(here=> let #name = #ok;));
        late.statements.push(quote_spanned! {here=>
            {
                #(#clones)*
                #result
                __cache_targets.key(#key);
            }
        });
        let family = shape.family();
        now.push(quote_spanned!(here=> __cache_targets.otherwise_family(#family);));
    }

    fn taken_before(&self, argument: &Expr, late: &mut Late) -> TokenStream {
        let mut name = late.name();
        let (place, ampersand) = match argument {
            Expr::Reference(reference) => (reference.expr.as_ref(), Some(reference.and_token)),
            other => (other, None),
        };
        let value = cloned(place, &self.runtime);
        late.taken
            .push(quote_spanned!(Span::mixed_site()=> let #name = #value;));
        name.set_span(argument.span().resolved_at(name.span()));
        quote!(#ampersand #name)
    }
}

/// What the closure that sees the result needs and does.
#[derive(Default)]
struct Late {
    /// Before the body.
    taken: Vec<TokenStream>,
    /// After it.
    statements: Vec<TokenStream>,
}

impl Late {
    fn name(&self) -> Ident {
        format_ident!(
            "__cache_taken{}",
            self.taken.len(),
            span = Span::mixed_site()
        )
    }
}

fn is_reference_to_place(expression: &Expr) -> bool {
    matches!(expression, Expr::Reference(reference) if is_place(&reference.expr))
}

/// The user's own `ok`, whose span decides what it resolves to.
fn result_in(tokens: &TokenStream) -> Option<Ident> {
    if !mentions(tokens, "ok") {
        return None;
    }
    crate::signature::find_token(tokens, "ok").and_then(|token| match token {
        TokenTree::Ident(ident) => Some(ident),
        _ => None,
    })
}
