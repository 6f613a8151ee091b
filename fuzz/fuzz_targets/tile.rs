//! A layer, its edits and its tiles.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| citylayers_fuzz::tile::tile(bytes));
