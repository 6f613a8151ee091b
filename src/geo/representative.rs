//! One place that stands for a feature where each must count once: sums over neighbouring areas then add up to the whole.

use geo::InteriorPoint;

use super::arena::Arena;
use super::geometry::Geometry;

impl Arena {
    /// The place of a point; a vertex half-way along the line with the most vertices; a place inside of the polygons.
    #[must_use]
    pub fn representative(&self, row: usize) -> [f64; 2] {
        let first = self.lon_lat()[self.row_vertices(row).start];
        match self.geometry(row) {
            Geometry::Point(point) => [point.x(), point.y()],
            Geometry::Lines(lines) => {
                let longest = lines.0.iter().max_by_key(|line| line.0.len());
                longest.and_then(|line| line.0.get(line.0.len() / 2)).map_or(first, |place| [place.x, place.y])
            }
            Geometry::Polygons(polygons) => polygons.interior_point().map_or(first, |point| [point.x(), point.y()]),
        }
    }
}
