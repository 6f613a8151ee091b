//! Files in: one feature at a time from a file to rows that the rest may trust.
//!
//! The walk: `format` (what is it?) -> a reader -> `crs` -> `fields` -> `repair` -> rows and a report.

pub mod crs;
pub mod place;
pub mod report;
pub mod shift;
pub mod source;
pub mod vn2000;
pub mod wkt;

pub use report::{Reason, Refusal, Repair, Report};
pub use source::{Format, Raw, RawGeometry, Record, Source};
