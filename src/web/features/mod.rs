//! OGC API - Features: the layers as collections (OGC 17-069r4), in any system (18-058r1), described by schemas (23-058).

pub mod area;
pub mod body;
pub mod collections;
pub mod document;
pub mod filter;
pub mod formats;
pub mod functions;
pub mod geojson;
pub mod html;
pub mod item;
pub mod items;
pub mod judged;
pub mod landing;
pub mod schema;
pub mod write;

pub use formats::{Format, Language};
