//! What the fuzz targets do with their bytes. No file here knows of libFuzzer: the package above replays kept inputs with the
//! same code, under a plain `cargo test`. The bytes are read by [`input`] and not by a crate, so that a kept
//! input means the same for ever.

pub mod files;
pub mod filter;
pub mod import;
mod input;
mod judge;
mod layer;
mod shapes;
mod support;
pub mod tile;
