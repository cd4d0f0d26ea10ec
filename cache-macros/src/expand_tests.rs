//! What the attributes write, compared with files in `tests/expand`: `name.rs` is expanded,
//! `name.expanded.rs` is what must come out. `EXPAND=overwrite` renews the latter.

use std::path::{Path, PathBuf};
use std::{env, fs};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, ImplItem, Item, Meta};

use crate::{cached, invalidates};

#[test]
fn expansions_are_as_recorded() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expand");
    let mut inputs: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.to_string_lossy().ends_with(".expanded.rs"))
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty());
    for input in inputs {
        let expanded = expand_file(&fs::read_to_string(&input).unwrap());
        let recorded = input.with_extension("expanded.rs");
        if env::var("EXPAND").is_ok_and(|value| value == "overwrite") {
            fs::write(&recorded, &expanded).unwrap();
        }
        let name = input.display();
        let wanted = fs::read_to_string(&recorded)
            .unwrap_or_else(|_| panic!("{name} has no expansion: run with EXPAND=overwrite"));
        assert_eq!(expanded, wanted, "the expansion of {name} changed");
    }
}

fn expand_file(source: &str) -> String {
    let mut file = syn::parse_file(source).unwrap();
    let items = std::mem::take(&mut file.items);
    for item in items {
        let expanded: syn::File = syn::parse2(expand_item(item)).unwrap();
        file.items.extend(expanded.items);
    }
    prettyplease::unparse(&file)
}

fn expand_item(item: Item) -> TokenStream {
    match item {
        Item::Fn(mut function) => {
            let attributes = std::mem::take(&mut function.attrs);
            expand(attributes, |rest| {
                function.attrs = rest;
                function.to_token_stream()
            })
        }
        Item::Impl(mut block) => {
            let mut methods = TokenStream::new();
            for item in std::mem::take(&mut block.items) {
                let ImplItem::Fn(mut method) = item else {
                    methods.extend(item.to_token_stream());
                    continue;
                };
                let attributes = std::mem::take(&mut method.attrs);
                methods.extend(expand(attributes, |rest| {
                    method.attrs = rest;
                    method.to_token_stream()
                }));
            }
            let ty = block.self_ty;
            quote::quote!(impl #ty { #methods })
        }
        other => other.to_token_stream(),
    }
}

/// Expands the first attribute, as the compiler does.
fn expand(
    mut attributes: Vec<Attribute>,
    item: impl FnOnce(Vec<Attribute>) -> TokenStream,
) -> TokenStream {
    let attribute = attributes.remove(0);
    let options = match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    let item = item(attributes);
    match attribute.path().is_ident("cached") {
        true => cached::expand_or_report(options, item),
        false => invalidates::expand_or_report(options, item),
    }
}
