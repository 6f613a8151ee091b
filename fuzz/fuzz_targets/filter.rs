//! A filter in both encodings.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| citylayers_fuzz::filter::filter(bytes));
