//! From the model to tokens. Nothing fails here.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::GenericParam;

use super::{Cached, Companion, Key, Ttl, argument_part};
use crate::body;
use crate::placeholder::Part;
use crate::tokens::ends;

impl Cached {
    /// The function around its body, and its companion.
    ///
    /// ```text
    /// async fn get_suite(db: &Db, id: u64) -> Result<Suite, DbError> {
    ///     let __cache_begun = {
    ///         let __cache_kind = &…;
    ///         runtime::begin::<Result<Suite, DbError>, _>(&runtime::Call { … }, *__cache_kind, …)
    ///     };
    ///     runtime::run::<Result<Suite, DbError>, _, _, _>(__cache_begun, runtime::always, async move { … }).await
    /// }
    /// ```
    pub(super) fn expand(&self) -> TokenStream {
        let runtime = &self.runtime;
        let begun = self.begun();
        let setup = quote_spanned!(Span::mixed_site()=> let __cache_begun = #begun;);
        let when = match &self.when {
            Some(when) => when.to_token_stream(),
            None => quote!(#runtime::always),
        };
        let arguments = quote_spanned!(Span::mixed_site()=> __cache_begun, #when,);
        let function = body::wrapped(&self.function, runtime, "run", &setup, &arguments);
        let companion = self.companion();
        quote!(#function #companion)
    }

    /// Nothing but the beginning itself lives on beside the body. The kind is handed on by
    /// tokens that stand over the return type: there the compiler says what cannot be cached.
    fn begun(&self) -> TokenStream {
        let runtime = &self.runtime;
        let output = &self.function.output;
        let (first, last) = ends(&output.to_token_stream());
        let name = Ident::new("__cache_kind", last);
        let copied = quote_spanned!(first=> *#name);
        let kind = body::kind(&self.function, runtime);
        let sharing = body::sharing(&self.function, runtime);
        let call = self.call(Detail::Whole);
        quote_spanned! {Span::mixed_site()=>
            {
                let #name = &#kind;
                #runtime::begin::<#output, _>(&#call, #copied, #sharing)
            }
        }
    }

    /// What identifies a call, with or without what its entry depends on.
    pub(super) fn call(&self, detail: Detail) -> TokenStream {
        let runtime = &self.runtime;
        let function = self.constant();
        let place = self.place();
        let generics = self.generics();
        let key = self.key_parts();
        let owner = self.owner.expand(runtime);
        let (tags, events, ttl) = match detail {
            Detail::Whole => (self.lists(&self.tags), self.lists(&self.events), self.ttl()),
            Detail::Key => (quote!(&[]), quote!(&[]), quote!(#runtime::Ttl::Default)),
        };
        quote_spanned! {Span::mixed_site()=>
            #runtime::Call {
                function: #function,
                place: #place,
                generics: &[#(#generics),*],
                key: &[#(#key),*],
                owner: #owner,
                tags: #tags,
                events: #events,
                ttl: #ttl,
            }
        }
    }

    /// ```text
    /// const { &runtime::Function { name: "get_suite", prefix: Some("suite"), … } }
    /// ```
    fn constant(&self) -> TokenStream {
        let runtime = &self.runtime;
        let name = self.function.name().to_string();
        let prefix = self.prefix_option();
        let templated = matches!(self.key, Key::Template { .. });
        let arguments = self
            .arguments_in_key()
            .filter(|_| !templated)
            .map(|argument| argument.ident.to_string());
        let (version, cache_none) = (self.version, self.cache_none);
        quote! {
            const {
                &#runtime::Function {
                    name: #name,
                    prefix: #prefix,
                    templated: #templated,
                    arguments: &[#(#arguments),*],
                    version: #version,
                    cache_none: #cache_none,
                }
            }
        }
    }

    pub(super) fn prefix_option(&self) -> TokenStream {
        option(self.prefix.as_deref(), &self.runtime)
    }

    /// What tells functions of one name apart: the module, `impl` or function around it. A
    /// closure in it knows that, and the types of a generic `impl`; so does a function in its
    /// companion.
    pub(super) fn place(&self) -> TokenStream {
        let runtime = &self.runtime;
        match &self.companion {
            Companion::Struct(name) => quote!(#runtime::Place::of(&#name::__cache_here)),
            Companion::None | Companion::Functions(_) => quote!(#runtime::Place::of(&|| ())),
        }
    }

    /// Functions differ by their type and const parameters, and by the types of the
    /// `impl Trait` arguments in the key.
    fn generics(&self) -> Vec<TokenStream> {
        let runtime = &self.runtime;
        let parameters = self.function.signature.generics.params.iter();
        let named = parameters.filter_map(|parameter| match parameter {
            GenericParam::Type(ty) => {
                let name = &ty.ident;
                Some(quote!(#runtime::Part::Literal(#runtime::core::any::type_name::<#name>())))
            }
            GenericParam::Const(constant) => {
                let name = &constant.ident;
                Some(quote!(#runtime::Part::Value(&#name)))
            }
            GenericParam::Lifetime(_) => None,
        });
        let anonymous = self
            .arguments_in_key()
            .filter(|argument| argument.is_impl_trait())
            .map(|argument| {
                let name = &argument.ident;
                quote!(#runtime::Part::Literal(#runtime::core::any::type_name_of_val(&#name)))
            });
        named.chain(anonymous).collect()
    }

    fn key_parts(&self) -> Vec<TokenStream> {
        match &self.key {
            Key::Template { parts, .. } => self.parts(parts),
            Key::Arguments => self
                .arguments_in_key()
                .map(|argument| argument_part(argument).expand(&self.runtime, &self.unordered))
                .collect(),
        }
    }

    fn parts(&self, parts: &[Part]) -> Vec<TokenStream> {
        let parts = parts.iter();
        parts
            .map(|part| part.expand(&self.runtime, &self.unordered))
            .collect()
    }

    fn lists(&self, lists: &[Vec<Part>]) -> TokenStream {
        let lists = lists.iter().map(|parts| {
            let parts = self.parts(parts);
            quote!(&[#(#parts),*])
        });
        quote!(&[#(#lists),*])
    }

    fn ttl(&self) -> TokenStream {
        let runtime = &self.runtime;
        match &self.ttl {
            Ttl::Default => quote!(#runtime::Ttl::Default),
            Ttl::Never => quote!(#runtime::Ttl::Never),
            Ttl::Fixed(duration) => {
                let (seconds, nanoseconds) = (duration.as_secs(), duration.subsec_nanos());
                quote!(#runtime::Ttl::Of(#runtime::core::time::Duration::new(#seconds, #nanoseconds)))
            }
            // Bound first, so that another type is reported at the expression alone.
            Ttl::Computed(expression) => quote_spanned! {Span::mixed_site()=>
                {
                    let __cache_ttl: #runtime::core::time::Duration = #expression;
                    #runtime::Ttl::Of(__cache_ttl)
                }
            },
        }
    }
}

/// How much of a call is needed.
#[derive(Clone, Copy)]
pub(super) enum Detail {
    /// To read and fill the entry.
    Whole,
    /// To name it.
    Key,
}

pub(super) fn option(text: Option<&str>, runtime: &TokenStream) -> TokenStream {
    match text {
        Some(text) => quote!(#runtime::core::option::Option::Some(#text)),
        None => quote!(#runtime::core::option::Option::None),
    }
}
