//! The attributes of `cache-runtime`, which re-exports and documents them.
//!
//! Both go the same way: attribute tokens become options, item tokens a signature, the two
//! together a checked model, and the model tokens. On any mistake the function is written
//! out as it was, with every error that was found.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may unwrap"))]

mod body;
mod cached;
mod errors;
#[cfg(test)]
mod fuzzing;
mod invalidates;
mod key_template;
mod options;
mod owner;
mod placeholder;
mod signature;
mod suggest;
mod tokens;

#[cfg(test)]
mod expand_tests;

use proc_macro::TokenStream;

#[doc = include_str!("../docs/cached.md")]
#[proc_macro_attribute]
pub fn cached(options: TokenStream, item: TokenStream) -> TokenStream {
    cached::expand_or_report(options.into(), item.into()).into()
}

#[doc = include_str!("../docs/invalidates.md")]
#[proc_macro_attribute]
pub fn invalidates(options: TokenStream, item: TokenStream) -> TokenStream {
    invalidates::expand_or_report(options.into(), item.into()).into()
}
