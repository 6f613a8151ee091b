//! The two provinces, cut into wards.

use std::collections::BTreeMap;

use geo_types::MultiPolygon;

use super::claim::{claimed, tidied};
use super::coverage::{Coverage, Label, OUTSIDE};
use super::curve::{relaxed, rounded, thinned};
use super::facts::{self, Ward};
use super::lattice::Hexes;
use super::noise::{Bend, Noise};
use super::outline;
use super::plane::Place;
use super::region::Region;

/// Metres from cell to cell: a border has about six places a kilometre.
const PITCH: f64 = 320.0;

/// Wards of fewer cells (40 km²) have finer borders, wards of more (150 km²) coarser ones.
const FINE: usize = 450;
const COARSE: usize = 1_700;

/// The wards, and the ground that everything else stands on.
#[derive(Debug)]
pub struct Territory {
    pub wards: Vec<Ward>,
    /// The cells under the wards.
    pub board: Hexes,
    /// The ward of each cell, as its number in [`Self::wards`].
    labels: Vec<Label>,
    /// From the straight board to where the cells lie.
    bend: Bend,
    coverage: Coverage,
}

impl Territory {
    /// The land and its wards as `seed` has them.
    pub fn new(seed: u64) -> Self {
        let wards = facts::wards();
        let centres: Vec<Place> = wards.iter().map(Ward::place).collect();
        let rings = outline::land(seed);
        let corner = |pick: fn(f64, f64) -> f64| {
            rings.iter().flatten().copied().reduce(|a, b| [pick(a[0], b[0]), pick(a[1], b[1])])
        };
        let board = Hexes::over(corner(f64::min).unwrap_or_default(), corner(f64::max).unwrap_or_default(), PITCH);
        let bend = Bend::new(Noise::new(seed, "ground"), 320.0, 2_600.0);
        let place = |cell| bend.bent(board.centre(cell));
        let labels = claimed(&board, place, &Region::new(&rings), &centres, Noise::new(seed, "wards"));
        let mut cells = vec![0; wards.len()];
        labels.iter().filter(|&&label| label != OUTSIDE).for_each(|&label| cells[label as usize] += 1);
        let size = |label: Label| cells.get(label as usize).copied();
        let draw = |labels: [Label; 2], line| drawn(line, bend, labels.into_iter().filter_map(size).min().unwrap_or(0));
        let coverage = Coverage::new(board.edges(&labels), |id| board.corner(id), draw);
        Self { wards, board, labels, bend, coverage }
    }

    /// Unions of wards: `group` names the group of a ward.
    pub fn polygons(&self, group: impl Fn(&Ward) -> Option<u32>) -> BTreeMap<u32, MultiPolygon<f64>> {
        self.coverage.polygons(|label| group(&self.wards[label as usize]))
    }

    /// The polygon of each ward, by its number in [`Self::wards`].
    pub fn ward_polygons(&self) -> BTreeMap<u32, MultiPolygon<f64>> {
        self.coverage.polygons(Some)
    }

    /// The number of the ward at a place; `None` off the land.
    pub fn ward_at(&self, at: Place) -> Option<u32> {
        let label = self.labels[self.board.cell_at(self.bend.straightened(at))? as usize];
        (label != OUTSIDE).then_some(label)
    }

    /// Cells whose neighbours are all land.
    pub fn inland_cells(&self) -> impl Iterator<Item = u32> {
        let land = |cell: u32| self.labels[cell as usize] != OUTSIDE;
        self.board.inner().filter(move |&cell| land(cell) && self.board.neighbours(cell).into_iter().all(land))
    }

    /// The middle of a cell of the ground.
    pub fn cell_place(&self, cell: u32) -> Place {
        self.bend.bent(self.board.centre(cell))
    }

    /// The borders of other labels of the same cells.
    pub fn cut(&self, labels: &[Label]) -> Coverage {
        Coverage::new(self.board.edges(labels), |id| self.board.corner(id), |_, line| drawn(line, self.bend, FINE))
    }

    /// Labels without hairs and without pieces apart from the largest of each label.
    pub fn tidied(&self, labels: Vec<Label>) -> Vec<Label> {
        tidied(&self.board, labels)
    }

    /// Whether the place and what lies `margin` metres around it is land.
    pub fn is_inland(&self, at: Place, margin: f64) -> bool {
        let around = [[0.0, 0.0], [margin, 0.0], [-margin, 0.0], [0.0, margin], [0.0, -margin]];
        around.iter().all(|by| self.ward_at([at[0] + by[0], at[1] + by[1]]).is_some())
    }
}

/// A border as a calm line; `cells` is the size of the smaller ward beside it.
fn drawn(line: Vec<Place>, bend: Bend, cells: usize) -> Vec<Place> {
    let calm = relaxed(line, 6);
    let line = match cells {
        0..FINE => rounded(&calm),
        FINE..COARSE => calm,
        _ => thinned(&calm),
    };
    line.into_iter().map(|at| bend.bent(at)).collect()
}
