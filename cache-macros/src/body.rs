//! The user's body as a future or closure that a runtime function runs.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::signature::{Function, Shape};

/// The function again, around the body: `setup` first, then the body handed to `runner` as
/// its last argument.
///
/// ```text
/// async fn name(id: u64) -> R {
///     SETUP
///     runtime::runner::<R, _, _, _>(ARGUMENTS, async move { BODY }).await
/// }
/// ```
pub(crate) fn wrapped(
    function: &Function,
    runtime: &TokenStream,
    runner: &str,
    setup: &TokenStream,
    arguments: &TokenStream,
) -> TokenStream {
    let Function {
        attributes,
        visibility,
        signature,
        inner_attributes,
        output,
        ..
    } = function;
    let body = body(function, runtime);
    let here = Span::mixed_site();
    let runner = match function.shape {
        Shape::Sync => quote::format_ident!("{runner}_blocking", span = here),
        Shape::Async | Shape::Boxed => quote::format_ident!("{runner}", span = here),
    };
    let call =
        quote_spanned!(here=> #setup #runtime::#runner::<#output, _, _, _>(#arguments #body));
    let around = match function.shape {
        Shape::Async => quote_spanned!(here=> #call.await),
        Shape::Sync => call,
        Shape::Boxed => quote_spanned! {here=>
            #runtime::std::boxed::Box::pin(async move { #call.await })
        },
    };
    quote! {
        #(#attributes)*
        #visibility #signature {
            #(#inner_attributes)*
            #around
        }
    }
}

/// `return` and `?` leave only the body, whose type is known, so that `?` can convert.
fn body(function: &Function, runtime: &TokenStream) -> TokenStream {
    let here = Span::mixed_site();
    let Function { output, body, .. } = function;
    let taken_apart = function.arguments.iter().filter_map(|argument| {
        let (pattern, ident) = (argument.pattern.as_ref()?, &argument.ident);
        let is_wild = matches!(pattern, syn::Pat::Wild(_));
        (!is_wild).then(|| quote_spanned!(here=> let #pattern = #ident;))
    });
    let statements = body.stream();
    let in_its_braces = |before: TokenStream| {
        let mut block = Group::new(Delimiter::Brace, quote!(#before #statements));
        block.set_span(body.span());
        block
    };
    let taken_apart = quote!(#(#taken_apart)*);
    match function.shape {
        // The `return` that never happens tells the type: an async block cannot name it.
        Shape::Async => {
            let block = in_its_braces(quote_spanned! {here=>
                if let #runtime::core::option::Option::Some(__cache_result) =
                    #runtime::core::option::Option::None::<#output>
                {
                    #[allow(unreachable_code)]
                    return __cache_result;
                }
                #taken_apart
            });
            quote_spanned!(here=> async move #block)
        }
        Shape::Sync => {
            let block = in_its_braces(taken_apart);
            quote_spanned!(here=> move || -> #output #block)
        }
        Shape::Boxed => {
            let returned = &function.signature.output;
            let block = in_its_braces(taken_apart);
            quote_spanned! {here=>
                async move {
                    let __cache_future = (move || #returned #block)();
                    __cache_future.await
                }
            }
        }
    }
}

/// Whether the result is a `Result`, an `Option` or plain, by type.
pub(crate) fn kind(function: &Function, runtime: &TokenStream) -> TokenStream {
    probed(function, runtime, quote!(&&&), quote!(kind))
}

/// Whether its error can be shared, by type.
pub(crate) fn sharing(function: &Function, runtime: &TokenStream) -> TokenStream {
    probed(function, runtime, quote!(&&), quote!(sharing))
}

/// A method of `runtime::kinds::Probe`, looked for through that many references.
fn probed(
    function: &Function,
    runtime: &TokenStream,
    references: TokenStream,
    method: TokenStream,
) -> TokenStream {
    let output = &function.output;
    quote_spanned! {Span::mixed_site()=>
        {
            use #runtime::kinds::*;
            (#references Probe::<#output>::new()).#method()
        }
    }
}
