//! CQL2 1.0 (OGC 21-065r2): filters, as text and as JSON.
//!
//! A filter takes one walk: [`parse_text`] or [`parse_json`] makes an [`Expr`], [`Filter::compile`] holds it against a layer (names,
//! types, coordinates), [`Filter::bind`] against rows, and [`Bound::matches`] answers. What has no value makes a predicate
//! unknown, neither true nor false (clause 6.2); only what is true matches.
//!
//! Filters come from strangers: text, depth, nodes, lists and literals are bounded (`limits`), no name reaches anything but the
//! layer's fields and [`FUNCTIONS`], and the work for one row is bounded by the nodes and vertices of the filter.
//!
//! Deliberately absent: casts between numbers and texts, and between days and moments (a day has no time zone); custom
//! geometry functions; arrays of geometries.

mod arrays;
mod bind;
mod compile;
mod error;
mod expr;
mod functions;
mod geojson;
mod instant;
mod item;
mod json;
mod lexer;
mod like;
mod limits;
mod literal;
mod number;
mod operands;
mod parser;
mod print;
mod sound;
mod spatial;
mod standing;
mod temporal;
mod test;
mod value;
mod wkt;
mod write;

pub use bind::{Bound, Filter};
pub use error::FilterError;
pub use expr::{ArrayRelation, Comparison, Expr, Operator, SpatialRelation, TemporalRelation};
pub use functions::{Argument, FUNCTIONS, Function, Kind};
pub use json::parse_json;
pub use limits::{MAX_COST, MAX_DEPTH, MAX_LENGTH, MAX_LIST, MAX_NODES, MAX_PATTERN, MAX_VERTICES};
pub use number::Number;
pub use parser::parse_text;
