//! Collects mistakes, so that all of them are reported at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// Every mistake found so far. The only way out is [`Errors::finish`].
#[derive(Default)]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    /// `fact` is what is wrong at the tokens `at`; `help` is what to write instead.
    pub(crate) fn add(&mut self, at: impl ToTokens, fact: impl Display, help: impl Display) {
        self.0
            .push(syn::Error::new_spanned(at, with_help(fact, help)));
    }

    /// As [`Errors::add`], for something that is missing.
    pub(crate) fn add_at(&mut self, at: Span, fact: impl Display, help: impl Display) {
        self.0.push(syn::Error::new(at, with_help(fact, help)));
    }

    /// What the parser could not read.
    pub(crate) fn add_unreadable(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` without a mistake, otherwise the `compile_error!`s to write out.
    pub(crate) fn finish(self) -> Result<(), TokenStream> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(self.0.iter().map(syn::Error::to_compile_error).collect())
    }
}

fn with_help(fact: impl Display, help: impl Display) -> String {
    format!("{fact}\nhelp: {help}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_wrong_is_ok() {
        assert!(Errors::default().finish().is_ok());
    }

    #[test]
    fn every_mistake_is_reported_with_its_help() {
        let mut errors = Errors::default();
        errors.add_at(Span::call_site(), "first", "do this");
        errors.add_at(Span::call_site(), "second", "do that");
        let written = errors.finish().unwrap_err().to_string();
        assert_eq!(written.matches("compile_error").count(), 2);
        assert!(written.contains("first\\nhelp: do this"));
    }
}
