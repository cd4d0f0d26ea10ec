//! The companion: a function's key, and the ways around its cache.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{FnArg, GenericParam, Pat, ReceiverKind, parse_quote};

use super::arguments::uses;
use super::expand::{Detail, option};
use super::{Cached, Companion, Key};
use crate::owner::Owner;
use crate::signature::{Argument, Shape};

impl Cached {
    /// ```text
    /// struct get_suite {}
    /// impl get_suite {
    ///     fn key(id: u64) -> Key { … }
    ///     async fn invalidate(id: u64) -> Result<(), Error> { … }
    ///     async fn refresh(db: &Db, id: u64) -> Result<Suite, DbError> { … }
    ///     async fn uncached(db: &Db, id: u64) -> Result<Suite, DbError> { … }
    ///     fn __cache_family() -> Family { … }
    ///     fn __cache_here() {}
    /// }
    /// ```
    pub(super) fn companion(&self) -> TokenStream {
        match &self.companion {
            Companion::None => TokenStream::new(),
            Companion::Struct(name) => {
                let cfgs = self.cfgs();
                let visibility = &self.function.visibility;
                let functions = self.functions(|function| match function {
                    "family" => format_ident!("__cache_family", span = name.span()),
                    other => Ident::new(other, name.span()),
                });
                let doc = format!(
                    "The keys of the cached function `{}`, and the ways around its cache.",
                    self.function.name()
                );
                quote! {
                    #(#cfgs)*
                    #[doc = #doc]
                    #[allow(non_camel_case_types, dead_code, unreachable_pub, missing_debug_implementations, missing_copy_implementations)]
                    #visibility struct #name {}

                    #(#cfgs)*
                    impl #name {
                        #[doc(hidden)]
                        fn __cache_here() {}
                        #functions
                    }
                }
            }
            Companion::Functions(name) => {
                self.functions(|function| format_ident!("{name}_{function}", span = name.span()))
            }
        }
    }

    /// Each is declared like the function itself: same visibility, generics and bounds.
    fn functions(&self, called: impl Fn(&str) -> Ident) -> TokenStream {
        let key = called("key");
        let documented = [
            (
                quote!(doc = "The key of a call with these arguments."),
                self.key_function(&key),
            ),
            (
                quote!(doc = "Drops the entry of a call with these arguments."),
                self.invalidate_function(&called("invalidate"), &key),
            ),
            (
                quote!(doc = "Runs the body and stores what it gives, whatever is cached."),
                self.around("refresh", &called("refresh")),
            ),
            (
                quote!(doc = "Runs the body and leaves the cache alone."),
                self.around("uncached", &called("uncached")),
            ),
            (quote!(doc(hidden)), self.family_function(&called("family"))),
        ];
        let cfgs = self.cfgs();
        let visibility = &self.function.visibility;
        documented
            .iter()
            .map(|(doc, function)| {
                quote! {
                    #(#cfgs)*
                    #[#doc]
                    #[allow(
                        dead_code, deprecated, private_bounds, private_interfaces,
                        unreachable_pub, unused_lifetimes, clippy::all, clippy::pedantic
                    )]
                    #visibility #function
                }
            })
            .collect()
    }

    fn key_function(&self, name: &Ident) -> TokenStream {
        let runtime = &self.runtime;
        let call = self.call(Detail::Key);
        let (generics, bounds) = self.generics_as_declared();
        let arguments = self.key_arguments();
        quote! {
            fn #name #generics (#(#arguments),*) -> #runtime::Key #bounds {
                #call.key()
            }
        }
    }

    fn invalidate_function(&self, name: &Ident, key: &Ident) -> TokenStream {
        let runtime = &self.runtime;
        let (generics, bounds) = self.generics_as_declared();
        let arguments = self.key_arguments();
        let turbofish = self.turbofish();
        let receiver = self.key_needs_self().then(|| quote!(self,));
        let names = self.used_by_key().map(|argument| &argument.ident);
        let (asyncness, invalidate) = match self.function.shape {
            Shape::Sync => (None, quote!(#runtime::invalidate_blocking(__cache_key))),
            Shape::Async | Shape::Boxed => (
                Some(quote!(async)),
                quote!(#runtime::invalidate(__cache_key).await),
            ),
        };
        quote! {
            #asyncness fn #name #generics (#(#arguments),*)
                -> #runtime::core::result::Result<(), #runtime::Error> #bounds
            {
                let __cache_key = Self::#key #turbofish(#receiver #(#names),*);
                #invalidate
            }
        }
    }

    /// The function itself, run under a directive that its own beginning takes.
    fn around(&self, directive: &str, name: &Ident) -> TokenStream {
        let runtime = &self.runtime;
        let (generics, bounds) = self.generics_as_declared();
        let turbofish = self.turbofish();
        let original = self.function.name();
        let output = &self.function.output;
        let inputs = self.plain_inputs();
        let receiver = self.function.signature.receiver();
        let path = match receiver {
            Some(_) => quote!(Self::#original),
            None => quote!(#original),
        };
        let receiver = receiver.map(|_| quote!(self,));
        let names = self
            .function
            .arguments
            .iter()
            .map(|argument| self.beside_the_function(&argument.ident));
        let call = quote!(#path #turbofish(#receiver #(#names),*));
        let blocking = format_ident!("{directive}_blocking");
        let directive = Ident::new(directive, Span::call_site());
        let (asyncness, call) = match self.function.shape {
            Shape::Sync => (None, quote!(#runtime::#blocking(move || #call))),
            Shape::Async | Shape::Boxed => (
                Some(quote!(async)),
                quote!(#runtime::#directive(#call).await),
            ),
        };
        quote! {
            #asyncness fn #name #generics (#(#inputs),*) -> #output #bounds {
                #call
            }
        }
    }

    /// What `get_suite(..)` in `#[invalidates]` means.
    fn family_function(&self, name: &Ident) -> TokenStream {
        let runtime = &self.runtime;
        let place = self.place();
        let prefix = self.prefix_option();
        let function_name = self.function.name().to_string();
        let (function, literal) = match &self.key {
            Key::Arguments => (Some(function_name.as_str()), ""),
            Key::Template { ancestor, .. } => (None, ancestor.as_str()),
        };
        let function = option(function, runtime);
        let owner = self.owner_without_arguments().expand(runtime);
        quote! {
            fn #name() -> #runtime::Family {
                #runtime::Family::new(#place, #prefix, #function, #literal, #owner)
            }
        }
    }

    /// A family covers every call, so it can only follow a tenant that no argument decides.
    fn owner_without_arguments(&self) -> &Owner {
        let arguments = &self.function.arguments;
        let decided = self.owner.mentions("self")
            || arguments
                .iter()
                .any(|argument| self.owner.mentions(&argument.ident.to_string()));
        if decided {
            &Owner::Ambient
        } else {
            &self.owner
        }
    }

    fn cfgs(&self) -> Vec<&syn::Attribute> {
        let attributes = self.function.attributes.iter();
        attributes
            .filter(|attribute| attribute.path().is_ident("cfg"))
            .collect()
    }

    /// The arguments that key, tags and tenant use, in order.
    fn used_by_key(&self) -> impl Iterator<Item = &Argument> {
        self.function.arguments.iter().filter(|argument| {
            let name = argument.ident.to_string();
            self.is_in_key(&name)
                || self.owner.mentions(&name)
                || self.tags.iter().any(|parts| uses(parts, &name))
        })
    }

    fn key_needs_self(&self) -> bool {
        self.is_in_key("self")
            || self.owner.mentions("self")
            || self.tags.iter().any(|parts| uses(parts, "self"))
    }

    fn key_arguments(&self) -> Vec<TokenStream> {
        let receiver = self.key_needs_self().then(|| quote!(&self));
        let named = self.used_by_key().map(|argument| quote!(#argument));
        receiver.into_iter().chain(named).collect()
    }

    /// All arguments, without `mut` and patterns.
    fn plain_inputs(&self) -> Vec<FnArg> {
        let mut inputs: Vec<FnArg> = self.function.signature.inputs.iter().cloned().collect();
        for input in &mut inputs {
            match input {
                FnArg::Receiver(receiver) => {
                    if !matches!(receiver.kind, ReceiverKind::Reference(..)) {
                        receiver.mutability = None;
                    }
                }
                FnArg::Typed(typed) => {
                    if let Pat::Ident(named) = typed.pat.as_ref() {
                        let name = self.beside_the_function(&named.ident);
                        *typed.pat = parse_quote!(#name);
                    }
                }
            }
        }
        inputs
    }

    /// An argument's name where the function itself is called: one of the function's own name
    /// would stand before it.
    fn beside_the_function(&self, name: &Ident) -> Ident {
        match name == self.function.name() {
            true => format_ident!("{name}_"),
            false => name.clone(),
        }
    }

    fn generics_as_declared(&self) -> (TokenStream, TokenStream) {
        let generics = &self.function.signature.generics;
        let bounds = &generics.where_clause;
        let parameters = &generics.params;
        let generics = match parameters.is_empty() {
            true => TokenStream::new(),
            false => quote!(<#parameters>),
        };
        (generics, quote!(#bounds))
    }

    /// `::<T, N>`: what the callee cannot infer.
    fn turbofish(&self) -> TokenStream {
        let parameters = self.function.signature.generics.params.iter();
        let names: Vec<&Ident> = parameters
            .filter_map(|parameter| match parameter {
                GenericParam::Type(ty) => Some(&ty.ident),
                GenericParam::Const(constant) => Some(&constant.ident),
                GenericParam::Lifetime(_) => None,
            })
            .collect();
        match names.is_empty() {
            true => TokenStream::new(),
            false => quote!(::<#(#names),*>),
        }
    }
}
