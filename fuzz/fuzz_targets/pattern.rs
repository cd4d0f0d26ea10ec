//! Patterns, paths, events, tags and tenants.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cache_runtime::fuzzing::pattern(bytes));
