//! Making polygons valid: the even-odd overlay of all their rings.
//!
//! Done on an integer grid of 2^30 cells over the longer side of the box (0.1 mm for a province), then given the source
//! coordinates back where a corner is one of the source's, so that what was not wrong stays to the bit and neighbours
//! still share their border.

use std::collections::HashMap;

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay, ShapeType};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;

use super::edges::Edges;
use super::validity::{Rings, invalid};
use crate::geo::ring::doubled_area;

/// Half the cells along the longer side.
const HALF: f64 = 536_870_912.0;

/// Radius of the sphere with the area of the Earth (WGS 84), metres.
const AUTHALIC_RADIUS: f64 = 6_371_007.181;

/// Places in which the rings of one feature may meet: beyond that the overlay would take minutes and gigabytes.
const MEETINGS: usize = 100_000;

/// Why polygons cannot be made valid.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Unmendable {
    /// It encloses nothing.
    #[error("making it valid leaves nothing")]
    Nothing,
    /// More than a hundred thousand crossings.
    #[error("its rings meet in more than {MEETINGS} places, too many to make it valid")]
    Tangled,
}

/// Valid polygons that fill the same places. Exterior rings run counter-clockwise, holes clockwise.
pub fn made_valid(polygons: &[Rings]) -> Result<Vec<Rings>, Unmendable> {
    if Edges::new(polygons).meet_more_often_than(MEETINGS) {
        return Err(Unmendable::Tangled);
    }
    overlaid(polygons).ok_or(Unmendable::Nothing)
}

/// `None` when nothing is left, or the result is not valid either.
fn overlaid(polygons: &[Rings]) -> Option<Vec<Rings>> {
    let grid = Grid::around(polygons)?;
    let mut sources: HashMap<[i32; 2], [f64; 2]> = HashMap::new();
    let contours: Vec<Vec<IntPoint>> = polygons
        .iter()
        .flatten()
        .map(|ring| {
            let cells = ring.iter().map(|&place| {
                let cell = grid.cell(place);
                sources.entry(cell).or_insert(place);
                IntPoint::new(cell[0], cell[1])
            });
            cells.collect()
        })
        .collect();
    let options = IntOverlayOptions { ogc: true, ..IntOverlayOptions::keep_all_points() };
    let mut overlay = Overlay::new_custom(sources.len(), options, i_overlay::core::solver::Solver::default());
    overlay.add_source(&contours, ShapeType::Subject);
    let shapes = overlay.overlay(OverlayRule::Subject, FillRule::EvenOdd);
    let back = |place_of: &dyn Fn([i32; 2]) -> [f64; 2]| {
        let ring =
            |contour: &Vec<IntPoint>| contour.iter().map(|point| place_of([point.x, point.y])).collect::<Vec<_>>();
        let polygons = shapes.iter().map(|shape| oriented(shape.iter().map(ring).collect()));
        Some(polygons.collect::<Vec<Rings>>()).filter(|mended| !mended.is_empty() && invalid(mended).is_none())
    };
    // Moving corners off the grid to where they were can in theory undo the mending; the grid itself is the second try.
    back(&|cell| sources.get(&cell).copied().unwrap_or_else(|| grid.place(cell)))
        .or_else(|| back(&|cell| grid.place(cell)))
}

fn oriented(mut rings: Rings) -> Rings {
    for (number, ring) in rings.iter_mut().enumerate() {
        if (doubled_area(ring) > 0.0) != (number == 0) {
            ring.reverse();
        }
    }
    rings
}

/// The integer grid over a feature.
struct Grid {
    middle: [f64; 2],
    cells_per_unit: f64,
}

impl Grid {
    fn around(polygons: &[Rings]) -> Option<Self> {
        let mut box_ = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        for &[x, y] in polygons.iter().flatten().flatten() {
            box_ = [box_[0].min(x), box_[1].min(y), box_[2].max(x), box_[3].max(y)];
        }
        let side = (box_[2] - box_[0]).max(box_[3] - box_[1]);
        (side > 0.0 && side.is_finite()).then(|| Self {
            middle: [f64::midpoint(box_[0], box_[2]), f64::midpoint(box_[1], box_[3])],
            cells_per_unit: 2.0 * HALF / side,
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "within +-2^29")]
    fn cell(&self, place: [f64; 2]) -> [i32; 2] {
        [0, 1].map(|axis| ((place[axis] - self.middle[axis]) * self.cells_per_unit).round() as i32)
    }

    fn place(&self, cell: [i32; 2]) -> [f64; 2] {
        [0, 1].map(|axis| self.middle[axis] + f64::from(cell[axis]) / self.cells_per_unit)
    }
}

/// The area of lon/lat polygons as their rings give it, holes taken off: square metres on the sphere that has the area
/// of the Earth, edges taken as straight in the equal-area cylindrical projection. Rings that cross count as they turn.
#[must_use]
pub fn area(polygons: &[Rings]) -> f64 {
    let of_ring = |ring: &Vec<[f64; 2]>| {
        let plane: Vec<_> = ring.iter().map(|[lon, lat]| [lon.to_radians(), lat.to_radians().sin()]).collect();
        doubled_area(&plane).abs() / 2.0 * AUTHALIC_RADIUS * AUTHALIC_RADIUS
    };
    let of_polygon = |rings: &Rings| {
        rings.iter().map(of_ring).enumerate().map(|(n, area)| if n == 0 { area } else { -area }).sum::<f64>()
    };
    polygons.iter().map(of_polygon).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_degree_has_its_area() {
        // On the authalic sphere between 18 N and 19 N, one degree wide: R^2 * (pi/180) * (sin 19 - sin 18).
        let square = vec![vec![[105.0, 18.0], [106.0, 18.0], [106.0, 19.0], [105.0, 19.0]]];
        let expected =
            6_371_007.181_f64.powi(2) * 1_f64.to_radians() * (19_f64.to_radians().sin() - 18_f64.to_radians().sin());
        assert!((area(&[square]) / expected - 1.0).abs() < 1e-9);
    }

    #[test]
    fn corners_that_were_not_wrong_stay_to_the_bit() {
        let spiked = vec![[105.1, 18.3], [105.7, 18.3], [105.7, 18.9], [105.8, 18.95], [105.7, 18.9], [105.1, 18.9]];
        let mended = made_valid(&[vec![spiked.clone()]]).expect("a square");
        let mut corners = mended[0][0].clone();
        corners.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
        assert_eq!(corners, [[105.1, 18.3], [105.1, 18.9], [105.7, 18.3], [105.7, 18.9]]);
        assert!(doubled_area(&mended[0][0]) > 0.0);
    }

    #[test]
    fn what_fills_nothing_has_nothing_to_mend() {
        let table: [Vec<Rings>; 3] =
            [vec![vec![vec![[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]]], vec![vec![vec![[1.0, 1.0]; 3]]], Vec::new()];
        for polygons in table {
            assert_eq!(made_valid(&polygons), Err(Unmendable::Nothing), "{polygons:?}");
        }
    }

    /// A ball of wool: 20,000 chords of a circle cross each other some 60 million times.
    #[test]
    fn a_tangle_is_given_up_and_not_tried() {
        let corner = |step: i32| {
            let (sine, cosine) = (f64::from(step) * 2.3).sin_cos();
            [105.0 + cosine, 19.0 + sine]
        };
        let wool: Vec<_> = (0..20_000).map(corner).collect();
        assert_eq!(made_valid(&[vec![wool]]), Err(Unmendable::Tangled));
    }
}
