//! What the fullest tile of a zoom weighs, by the zoom whose rows it shows.
//!
//! A tile of several layers must keep to the budget of one. Where their fullest tiles together would not, all tiles of the
//! zoom show the rows of a lower zoom: the same for the whole zoom, so that neighbouring tiles agree.

use rayon::prelude::*;

use super::candidate::Candidate;
use super::{NEVER, ZOOMS};

/// Weights by zoom and by zoom of the rows, as fourth parts of a binary logarithm rounded up: a few edits do not move them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights([[u8; ZOOMS]; ZOOMS]);

/// What is lighter than this is not worth weighing, nor are the deeper zooms of a layer that shows everything.
const LIGHT: u64 = 5_000;

impl Weights {
    /// Nothing weighs anything.
    pub const NONE: Self = Self([[0; ZOOMS]; ZOOMS]);

    /// Of all rows of a layer with their lowest zooms.
    #[must_use]
    pub fn of(candidates: &[Candidate], lowest: &[u8]) -> Self {
        let mut order: Vec<(u64, u32, u8)> =
            candidates.iter().zip(lowest).map(|(row, &lowest)| (row.place, row.weight, lowest)).collect();
        order.par_sort_unstable();
        let last = lowest.iter().copied().filter(|&lowest| lowest != NEVER).max().unwrap_or(0);
        let mut weights = Self::NONE;
        for (zoom, row) in (0_u8..).zip(&mut weights.0) {
            let heaviest = heaviest(&order, zoom);
            for (weight, heaviest) in row.iter_mut().zip(heaviest) {
                *weight = rounded(heaviest);
            }
            if zoom >= last && heaviest[usize::from(zoom)] < LIGHT {
                break;
            }
        }
        weights
    }

    /// The estimated compressed bytes of the fullest tile of `zoom` that shows the rows of `shown`.
    #[must_use]
    pub fn weight(&self, zoom: u8, shown: u8) -> f64 {
        let step = self.0[usize::from(zoom)][usize::from(shown.min(zoom))];
        if step == 0 { 0.0 } else { (f64::from(step) / 4.0).exp2() }
    }
}

/// By zoom of the rows, the weight of the fullest tile of `zoom`. `order` is by place.
fn heaviest(order: &[(u64, u32, u8)], zoom: u8) -> [u64; ZOOMS] {
    let tile = |place: u64| place.checked_shr(64 - 2 * u32::from(zoom)).unwrap_or(0);
    let mut heaviest = [0; ZOOMS];
    for rows in order.chunk_by(|a, b| tile(a.0) == tile(b.0)) {
        let mut own = [0_u64; ZOOMS];
        for &(_, weight, lowest) in rows {
            if let Some(own) = own.get_mut(usize::from(lowest)) {
                *own += u64::from(weight);
            }
        }
        let mut sum = 0;
        for (heaviest, own) in heaviest.iter_mut().zip(own) {
            sum += own;
            *heaviest = sum.max(*heaviest);
        }
    }
    heaviest
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "below 4 * 64"
)]
fn rounded(weight: u64) -> u8 {
    if weight == 0 { 0 } else { ((weight as f64).log2() * 4.0).ceil() as u8 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_tile_is_weighed_zoom_by_zoom() {
        let row = |place: u64, weight: u32| Candidate { place, seed: 0, area: 0.0, from: 0, rank: u8::MAX, weight };
        let (west, east) = (1_u64 << 20, (1_u64 << 62) + 5);
        let rows = [row(west, 4000), row(west + 1, 4000), row(east, 8000)];
        let weights = Weights::of(&rows, &[0, 3, 0]);
        let table = [((0, 0), 12_000.0), ((1, 0), 8000.0), ((1, 1), 8000.0), ((3, 3), 8000.0), ((4, 2), 8000.0)];
        for ((zoom, shown), weight) in table {
            let found = weights.weight(zoom, shown);
            assert!((weight..weight * 1.19).contains(&found), "zoom {zoom}, rows of {shown}: {found}, not {weight}");
        }
    }
}
