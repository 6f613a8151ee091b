//! Plane and sphere: coordinates, boxes, tiles, and what is computed from bare geometry.
//!
//! Imports nothing of ours, does no I/O, reads no clock. Two coordinate spaces and no third:
//! - *lon/lat*: EPSG:4326 degrees as `f64`, longitude first, for every answer a person reads;
//! - *world square*: Web Mercator (EPSG:3857) as `u32` pairs, x east and y **south**, for tiles.
//!   One unit is 40,075,016.686 m / 2^32 = 9.3 mm at the equator, so a tile coordinate is a shift.

pub mod arena;
pub mod bbox;
pub mod clip;
pub mod geometry;
pub mod hilbert;
pub mod measure;
pub mod meets;
pub mod mercator;
pub mod morton;
pub mod overlay;
pub mod relate;
pub mod representative;
pub mod ring;
pub mod simplify;
pub mod slabs;
pub mod tile;

pub use arena::Arena;
pub use bbox::{BBox, Window};
pub use geometry::{Geometry, GeometryKind};
pub use overlay::Region;
pub use slabs::Slabs;
pub use tile::TileCoord;
