//! A file of any format, through the door.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| citylayers_fuzz::import::import(bytes));
