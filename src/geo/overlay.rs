//! What polygons share, what one has alone, and what they cover together.
//!
//! Done on an integer grid of 2^48 cells a degree (0.4 nm), on which a longitude beyond 64° and a latitude beyond 16° of an `f64` have
//! a cell of their own: corners come back to the bit, and a place where borders cross is off by nanometres. So parts fit together,
//! and their areas add up.

use geo_types::{Coord, LineString, MultiPolygon, Polygon};
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay, ShapeType};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::core::solver::Solver;
use i_overlay::i_float::int::point::IntPoint;

use super::geometry::rings;
use super::measure;
use super::ring::doubled_area;

/// Cells a degree. 180 degrees are below 2^56 cells, the engine takes 2^62.
const CELLS: f64 = 281_474_976_710_656.0;

type Cell = IntPoint<i64>;
type Contour = Vec<Cell>;

/// Polygons on the grid. Inside is what a ray leaves through an odd number of edges, whichever way rings run: rings may touch and cross,
/// repeat their corners and fold back.
#[derive(Clone, Debug, Default)]
pub struct Region {
    /// Of each polygon its rings, the exterior first, without their closing place.
    shapes: Vec<Vec<Contour>>,
    /// Whether rings touch in corners at most, exteriors counter-clockwise, holes clockwise: so they come out of an overlay.
    sound: bool,
}

impl Region {
    /// Of polygons in degrees, |lon| and |lat| at most 180.
    #[must_use]
    pub fn of(polygons: &MultiPolygon<f64>) -> Self {
        let contour = |ring: &LineString<f64>| {
            let mut contour: Contour = ring.0.iter().map(|&place| cell(place)).collect();
            contour.dedup();
            while contour.len() > 1 && contour.first() == contour.last() {
                contour.pop();
            }
            contour
        };
        let shapes = polygons.0.iter().map(|polygon| rings(polygon).map(contour).collect());
        Self { shapes: shapes.collect(), sound: false }
    }

    /// What both cover.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.with(other, OverlayRule::Intersect)
    }

    /// What this covers and the other does not.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.with(other, OverlayRule::Difference)
    }

    /// What either covers.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.with(other, OverlayRule::Union)
    }

    fn with(&self, other: &Self, rule: OverlayRule) -> Self {
        overlaid(&[self], &[other], rule, FillRule::EvenOdd)
    }

    /// What at least one of several covers.
    #[must_use]
    pub fn covered_by<'a>(regions: impl IntoIterator<Item = &'a Self>) -> Self {
        let sound: Vec<_> = regions.into_iter().map(Self::made_sound).collect();
        let sound: Vec<&Self> = sound.iter().map(AsRef::as_ref).collect();
        overlaid(&sound, &[], OverlayRule::Subject, FillRule::NonZero)
    }

    fn made_sound(&self) -> std::borrow::Cow<'_, Self> {
        if self.sound {
            return std::borrow::Cow::Borrowed(self);
        }
        std::borrow::Cow::Owned(overlaid(&[self], &[], OverlayRule::Subject, FillRule::EvenOdd))
    }

    /// The same as far as the places go that `other` covers, with fewer corners: those of a run beyond one side of the box around `other`
    /// are left out. What it says of other places is not to be believed.
    #[must_use]
    pub fn near(&self, other: &Self) -> Self {
        let Some([low, high]) = other.frame() else { return Self::default() };
        let thinned = |shape: &Vec<Contour>| shape.iter().map(|contour| without_runs(contour, low, high)).collect();
        Self { shapes: self.shapes.iter().map(thinned).collect(), sound: false }
    }

    /// The corners of the box around it.
    fn frame(&self) -> Option<[Cell; 2]> {
        let mut cells = self.shapes.iter().flatten().flatten();
        let first = *cells.next()?;
        Some(cells.fold([first, first], |[low, high], cell| {
            let least = IntPoint::new(low.x.min(cell.x), low.y.min(cell.y));
            [least, IntPoint::new(high.x.max(cell.x), high.y.max(cell.y))]
        }))
    }

    /// The same with rings that touch in corners at most, exteriors counter-clockwise, holes clockwise.
    #[must_use]
    pub fn sound(self) -> Self {
        if self.sound { self } else { overlaid(&[&self], &[], OverlayRule::Subject, FillRule::EvenOdd) }
    }

    /// Whether it covers nothing. Tells of what came out of an overlay.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// How many corners it has.
    #[must_use]
    pub fn corners(&self) -> usize {
        self.shapes.iter().flatten().map(Vec::len).sum()
    }

    /// As valid polygons in degrees: rings closed, exteriors counter-clockwise, holes clockwise.
    #[must_use]
    pub fn polygons(&self) -> MultiPolygon<f64> {
        let sound = self.made_sound();
        let polygon = |shape: &Vec<Contour>| {
            let (exterior, holes) = shape.split_first()?;
            let holes = holes.iter().filter_map(|contour| ring(contour, false));
            Some(Polygon::new(ring(exterior, true)?, holes.collect()))
        };
        sound.shapes.iter().filter_map(polygon).collect()
    }

    /// Its area on the ellipsoid, square metres, see [`measure::area`].
    #[must_use]
    pub fn area(&self) -> f64 {
        measure::area(&self.polygons())
    }
}

fn overlaid(of: &[&Region], with: &[&Region], rule: OverlayRule, fill: FillRule) -> Region {
    let corners = of.iter().chain(with).map(|region| region.corners()).sum();
    let options = IntOverlayOptions { ogc: true, ..IntOverlayOptions::keep_all_points() };
    let mut overlay = Overlay::<i64>::new_custom(corners, options, Solver::default());
    for (regions, role) in [(of, ShapeType::Subject), (with, ShapeType::Clip)] {
        for contour in regions.iter().flat_map(|region| &region.shapes).flatten() {
            overlay.add_contour(contour, role);
        }
    }
    Region { shapes: overlay.overlay(rule, fill), sound: true }
}

/// The contour without corners that lie, with both their neighbours, beyond one and the same side of a box. Each run of such
/// corners leaves its first and its last, so the edges that enter the box are what they were.
fn without_runs(contour: &[Cell], low: Cell, high: Cell) -> Contour {
    let sides: [&dyn Fn(Cell) -> bool; 4] =
        [&|cell| cell.x < low.x, &|cell| cell.x > high.x, &|cell| cell.y < low.y, &|cell| cell.y > high.y];
    let mut contour = contour.to_vec();
    for beyond in sides {
        let count = contour.len();
        let out: Vec<bool> = contour.iter().map(|&cell| beyond(cell)).collect();
        let mut number = 0;
        contour.retain(|_| {
            let (before, after) = ((number + count - 1) % count, (number + 1) % count);
            let inner = out[before] && out[number] && out[after];
            number += 1;
            !inner
        });
    }
    contour
}

#[expect(clippy::cast_possible_truncation, reason = "at most 180 degrees of 2^48 cells")]
fn cell(place: Coord<f64>) -> Cell {
    let axis = |degrees: f64| (degrees.clamp(-180.0, 180.0) * CELLS).round() as i64;
    IntPoint::new(axis(place.x), axis(place.y))
}

/// A closed ring in its sense; `None` for a sliver of nanometres that is nothing when rounded to `f64`.
#[expect(clippy::cast_precision_loss, reason = "rounded to the f64 nearest to the cell")]
fn ring(contour: &[Cell], counter_clockwise: bool) -> Option<LineString<f64>> {
    let mut places: Vec<[f64; 2]> = contour.iter().map(|cell| [cell.x as f64 / CELLS, cell.y as f64 / CELLS]).collect();
    places.dedup();
    let area = doubled_area(&places);
    // The engine may give the narrowest slivers the other sense.
    if (area > 0.0) != counter_clockwise {
        places.reverse();
    }
    let mut ring = LineString::from(places);
    ring.close();
    (area != 0.0 && ring.0.len() >= 4).then_some(ring)
}

#[cfg(test)]
#[path = "overlay_tests.rs"]
mod tests;
