//! Templates of keys. A proc-macro crate cannot be linked, so its files are read here.
#![no_main]
#![allow(dead_code, reason = "the macros use the rest")]

#[path = "../../cache-macros/src/errors.rs"]
mod errors;
#[path = "../../cache-macros/src/fuzzing.rs"]
mod fuzzing;
#[path = "../../cache-macros/src/key_template.rs"]
mod key_template;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzzing::template(bytes));
