//! What is at a place, and what is nearest to it, in metres on the ellipsoid.

use std::sync::Arc;

use super::cql2::Filter;
use super::layer_index::LayerIndex;
use super::page::Found;
use crate::geo::measure::distance_to;
use crate::geo::tile::MAX_ZOOM;
use crate::geo::{BBox, GeometryKind, Window};
use crate::model::validity::Interval;

/// Metres of a degree of latitude, at most (at the poles) and at least (at the equator): a box with the latter is large enough.
const LEAST_DEGREE: f64 = 110_574.0;

/// Metres of the first look for the nearest, at least.
const FIRST: f64 = 10.0;

/// Half the equator, metres: nothing is farther.
const FARTHEST: f64 = 20_037_508.4;

/// Which features count.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice<'a> {
    /// Those that match.
    pub filter: Option<&'a Filter>,
    /// Those in force at some time of it.
    pub interval: Option<&'a Interval>,
}

/// A feature and how far it is.
#[derive(Clone, Debug)]
pub struct Near {
    /// The feature.
    pub found: Found,
    /// Metres; 0 inside of a polygon and on a line.
    pub distance: f64,
}

impl LayerIndex {
    /// The features at `[lon, lat]`, the nearest first: polygons in which it lies, points and lines at most `radius` metres away.
    #[must_use]
    pub fn at_place(&self, place: [f64; 2], radius: f64, choice: Choice<'_>) -> Vec<Near> {
        let radius = if self.layer().geometry == GeometryKind::Polygon { 0.0 } else { radius };
        sorted(self.within(place, radius, choice))
    }

    /// The `count` features nearest to `[lon, lat]` that match, none farther than `max_distance` metres, the nearest first; of equals the one
    /// with the lower id.
    ///
    /// Looks around the place in squares, each twice as wide as the one before: when a square's half side holds enough, none outside
    /// is nearer.
    #[must_use]
    pub fn nearest(&self, place: [f64; 2], count: usize, max_distance: f64, choice: Choice<'_>) -> Vec<Near> {
        let max_distance = max_distance.min(FARTHEST);
        let mut radius = self.first_look(count).min(max_distance);
        loop {
            let mut near = sorted(self.within(place, radius, choice));
            if near.len() >= count || radius >= max_distance {
                near.truncate(count);
                return near;
            }
            radius = (radius * 2.0).min(max_distance);
        }
    }

    /// An eighth of how far `count` features reach where they lie evenly: they lie in towns, and looks at nothing cost nothing, but
    /// each feature in a look is measured.
    fn first_look(&self, count: usize) -> f64 {
        let BBox { west, south, east, north } = self.window().into();
        let across = (south.midpoint(north)).to_radians().cos();
        let area = (east - west) * across * (north - south) * LEAST_DEGREE * LEAST_DEGREE;
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let share = count as f64 / self.len().max(1) as f64;
        ((area * share / std::f64::consts::PI).sqrt() / 8.0).clamp(FIRST, FARTHEST)
    }

    fn within(&self, place: [f64; 2], radius: f64, choice: Choice<'_>) -> Vec<Near> {
        let boxes = around(place, radius);
        let mut near = Vec::new();
        for (block, buried) in &self.blocks {
            let rows = block.rows();
            let mut numbers: Vec<u32> =
                boxes.iter().flat_map(|bbox| block.query(buried, &Window::from(*bbox), MAX_ZOOM)).collect();
            numbers.sort_unstable();
            numbers.dedup();
            let bound = choice.filter.map(|filter| filter.bind(rows));
            let in_force = |row: usize| match (self.layer().times(), choice.interval) {
                (Some(times), Some(interval)) => times.in_force(rows, row, interval),
                _ => true,
            };
            let matching = |row: &usize| in_force(*row) && bound.as_ref().is_none_or(|bound| bound.matches(*row));
            for row in numbers.into_iter().map(|row| row as usize).filter(matching) {
                let distance = distance_to(place, &rows.arena().geometry(row));
                if distance <= radius {
                    near.push(Near { found: Found { rows: Arc::clone(rows), row }, distance });
                }
            }
        }
        near
    }
}

/// By distance, then by id.
fn sorted(mut near: Vec<Near>) -> Vec<Near> {
    near.sort_by(|one, other| {
        one.distance.total_cmp(&other.distance).then_with(|| super::page::by_id(one.found.id(), other.found.id()))
    });
    near
}

/// Boxes that hold everything at most `radius` metres from a place; two across the antimeridian.
fn around([lon, lat]: [f64; 2], radius: f64) -> Vec<BBox> {
    // A ten-thousandth more, and a unit of the world square: windows are whole numbers.
    let high = (radius * 1.0001 + 0.02) / LEAST_DEGREE;
    let (south, north) = ((lat - high).max(-90.0), (lat + high).min(90.0));
    let across = south.abs().max(north.abs()).to_radians().cos();
    let wide = if across > 0.0 { high / across } else { f64::INFINITY };
    let bbox = |west: f64, east: f64| BBox { west, south, east, north };
    match (lon - wide, lon + wide) {
        _ if wide >= 180.0 => vec![bbox(-180.0, 180.0)],
        (west, east) if west < -180.0 => vec![bbox(west + 360.0, 180.0), bbox(-180.0, east)],
        (west, east) if east > 180.0 => vec![bbox(west, 180.0), bbox(-180.0, east - 360.0)],
        (west, east) => vec![bbox(west, east)],
    }
}
