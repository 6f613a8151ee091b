//! Whether a geometry meets a box, exactly and on the coordinates as they were given: what a query by `bbox` means (OGC 17-069r4,
//! section 7.15.3). Boxes around geometries alone would answer with the neighbours of a box's corners.

use std::ops::Range;

use robust::{Coord, orient2d};

use super::arena::Arena;
use super::bbox::BBox;
use super::geometry::GeometryKind;

impl Arena {
    /// Whether row `row` shares a place with `bbox`, edges included. The box does not cross the antimeridian.
    #[must_use]
    pub fn meets(&self, row: usize, bbox: &BBox) -> bool {
        self.meets_on(row, bbox, |place| place)
    }

    /// The same with a box on another plane, to which `to` brings lon/lat; `west` and `east` are x there, `south` and `north` y. A
    /// place that is none on the plane (NaN) lies in no box.
    #[must_use]
    pub fn meets_on(&self, row: usize, bbox: &BBox, to: impl Fn([f64; 2]) -> [f64; 2]) -> bool {
        let at = |vertex: usize| to(self.lon_lat()[vertex]);
        if self.row_vertices(row).any(|vertex| bbox.contains(at(vertex))) {
            return true;
        }
        if self.kind() == GeometryKind::Point {
            return false;
        }
        let closed = self.kind() == GeometryKind::Polygon;
        let mut inside = false;
        for (from, to) in self.parts(row).flat_map(|part| sides(self.vertices(part), closed)) {
            let (from, to) = (at(from), at(to));
            if crosses(bbox, from, to) {
                return true;
            }
            // When no side meets the box it lies wholly inside or wholly outside, and one place of it tells which.
            inside ^= closed && passes(from, to, [bbox.west, bbox.south]);
        }
        inside
    }
}

/// The sides of a line, or of a ring without its closing place, by their vertices.
fn sides(vertices: Range<usize>, closed: bool) -> impl Iterator<Item = (usize, usize)> {
    let closing = (closed && !vertices.is_empty()).then(|| (vertices.end - 1, vertices.start));
    vertices.clone().zip(vertices.skip(1)).chain(closing)
}

/// Whether a segment whose ends lie outside the box crosses it.
fn crosses(bbox: &BBox, from: [f64; 2], to: [f64; 2]) -> bool {
    let apart = |axis: usize, low: f64, high: f64| from[axis].max(to[axis]) < low || from[axis].min(to[axis]) > high;
    if apart(0, bbox.west, bbox.east) || apart(1, bbox.south, bbox.north) {
        return false;
    }
    let corners = [[bbox.west, bbox.south], [bbox.east, bbox.south], [bbox.east, bbox.north], [bbox.west, bbox.north]];
    let sides = corners.map(|corner| side(from, to, corner));
    !(sides.iter().all(|&side| side > 0.0) || sides.iter().all(|&side| side < 0.0))
}

/// Whether a ray from `place` to the east passes a segment; its lower end counts, its upper one does not.
fn passes(from: [f64; 2], to: [f64; 2], place: [f64; 2]) -> bool {
    let up = from[1] <= place[1];
    if up == (to[1] <= place[1]) {
        return false;
    }
    (side(from, to, place) > 0.0) == up
}

/// On which side of the line through two places a third lies: positive on the left, exact in its sign.
fn side(from: [f64; 2], to: [f64; 2], place: [f64; 2]) -> f64 {
    let coord = |[x, y]: [f64; 2]| Coord { x, y };
    orient2d(coord(from), coord(to), coord(place))
}

#[cfg(test)]
mod tests {
    use geo::Intersects;
    use geo_types::{Coord as At, LineString, MultiLineString, MultiPolygon, Polygon, Rect};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::super::geometry::Geometry;
    use super::*;

    /// Random star-shaped polygons with holes and zigzag lines on a coarse grid, so that edges and corners fall together, against
    /// the `geo` crate.
    #[test]
    fn what_meets_a_box_is_what_geo_says() {
        let mut random = ChaCha8Rng::seed_from_u64(91);
        let (mut met, mut apart) = (0, 0);
        for number in 0..20_000 {
            let mut at = |reach: i32| At {
                x: f64::from(random.random_range(-reach..=reach)),
                y: f64::from(random.random_range(-reach..=reach)),
            };
            let geometry = if number % 2 == 0 {
                Geometry::Lines(MultiLineString(vec![LineString(vec![at(9), at(9), at(9)])]))
            } else {
                let size = at(9).x.abs() + 2.0;
                let middle = at(9);
                let square = |half: f64| {
                    let corner = |x: f64, y: f64| At { x: middle.x + x * half, y: middle.y + y * half };
                    LineString(vec![
                        corner(-1., -1.),
                        corner(1., -1.),
                        corner(1., 0.5),
                        corner(0., 1.),
                        corner(-1., 1.),
                        corner(-1., -1.),
                    ])
                };
                Geometry::Polygons(MultiPolygon(vec![Polygon::new(square(size), vec![square(size / 2.0)])]))
            };
            let rect = Rect::new(at(9), at(9));
            let bbox = BBox { west: rect.min().x, south: rect.min().y, east: rect.max().x, north: rect.max().y };
            let mut arena = Arena::new(geometry.kind());
            arena.push(&geometry);
            let expected = match &geometry {
                Geometry::Lines(lines) => lines.intersects(&rect.to_polygon()),
                Geometry::Polygons(polygons) => polygons.intersects(&rect.to_polygon()),
                Geometry::Point(_) => unreachable!("none is made"),
            };
            assert_eq!(arena.meets(0, &bbox), expected, "{number}: {geometry:?} and {bbox:?}");
            if expected { met += 1 } else { apart += 1 }
        }
        assert!(met > 1000 && apart > 1000, "{met} met, {apart} apart");
    }
}
