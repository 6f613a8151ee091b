//! Names and codes as people type them: the beginnings of words, in any order, with tone marks or without.
//!
//! Of each [`Block`](super::block::Block) there is one [`Names`], made when somebody first searches: every distinct text once, folded,
//! and its words in alphabetical order. A search is a binary search for the whole of what was typed, which finds the texts that are
//! or begin with it, then one for its rarest word and a look at the others. [`search`](search::search) puts together what the
//! blocks of some layers found.
//!
//! The work is bounded ([`ENTRIES`], [`ROWS`]): a text that is what was typed is always found; of those that merely begin with
//! it or hold it, so many are looked at in alphabetical order, better kinds of match first, and, where they are more, what is around the
//! place where somebody looks.

pub mod form;
pub mod kind;
mod looking;
pub mod near;
pub mod query;
pub mod rank;
pub mod search;
pub mod table;

pub use near::Near;
pub use query::Asked;
pub use search::{Answer, Hit, search};
pub use table::Names;

/// Places in texts that one search looks at, in all layers together: each is some reads from memory far apart, and so many take a
/// millisecond or two.
pub const ENTRIES: usize = 10_000;

/// Rows that have one of these texts and are looked at, in all layers together: of the features that share a text the nearest of so
/// many are found, and those around the place where somebody looks.
pub const ROWS: usize = 20_000;
