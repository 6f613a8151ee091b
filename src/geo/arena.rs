//! The geometry of many features in a few long columns.
//!
//! Layout: `vertices` of all parts one after another; a *part* is a line or a ring (rings without their closing
//! place); a row's parts lie together. Point rows have one vertex and neither parts nor rows tables.

use std::ops::Range;

use geo_types::{Coord, LineString, MultiLineString, MultiPolygon, Polygon};

use super::bbox::Window;
use super::geometry::{Geometry, GeometryKind, rings};
use super::mercator::{WorldPoint, lon_lat, world_point};

/// Geometries of one kind, by row number.
#[derive(Clone, Debug)]
pub struct Arena {
    kind: GeometryKind,
    /// Source coordinates, lon/lat degrees, to the last bit as they were given.
    lon_lat: Vec<[f64; 2]>,
    /// The same places on the world square.
    world: Vec<WorldPoint>,
    /// End vertex of each part.
    part_ends: Vec<u32>,
    /// Whether the part is the exterior ring of a polygon.
    exterior: Vec<bool>,
    /// End part of each row.
    row_ends: Vec<u32>,
}

impl Arena {
    /// An empty arena for geometries of `kind`.
    #[must_use]
    pub fn new(kind: GeometryKind) -> Self {
        Self {
            kind,
            lon_lat: Vec::new(),
            world: Vec::new(),
            part_ends: Vec::new(),
            exterior: Vec::new(),
            row_ends: Vec::new(),
        }
    }

    /// What every row is.
    #[must_use]
    pub fn kind(&self) -> GeometryKind {
        self.kind
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        if self.kind == GeometryKind::Point { self.world.len() } else { self.row_ends.len() }
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends a row. The geometry is of the arena's kind (the door checked that).
    ///
    /// # Panics
    /// Beyond 2^32 vertices.
    pub fn push(&mut self, geometry: &Geometry) {
        debug_assert_eq!(geometry.kind(), self.kind, "one arena, one kind");
        match geometry {
            Geometry::Point(point) => self.push_vertices(&[point.0]),
            Geometry::Lines(lines) => lines.0.iter().for_each(|line| self.push_part(&line.0, false)),
            Geometry::Polygons(polygons) => {
                for polygon in &polygons.0 {
                    for (number, ring) in rings(polygon).enumerate() {
                        self.push_part(&ring.0[..ring.0.len().saturating_sub(1)], number == 0);
                    }
                }
            }
        }
        if self.kind != GeometryKind::Point {
            self.row_ends.push(index(self.part_ends.len()));
        }
    }

    fn push_part(&mut self, vertices: &[Coord<f64>], exterior: bool) {
        self.push_vertices(vertices);
        self.part_ends.push(index(self.world.len()));
        self.exterior.push(exterior);
    }

    fn push_vertices(&mut self, vertices: &[Coord<f64>]) {
        self.lon_lat.extend(vertices.iter().map(|c| [c.x, c.y]));
        self.world.extend(vertices.iter().map(|c| world_point([c.x, c.y])));
    }

    /// Appends a point by its place on the world square, to which lon/lat are computed.
    pub fn push_place(&mut self, place: WorldPoint) {
        debug_assert_eq!(self.kind, GeometryKind::Point, "a place is a point");
        self.lon_lat.push(lon_lat(place));
        self.world.push(place);
    }

    /// Appends row `row` of another arena of the same kind.
    pub fn push_row_of(&mut self, other: &Self, row: usize) {
        if self.kind == GeometryKind::Point {
            self.lon_lat.push(other.lon_lat[row]);
            self.world.push(other.world[row]);
            return;
        }
        for part in other.parts(row) {
            let vertices = other.vertices(part);
            self.lon_lat.extend_from_slice(&other.lon_lat[vertices.clone()]);
            self.world.extend_from_slice(&other.world[vertices]);
            self.part_ends.push(index(self.world.len()));
            self.exterior.push(other.exterior[part]);
        }
        self.row_ends.push(index(self.part_ends.len()));
    }

    /// The parts of a row, for [`Self::vertices`] and [`Self::is_exterior`]. Empty for points.
    #[must_use]
    pub fn parts(&self, row: usize) -> Range<usize> {
        if self.kind == GeometryKind::Point {
            return 0..0;
        }
        let start = if row == 0 { 0 } else { self.row_ends[row - 1] };
        start as usize..self.row_ends[row] as usize
    }

    /// The vertices of a part, for [`Self::world`] and [`Self::lon_lat`].
    #[must_use]
    pub fn vertices(&self, part: usize) -> Range<usize> {
        let start = if part == 0 { 0 } else { self.part_ends[part - 1] };
        start as usize..self.part_ends[part] as usize
    }

    /// All vertices of a row.
    #[must_use]
    pub fn row_vertices(&self, row: usize) -> Range<usize> {
        if self.kind == GeometryKind::Point {
            return row..row + 1;
        }
        let parts = self.parts(row);
        if parts.is_empty() {
            return 0..0;
        }
        self.vertices(parts.start).start..self.vertices(parts.end - 1).end
    }

    /// Whether a part opens a polygon; the parts after it, up to the next such, are its holes.
    #[must_use]
    pub fn is_exterior(&self, part: usize) -> bool {
        self.exterior[part]
    }

    /// All vertices on the world square.
    #[must_use]
    pub fn world(&self) -> &[WorldPoint] {
        &self.world
    }

    /// All vertices, lon/lat degrees.
    #[must_use]
    pub fn lon_lat(&self) -> &[[f64; 2]] {
        &self.lon_lat
    }

    /// The window around a row.
    #[must_use]
    pub fn window(&self, row: usize) -> Window {
        Window::around(&self.world[self.row_vertices(row)])
    }

    /// The area of a row's polygons less their holes, square world units; 0 for points and lines.
    #[must_use]
    pub fn area(&self, row: usize) -> f64 {
        let areas = self.parts(row).map(|part| {
            let area = ring_area(&self.world[self.vertices(part)]);
            if self.exterior[part] { area } else { -area }
        });
        if self.kind == GeometryKind::Polygon { areas.sum::<f64>().max(0.0) } else { 0.0 }
    }

    /// The geometry of a row, equal to the one that was pushed.
    #[must_use]
    pub fn geometry(&self, row: usize) -> Geometry {
        match self.kind {
            GeometryKind::Point => {
                let [x, y] = self.lon_lat[row];
                Geometry::Point(geo_types::Point::new(x, y))
            }
            GeometryKind::Line => {
                Geometry::Lines(MultiLineString(self.parts(row).map(|part| self.line(part)).collect()))
            }
            GeometryKind::Polygon => Geometry::Polygons(self.polygons(row)),
        }
    }

    fn line(&self, part: usize) -> LineString<f64> {
        self.lon_lat[self.vertices(part)].iter().map(|&[x, y]| Coord { x, y }).collect()
    }

    fn polygons(&self, row: usize) -> MultiPolygon<f64> {
        let mut polygons: Vec<(LineString<f64>, Vec<LineString<f64>>)> = Vec::new();
        for part in self.parts(row) {
            let mut ring = self.line(part);
            // Not `close()`: a ring that repeats its last place would come back with one place less.
            ring.0.extend(ring.0.first().copied());
            match polygons.last_mut() {
                Some((_, holes)) if !self.exterior[part] => holes.push(ring),
                _ => polygons.push((ring, Vec::new())),
            }
        }
        MultiPolygon(polygons.into_iter().map(|(exterior, holes)| Polygon::new(exterior, holes)).collect())
    }

    /// Bytes held on the heap, for `/metrics` and the benches.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.lon_lat.capacity() * 16
            + self.world.capacity() * 8
            + (self.part_ends.capacity() + self.row_ends.capacity()) * 4
            + self.exterior.capacity()
    }

    /// Gives back what growing left over.
    pub fn shrink(&mut self) {
        self.lon_lat.shrink_to_fit();
        self.world.shrink_to_fit();
        self.part_ends.shrink_to_fit();
        self.exterior.shrink_to_fit();
        self.row_ends.shrink_to_fit();
    }
}

fn index(length: usize) -> u32 {
    u32::try_from(length).expect("a layer holds fewer than 2^32 vertices")
}

/// From the first vertex, so that small rings far from the origin lose nothing.
fn ring_area(ring: &[WorldPoint]) -> f64 {
    let Some(&[x0, y0]) = ring.first() else { return 0.0 };
    let from_first = |[x, y]: WorldPoint| [f64::from(x) - f64::from(x0), f64::from(y) - f64::from(y0)];
    let doubled = ring.windows(2).map(|pair| {
        let ([ax, ay], [bx, by]) = (from_first(pair[0]), from_first(pair[1]));
        ax * by - bx * ay
    });
    (doubled.sum::<f64>() / 2.0).abs()
}

#[cfg(test)]
mod tests {
    use geo_types::{line_string, point, polygon};

    use super::*;

    fn ring_with_hole() -> Polygon<f64> {
        polygon!(
            exterior: [(x: 0., y: 0.), (x: 4., y: 0.), (x: 4., y: 4.), (x: 0., y: 4.), (x: 0., y: 0.)],
            interiors: [[(x: 1., y: 1.), (x: 1., y: 2.), (x: 2., y: 2.), (x: 1., y: 1.)]],
        )
    }

    #[test]
    fn every_kind_comes_back_equal() {
        let repeats = |x: f64| Coord { x, y: 9. };
        let stutter = Polygon::new(
            LineString(vec![repeats(9.), repeats(9.4), Coord { x: 9., y: 10. }, repeats(9.), repeats(9.)]),
            vec![],
        );
        let far = polygon![(x: 9.1, y: 9.), (x: 9.3, y: 9.), (x: 9.2, y: 9.7)];
        let table = [
            vec![Geometry::Point(point!(x: 0.1, y: -0.2)), Geometry::Point(point!(x: 105.672, y: 18.666))],
            vec![
                Geometry::Lines(MultiLineString(vec![line_string![(x: 0., y: 0.), (x: 1., y: 1.)]])),
                Geometry::Lines(MultiLineString(vec![
                    line_string![(x: 0., y: 0.), (x: 1., y: 2.), (x: 3., y: 1.)],
                    line_string![(x: 5., y: 5.), (x: 6., y: 6.)],
                ])),
            ],
            vec![
                Geometry::Polygons(MultiPolygon(vec![ring_with_hole(), far.clone(), stutter])),
                Geometry::Polygons(MultiPolygon(vec![far])),
            ],
        ];
        for geometries in table {
            let mut arena = Arena::new(geometries[0].kind());
            geometries.iter().for_each(|geometry| arena.push(geometry));
            let mut copy = Arena::new(arena.kind());
            (0..arena.len()).rev().for_each(|row| copy.push_row_of(&arena, row));
            for (row, geometry) in geometries.iter().enumerate() {
                assert_eq!(&arena.geometry(row), geometry);
                assert_eq!(&copy.geometry(geometries.len() - 1 - row), geometry);
            }
        }
    }
}
