//! From the model to tokens. Nothing fails here.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Expr;

use super::call_shape::{Arguments, CallShape};
use super::{After, Invalidates, Target, Text};
use crate::body;
use crate::key_template::Use;
use crate::owner::{cloned, is_place};
use crate::placeholder::{Part, ok_variable};
use crate::tokens::{ends, find_token, mentions};

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
    ///     runtime::mutate::<Result<Suite, DbError>, _, _, _>(
    ///         __cache_targets, __cache_kind, runtime::After::Success,
    ///         move |__cache_ok, __cache_targets| {
    ///             __cache_targets.path(&[Literal("case:"), Value(&__cache_ok.id)]);
    ///         },
    ///         async move { … },
    ///     ).await
    /// }
    /// ```
    ///
    /// With `strict` it is `runtime::mutate_strict`, which is told `runtime::refused::<…>`
    /// before the body.
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
        let Late {
            taken, statements, ..
        } = late;
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
        let output = &self.function.output;
        let (runner, refused) = match self.strict {
            true => (
                "mutate_strict",
                quote_spanned!(here=> #runtime::refused::<#output>,),
            ),
            false => ("mutate", TokenStream::new()),
        };
        let arguments = quote_spanned! {here=>
            __cache_targets,
            __cache_kind,
            #after,
            move |#ok, #targets| { #(#statements)* },
            #refused
        };
        body::wrapped(&self.function, runtime, runner, &setup, &arguments)
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
                let mut clones = Late::default();
                let arguments: Vec<_> = arguments
                    .iter()
                    .map(|argument| match is_place(argument) {
                        true => self.taken_before(argument, &mut clones),
                        false => argument.to_token_stream(),
                    })
                    .collect();
                let key = shape.key(&arguments);
                let clones = clones.taken;
                quote_spanned!(here=> { #(#clones)* __cache_targets.key(#key); })
            }
        }
    }

    /// As `late_text`, for a call: variables and fields are cloned before the body moves
    /// them, other expressions are computed afterwards from clones of what they use.
    fn late_call(&self, shape: &CallShape, now: &mut Vec<TokenStream>, late: &mut Late) {
        let here = Span::mixed_site();
        let Arguments::These(written) = &shape.arguments else {
            return;
        };
        let mut arguments = Vec::new();
        let mut before_call = Vec::new();
        // The user's `ok` is bound once, however many arguments take from it.
        let mut named = false;
        for argument in written {
            let tokens = argument.to_token_stream();
            let result = result_in(&tokens);
            if result.is_none() && (is_place(argument) || is_reference_to_place(argument)) {
                arguments.push(self.taken_before(argument, late));
                continue;
            }
            before_call.extend(self.clones_of_arguments_in(&tokens, late));
            if let Some(name) = result
                && !std::mem::replace(&mut named, true)
            {
                let ok = ok_variable();
                before_call.push(quote_spanned!(here=> let #name = #ok;));
            }
            arguments.push(match is_place(argument) {
                true => bound(argument, &self.runtime, late, &mut before_call),
                false => tokens,
            });
        }
        let key = shape.key(&arguments);
        late.statements.push(quote_spanned! {here=>
            {
                #(#before_call)*
                __cache_targets.key(#key);
            }
        });
        let family = shape.family();
        now.push(quote_spanned!(here=> __cache_targets.otherwise_family(#family);));
    }

    /// A clone of a variable or field, or a reference to one, that the body cannot move.
    fn taken_before(&self, argument: &Expr, late: &mut Late) -> TokenStream {
        let (place, ampersand) = match argument {
            Expr::Reference(reference) => (reference.expr.as_ref(), Some(reference.and_token)),
            other => (other, None),
        };
        let mut taken = std::mem::take(&mut late.taken);
        let name = bound(place, &self.runtime, late, &mut taken);
        late.taken = taken;
        quote!(#ampersand #name)
    }

    fn clones_of_arguments_in(&self, tokens: &TokenStream, late: &mut Late) -> Vec<TokenStream> {
        let here = Span::mixed_site();
        let runtime = &self.runtime;
        let declared = self.function.arguments.iter();
        declared
            .map(|argument| &argument.ident)
            .filter(|name| mentions(tokens, &name.to_string()))
            .map(|name| {
                let taken = late.name();
                late.taken.push(
                    quote_spanned!(here=> let #taken = #runtime::core::clone::Clone::clone(&#name);),
                );
                quote_spanned!(here=> let #name = #taken;)
            })
            .collect()
    }
}

/// What the closure that sees the result needs and does.
#[derive(Default)]
struct Late {
    names: usize,
    /// Before the body.
    taken: Vec<TokenStream>,
    /// After it.
    statements: Vec<TokenStream>,
}

impl Late {
    fn name(&mut self) -> Ident {
        self.names += 1;
        format_ident!("__cache_taken{}", self.names, span = Span::mixed_site())
    }
}

/// Clones `place` into a variable, whose name stands where the user wrote `place`: there a
/// wrong type is reported.
fn bound(
    place: &Expr,
    runtime: &TokenStream,
    late: &mut Late,
    statements: &mut Vec<TokenStream>,
) -> TokenStream {
    let mut name = late.name();
    let tokens = place.to_token_stream();
    // The result is a reference already.
    let value = match tokens.to_string() == "ok" {
        true => quote!(#runtime::core::clone::Clone::clone(#place)),
        false => cloned(place, runtime),
    };
    statements.push(quote_spanned!(Span::mixed_site()=> let #name = #value;));
    let (_, last) = ends(&tokens);
    name.set_span(last.resolved_at(name.span()));
    name.into_token_stream()
}

fn is_reference_to_place(expression: &Expr) -> bool {
    matches!(expression, Expr::Reference(reference) if is_place(&reference.expr))
}

/// The user's own `ok`, whose span decides what it resolves to.
fn result_in(tokens: &TokenStream) -> Option<Ident> {
    if !mentions(tokens, "ok") {
        return None;
    }
    find_token(tokens, "ok").and_then(|token| match token {
        TokenTree::Ident(ident) => Some(ident),
        _ => None,
    })
}
