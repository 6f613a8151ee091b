//! The lowest zoom of a row: what low zooms leave out, so that a tile stays small and dense places keep their shape.
//!
//! A row is a [`Candidate`] with a *chance* at each zoom: to be drawn there, given that the zoom above draws it. The
//! chances come from the layer's file, from the size on the screen and from one number a zoom ([`Levels`]) that holds
//! every tile within its budget. Who is drawn is settled cell by cell ([`sample`]): a cell keeps as many as the chances
//! add up to, so a zoom is evenly thinned and not merely at random, neighbouring tiles agree, and zooming in only adds.
//!
//! What a cell keeps depends on the rows of that cell alone. So an edit is followed up by looking at a few cells
//! ([`follow`]), and the outcome is the same as that of thinning the whole layer anew.
//!
//! Polygons are thinned by area: one smaller than a zoom's speck of dust is drawn as a whole speck with the chance of
//! its share of one, and what is painted adds up to what is there.

mod candidate;
mod follow;
mod levels;
mod sample;
mod weights;

pub use candidate::{Candidate, chance};
pub use follow::{Resident, follow};
pub use levels::{Levels, TILE_BUDGET};
pub use sample::{cell_of, window_of};
pub use weights::Weights;

use crate::geo::tile::MAX_ZOOM;

/// The zooms there are.
pub const ZOOMS: usize = MAX_ZOOM as usize + 1;

/// The lowest zoom of what no zoom draws: a row that is gone.
pub const NEVER: u8 = u8::MAX;
