//! `get_suite(id)` in `#[invalidates]`: the cached call it stands for, written with the
//! user's own tokens, so that the compiler checks it where it was written.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Expr, ExprCall, ExprPath, PathArguments, token};

use crate::errors::Errors;
use crate::tokens::mentions;

/// A call of a cached function, or with `(..)` all its calls.
pub(super) struct CallShape {
    function: ExprPath,
    paren: token::Paren,
    pub(super) arguments: Arguments,
}

pub(super) enum Arguments {
    /// `(..)`
    Any,
    These(Vec<Expr>),
}

/// What happens to the types in `get_suite::<T>(…)`. A family covers all of them.
enum Types {
    Kept,
    Dropped,
}

impl CallShape {
    /// `None` if it is no call, which is then reported.
    pub(super) fn read(written: &Expr, errors: &mut Errors) -> Option<Self> {
        let Expr::Call(call) = written else {
            report(written, errors);
            return None;
        };
        let Expr::Path(function) = call.func.as_ref() else {
            report(written, errors);
            return None;
        };
        let range = call.args.iter().find(|argument| is_any(argument));
        if let (Some(range), true) = (range, call.args.len() > 1) {
            let help = "write all arguments for one call, or `(..)` for all calls";
            errors.add(range, "`..` stands alone or not at all", help);
            return None;
        }
        Some(CallShape {
            function: function.clone(),
            paren: call.paren_token,
            arguments: arguments(call),
        })
    }

    /// Whether the result of the body is among the arguments.
    pub(super) fn is_late(&self) -> bool {
        match &self.arguments {
            Arguments::Any => false,
            Arguments::These(arguments) => arguments
                .iter()
                .any(|argument| mentions(&argument.to_token_stream(), "ok")),
        }
    }

    /// `<get_suite>::key(…)` or `Service::get_suite_key(…)`.
    pub(super) fn key(&self, arguments: &[TokenStream]) -> TokenStream {
        let mut call = self.companion("key", "key", Types::Kept);
        self.paren
            .surround(&mut call, |inside| inside.extend(quote!(#(#arguments),*)));
        call
    }

    /// `<get_suite>::__cache_family()` or `Service::get_suite_family()`.
    pub(super) fn family(&self) -> TokenStream {
        let function = self.companion("__cache_family", "family", Types::Dropped);
        quote!(#function())
    }

    /// The companion as a type in `<…>`, so that a wrong name is not taken for a crate.
    fn companion(&self, of_function: &str, of_method: &str, types: Types) -> TokenStream {
        let mut path = self.function.clone();
        let is_method = self.is_method();
        let Some(last) = path.path.segments.last_mut() else {
            return path.into_token_stream();
        };
        let written = std::mem::replace(&mut last.arguments, PathArguments::None);
        let types = match types {
            Types::Kept => written,
            Types::Dropped => PathArguments::None,
        };
        let at = last.ident.span();
        if is_method {
            last.ident = format_ident!("{}_{of_method}", last.ident, span = at);
            last.arguments = types;
            return path.into_token_stream();
        }
        let function = Ident::new(of_function, at);
        quote_spanned!(at=> <#path>::#function #types)
    }

    /// Whether the function belongs to a type: `Self::…`, `Service::…`, `<T as Trait>::…`.
    fn is_method(&self) -> bool {
        if self.function.qself.is_some() {
            return true;
        }
        let mut segments = self.function.path.segments.iter().rev().skip(1);
        segments.next().is_some_and(|owner| {
            let name = owner.ident.to_string();
            name.chars().next().is_some_and(char::is_uppercase)
        })
    }
}

fn arguments(call: &ExprCall) -> Arguments {
    match call.args.first() {
        Some(only) if is_any(only) => Arguments::Any,
        _ => Arguments::These(call.args.iter().cloned().collect()),
    }
}

fn is_any(argument: &Expr) -> bool {
    matches!(argument, Expr::Range(range) if range.start.is_none() && range.end.is_none())
}

fn report(written: &Expr, errors: &mut Errors) {
    let help = match written {
        Expr::MethodCall(call) => {
            let method = &call.method;
            format!("name the method by its type: `Self::{method}(…)`")
        }
        Expr::Macro(_) => "call the cached function itself, as in `get_suite(id)`".to_owned(),
        Expr::Path(path) => {
            let path = path.to_token_stream().to_string().replace(' ', "");
            format!("write `{path}(id)` for one call, or `{path}(..)` for all of them")
        }
        _ => "write a call shape such as `get_suite(id)`, or a path in quotes".to_owned(),
    };
    errors.add(
        written,
        "this is neither a path nor a call of a cached function",
        help,
    );
}
