//! Files in: one feature at a time from a file to rows that the rest may trust.
//!
//! The walk: `format` (what is it?) -> a reader -> `crs` -> `fields` -> `repair` -> rows and a report.

mod csv;
pub mod encoding;
mod flatgeobuf;
mod format;
mod geojson;
mod geojsonseq;
mod gpkg;
mod input;
pub mod read;
mod relay;
pub mod report;
mod shapefile;
pub mod source;
mod wkb;
mod wkt;

pub use encoding::Encoding;
pub use read::{ReadError, ReadOptions, open};
pub use report::{Reason, Refusal, Repair, Report};
pub use source::{Format, Raw, RawGeometry, Record, Source};
