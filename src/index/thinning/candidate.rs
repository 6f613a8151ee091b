//! What thinning knows of a row.

use super::levels::Levels;
use super::sample::cell_of;
use crate::geo::GeometryKind;
use crate::geo::morton::morton;
use crate::geo::tile::MAX_ZOOM;
use crate::model::layer::{Layer, Thinning};
use crate::model::{Rows, ValueRef};

/// A row that wants to be drawn. Everything in it belongs to the row for ever: an edit elsewhere changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// The middle of its window, as a Morton number: the cells and tiles of every zoom are runs of it.
    pub place: u64,
    /// Of the id: who goes first among equals.
    pub seed: u64,
    /// Square world units of a polygon, else 0.
    pub area: f64,
    /// No zoom below it draws the row, by the layer's file or because a line is too short to be seen.
    pub from: u8,
    /// The zoom of its code in `by.zooms`; `u8::MAX` when it has none. Lower ones go first.
    pub rank: u8,
    /// Estimated bytes in a compressed tile; 0 where nobody asks for it.
    pub weight: u32,
}

impl Candidate {
    /// Of one row.
    #[must_use]
    pub fn new(rows: &Rows, row: usize) -> Self {
        Self { weight: weight(rows, row), ..Self::rival(rows, row) }
    }

    /// Of a row that competes in a cell, where its weight does not matter: an edit looks at thousands, and
    /// to weigh a row is to look at all its values.
    #[must_use]
    pub fn rival(rows: &Rows, row: usize) -> Self {
        let window = rows.arena().window(row);
        let rank = rows.layer().thinning.as_ref().and_then(|thinning| rank(thinning, rows, row));
        let area = if rows.layer().geometry == GeometryKind::Polygon { rows.arena().area(row) } else { 0.0 };
        Self {
            place: morton(window.middle()),
            seed: rows.tile_id(row),
            area,
            from: from_by_file(rows.layer(), rank).max(from_by_size(rows, row)),
            rank: rank.unwrap_or(u8::MAX),
            weight: 0,
        }
    }
}

impl Candidate {
    /// Whether `other`, the same row before an edit, competed in the same cells with the same chances.
    #[must_use]
    pub fn competes_like(&self, other: &Self, layer: &Layer, levels: &Levels) -> bool {
        let alike = |of: &Self| (of.seed, of.area.to_bits(), of.from, of.rank);
        let same_cell = |zoom: u8| {
            let speck = levels.speck(zoom);
            cell_of(self.place, zoom, layer.geometry, speck) == cell_of(other.place, zoom, layer.geometry, speck)
        };
        let open = |&zoom: &u8| (0.0..1.0).contains(&chance(self, zoom, layer, levels));
        alike(self) == alike(other) && (0..MAX_ZOOM).filter(open).all(same_cell)
    }
}

/// The chance of a row that zoom `zoom + 1` draws to be drawn at `zoom` as well, 0 to 1.
#[must_use]
pub fn chance(candidate: &Candidate, zoom: u8, layer: &Layer, levels: &Levels) -> f64 {
    let Some(thinning) = &layer.thinning else { return 1.0 };
    if zoom < candidate.from {
        return 0.0;
    }
    let rate = if zoom >= thinning.base_zoom || candidate.rank < u8::MAX { 1.0 } else { 1.0 / thinning.rate };
    if layer.geometry == GeometryKind::Polygon {
        let share = |zoom: u8| levels.share_of_speck(candidate.area, zoom);
        return if zoom < MAX_ZOOM { rate * share(zoom) / share(zoom + 1).max(f64::MIN_POSITIVE) } else { 1.0 };
    }
    rate * levels.share(zoom)
}

fn rank(thinning: &Thinning, rows: &Rows, row: usize) -> Option<u8> {
    let by = thinning.by.as_ref()?;
    let Some(ValueRef::Text(code)) = rows.columns().get(by.field)?.get(row) else { return None };
    by.zooms.iter().find(|(known, _)| known == code).map(|&(_, zoom)| zoom)
}

/// With a rate of 1 there is nothing to thin by: what has no zoom of its own shows from the base zoom on.
fn from_by_file(layer: &Layer, rank: Option<u8>) -> u8 {
    let Some(thinning) = &layer.thinning else { return 0 };
    rank.unwrap_or(if thinning.rate <= 1.0 { thinning.base_zoom } else { 0 })
}

/// A line shows from the zoom at which it is two CSS pixels (16 tile units) wide or high. A part of a chain, which may be
/// larger, shows from the base zoom on: else there would be gaps where the zoom above has none.
fn from_by_size(rows: &Rows, row: usize) -> u8 {
    let Some(thinning) = &rows.layer().thinning else { return 0 };
    if rows.layer().geometry != GeometryKind::Line {
        return 0;
    }
    let latest = if thinning.merge.is_empty() { MAX_ZOOM } else { thinning.base_zoom };
    let window = rows.arena().window(row);
    let size = (window.max_x - window.min_x).max(window.max_y - window.min_y).max(1);
    let two_pixels_at_zoom_0 = 24; // log2 of 16 tile units in world units
    u8::try_from(two_pixels_at_zoom_0 - size.ilog2().min(two_pixels_at_zoom_0)).unwrap_or(MAX_ZOOM).min(latest)
}

/// In a gzip tile a lamp with six values is 13 to 19 bytes where they repeat and follow their street, and 30 where they are all
/// different: 7 of them its id as a number, 5 as a text. A house with six values and five vertices is 32 then. Long texts
/// (addresses, notes) are seldom the same, and half their length is left of them.
fn weight(rows: &Rows, row: usize) -> u32 {
    let vertices = rows.arena().row_vertices(row).len().min(64);
    let value = |value: ValueRef<'_>| match value {
        ValueRef::Text(text) => 2 + text.len().saturating_sub(16) / 2,
        _ => 2,
    };
    let values: usize = rows.values(row).flatten().map(value).sum();
    u32::try_from(13 + values + 3 * vertices / 2).unwrap_or(u32::MAX)
}
