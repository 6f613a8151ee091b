//! A tile is a pure function of features and a coordinate. Knows nothing of the index that found the features, of
//! stores and of requests, and cannot fail on a stored feature: repair happened at the door.

pub mod cache;
pub mod format;
pub mod kept;
pub mod mlt;
pub mod mvt;
pub mod order;
pub mod packing;
pub mod pieces;
pub mod polygon;
pub mod readings;
pub mod render;
pub mod scratch;
pub mod shape;
pub mod slots;
pub mod source;
pub mod speck;
pub mod tilejson;
pub mod values;
pub mod wire;

pub use format::Format;
pub use render::{Drawn, Packed, render, render_packed};
