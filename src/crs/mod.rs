//! Coordinate reference systems: which there are, how they are named, and the way from each to lon/lat WGS 84 and back.

pub mod ogc;
mod prj;
mod system;
pub mod vn2000;

pub use ogc::OgcCrs;
pub use prj::Prj;
pub use system::{Crs, CrsError, Transform};
