//! Values in keys.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cache_runtime::fuzzing::key(bytes));
