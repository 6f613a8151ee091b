//! How one geometry lies to many others, on the plane of lon/lat.
//!
//! Whether two geometries meet, and where a point lies, is decided here with exact predicates (`robust`) over edges filed by
//! latitude; it allocates nothing and holds for polygons that are not valid, which count as even-odd. The other relations
//! are read from the matrix of `geo::Relate` (a port of JTS), which is asked only about geometries that meet. It is not prepared:
//! a prepared one cannot be shared by threads, and saves only the sorting of its edges.

use geo::Relate;
use geo::relate::IntersectionMatrix;
use geo_types::{Geometry, LineString};

use super::arena::Arena;
use super::bbox::BBox;
use super::geometry::{GeometryKind, rings};
use super::ring::{meeting, side};

type Place = [f64; 2];

/// Where a place lies to a geometry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// In the interior.
    Inside,
    /// On the ring of a polygon, or at an end of an odd number of lines (OGC 06-103r4, section 6.1.15.1).
    Boundary,
    /// Anywhere else.
    Outside,
}

/// A geometry against which many rows are held. Lon/lat degrees; not one that crosses the antimeridian.
#[derive(Clone, Debug)]
pub struct Shape {
    geometry: Geometry<f64>,
    bbox: BBox,
    points: Vec<Place>,
    lines: Edges,
    /// Ends of lines that are on the boundary.
    ends: Vec<Place>,
    areas: Vec<Edges>,
    /// One vertex of each line and ring.
    anchors: Vec<Place>,
}

impl Shape {
    /// Files the edges. `None` for a geometry without places.
    #[must_use]
    pub fn new(geometry: Geometry<f64>) -> Option<Self> {
        let mut parts = Parts::default();
        parts.take(&geometry);
        let vertices = parts.lines.iter().chain(parts.areas.iter().flatten()).flatten();
        let bbox = BBox::around(vertices.chain(&parts.points).copied())?;
        let first = |line: &Vec<Place>| line.first().copied();
        Some(Self {
            bbox,
            lines: Edges::new(&parts.lines),
            ends: parts.ends(),
            areas: parts.areas.iter().map(|rings| Edges::new(rings)).collect(),
            anchors: parts.lines.iter().chain(parts.areas.iter().flatten()).filter_map(first).collect(),
            points: parts.points,
            geometry,
        })
    }

    /// The geometry.
    #[must_use]
    pub fn geometry(&self) -> &Geometry<f64> {
        &self.geometry
    }

    /// The box around it.
    #[must_use]
    pub fn bbox(&self) -> BBox {
        self.bbox
    }

    /// Number of edges and points.
    #[must_use]
    pub fn size(&self) -> usize {
        self.points.len() + self.lines.list.len() + self.areas.iter().map(|edges| edges.list.len()).sum::<usize>()
    }

    /// Whether it is nothing but this one place.
    #[must_use]
    #[expect(clippy::float_cmp, reason = "the same place, not one nearby")]
    pub fn is_place(&self, place: Place) -> bool {
        self.anchors.is_empty() && self.points.iter().all(|point| *point == place)
    }

    /// Where a place lies.
    #[must_use]
    pub fn position(&self, place: Place) -> Position {
        if !self.bbox.contains(place) {
            return Position::Outside;
        }
        let mut boundary = false;
        for edges in &self.areas {
            match edges.in_rings(place) {
                Position::Inside => return Position::Inside,
                on => boundary |= on == Position::Boundary,
            }
        }
        if self.points.contains(&place) {
            return Position::Inside;
        }
        if self.lines.any_at(place, |edge| on_edge(edge, place)) {
            if !self.ends.contains(&place) {
                return Position::Inside;
            }
            boundary = true;
        }
        if boundary { Position::Boundary } else { Position::Outside }
    }

    /// Whether a row shares a place with it.
    #[must_use]
    pub fn meets(&self, arena: &Arena, row: usize) -> bool {
        if arena.kind() == GeometryKind::Point {
            return self.position(arena.lon_lat()[row]) != Position::Outside;
        }
        let Some(bbox) = row_bbox(arena, row).filter(|bbox| touch(*bbox, self.bbox)) else { return false };
        let shared = |edge: Edge| {
            touch(edge_bbox(edge), self.bbox)
                && (self.lines.any_near(edge, |own| meeting(own, edge).is_some())
                    || self.areas.iter().any(|area| area.any_near(edge, |own| meeting(own, edge).is_some())))
        };
        if row_edges(arena, row).any(shared) {
            return true;
        }
        // No edges meet: then one lies in the other, or they are apart.
        let starts = arena.parts(row).map(|part| arena.lon_lat()[arena.vertices(part).start]);
        starts.into_iter().any(|place| self.areas.iter().any(|area| area.in_rings(place) != Position::Outside))
            || self.points.iter().any(|&point| bbox.contains(point) && holds(arena, row, point))
            || (arena.kind() == GeometryKind::Polygon
                && self.anchors.iter().any(|&place| bbox.contains(place) && holds(arena, row, place)))
    }

    /// The DE-9IM matrix of a row and this geometry, in this order. Crossings are rounded to 64 bits: where that joins two of them,
    /// as it does among places of 1e-300 degrees, the matrix may be wrong.
    #[must_use]
    pub fn matrix(&self, arena: &Arena, row: usize) -> IntersectionMatrix {
        arena.geometry(row).to_geo().relate(&self.geometry)
    }
}

/// The box around a row, lon/lat; `None` for a row without places.
#[must_use]
pub fn row_bbox(arena: &Arena, row: usize) -> Option<BBox> {
    BBox::around(arena.lon_lat()[arena.row_vertices(row)].iter().copied())
}

/// Whether two boxes, neither crossing the antimeridian, share a place.
#[must_use]
pub fn touch(one: BBox, other: BBox) -> bool {
    one.west <= other.east && other.west <= one.east && one.south <= other.north && other.south <= one.north
}

/// Whether `inner` lies in `outer`, neither crossing the antimeridian.
#[must_use]
pub fn lies_in(inner: BBox, outer: BBox) -> bool {
    outer.west <= inner.west && inner.east <= outer.east && outer.south <= inner.south && inner.north <= outer.north
}

/// What a geometry is made of; rings with their closing place.
#[derive(Default)]
struct Parts {
    points: Vec<Place>,
    lines: Vec<Vec<Place>>,
    /// The rings of each polygon, or of each multi-polygon: polygons of one lie outside each other.
    areas: Vec<Vec<Vec<Place>>>,
}

fn places(line: &LineString<f64>) -> Vec<Place> {
    line.coords().map(|c| [c.x, c.y]).collect()
}

impl Parts {
    fn take(&mut self, geometry: &Geometry<f64>) {
        match geometry {
            Geometry::Point(point) => self.points.push([point.x(), point.y()]),
            Geometry::MultiPoint(points) => self.points.extend(points.iter().map(|point| [point.x(), point.y()])),
            Geometry::LineString(line) => self.lines.push(places(line)),
            Geometry::MultiLineString(lines) => self.lines.extend(lines.iter().map(places)),
            Geometry::Polygon(polygon) => self.areas.push(rings(polygon).map(places).collect()),
            Geometry::MultiPolygon(polygons) => {
                self.areas.push(polygons.iter().flat_map(rings).map(places).collect());
            }
            Geometry::GeometryCollection(all) => all.iter().for_each(|member| self.take(member)),
            Geometry::Line(line) => self.lines.push(vec![line.start.into(), line.end.into()]),
            Geometry::Rect(rect) => self.take(&Geometry::Polygon(rect.to_polygon())),
            Geometry::Triangle(triangle) => self.take(&Geometry::Polygon(triangle.to_polygon())),
        }
    }

    /// Ends that an odd number of lines have.
    #[expect(clippy::float_cmp, reason = "ends are copied, never computed")]
    fn ends(&self) -> Vec<Place> {
        let open = self.lines.iter().filter(|line| line.first() != line.last());
        let ends = open.flat_map(|line| [line.first(), line.last()]).flatten();
        // Without the sign of zeros, which would part what is equal.
        let mut all: Vec<Place> = ends.map(|end| end.map(|number| number + 0.0)).collect();
        all.sort_unstable_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
        all.chunk_by(|a, b| a == b).filter(|equal| equal.len() % 2 == 1).map(|equal| equal[0]).collect()
    }
}

type Edge = [Place; 2];

/// Edges by the strips of latitude that they pass through.
#[derive(Clone, Debug, Default)]
struct Edges {
    list: Vec<Edge>,
    south: f64,
    /// Strips a degree.
    scale: f64,
    /// Numbers of edges, strip after strip.
    filed: Vec<u32>,
    /// Where the numbers of each strip end.
    ends: Vec<u32>,
}

impl Edges {
    #[expect(clippy::float_cmp, reason = "an edge without length repeats its vertex")]
    fn new(lines: &[Vec<Place>]) -> Self {
        let all = lines.iter().flat_map(|line| line.windows(2)).filter_map(|pair| match *pair {
            [a, b] if a != b => Some([a, b]),
            _ => None,
        });
        let list: Vec<Edge> = all.collect();
        let Some(bbox) = BBox::around(list.iter().flatten().copied()) else { return Self::default() };
        let mut edges = Self { list, south: bbox.south, scale: 0.0, filed: Vec::new(), ends: Vec::new() };
        let mut strips = edges.list.len();
        // Edges that pass through many strips make the files long: fewer strips then.
        loop {
            edges.scale = strips_a_degree(strips, bbox.north - bbox.south);
            let filed: usize = edges.list.iter().map(|edge| edges.strips(*edge).count()).sum();
            if strips == 1 || filed <= 8 * edges.list.len() {
                edges.file(strips + 1);
                return edges;
            }
            strips /= 2;
        }
    }

    fn file(&mut self, strips: usize) {
        let mut files = vec![Vec::new(); strips];
        for (number, edge) in (0_u32..).zip(&self.list) {
            for strip in self.strips(*edge) {
                files[strip].push(number);
            }
        }
        for file in files {
            self.filed.extend(file);
            self.ends.push(u32::try_from(self.filed.len()).expect("at most eight times the edges of a request"));
        }
    }

    /// Rises with the latitude, so that what an edge passes through holds every place of it.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and `strip` bounds it"
    )]
    fn strip(&self, lat: f64) -> usize {
        ((lat - self.south) * self.scale) as usize
    }

    fn strips(&self, [a, b]: Edge) -> std::ops::RangeInclusive<usize> {
        self.strip(a[1].min(b[1]))..=self.strip(a[1].max(b[1]))
    }

    fn filed_in(&self, strip: usize) -> impl Iterator<Item = Edge> {
        let end = |strip: usize| self.ends.get(strip).map_or(self.filed.len(), |&end| end as usize);
        let start = if strip == 0 { 0 } else { end(strip - 1) };
        self.filed[start..end(strip)].iter().map(|&number| self.list[number as usize])
    }

    fn any_at(&self, place: Place, wanted: impl FnMut(Edge) -> bool) -> bool {
        self.filed_in(self.strip(place[1])).any(wanted)
    }

    /// Whether one of the edges whose box touches that of `edge` is wanted.
    fn any_near(&self, edge: Edge, mut wanted: impl FnMut(Edge) -> bool) -> bool {
        let bbox = edge_bbox(edge);
        let strips = self.strips(edge);
        let last = (*strips.end()).min(self.ends.len());
        (*strips.start()..=last).any(|strip| self.filed_in(strip).any(|own| touch(edge_bbox(own), bbox) && wanted(own)))
    }

    /// Where a place lies to the rings that the edges are: even-odd.
    fn in_rings(&self, place: Place) -> Position {
        let mut inside = false;
        let boundary = self.any_at(place, |edge| {
            inside ^= crosses(edge, place);
            on_edge(edge, place)
        });
        match (boundary, inside) {
            (true, _) => Position::Boundary,
            (false, true) => Position::Inside,
            (false, false) => Position::Outside,
        }
    }
}

/// Of so many strips over so many degrees; 0 where one is enough.
#[expect(clippy::cast_precision_loss, reason = "fewer strips than vertices")]
fn strips_a_degree(strips: usize, height: f64) -> f64 {
    let scale = strips as f64 / height;
    if strips > 1 && scale.is_finite() { scale } else { 0.0 }
}

fn edge_bbox([a, b]: Edge) -> BBox {
    BBox { west: a[0].min(b[0]), south: a[1].min(b[1]), east: a[0].max(b[0]), north: a[1].max(b[1]) }
}

fn on_edge(edge @ [a, b]: Edge, place: Place) -> bool {
    edge_bbox(edge).contains(place) && side(a, b, place) == 0.0
}

/// Whether a ray from `place` to the east passes through an edge. Of its ends, the southern one belongs to it.
fn crosses([a, b]: Edge, place: Place) -> bool {
    if (a[1] > place[1]) == (b[1] > place[1]) || a[0].max(b[0]) < place[0] {
        return false;
    }
    a[0].min(b[0]) > place[0] || (side(a, b, place) > 0.0) == (a[1] < b[1])
}

/// The edges of a row of lines or polygons, rings closed.
fn row_edges(arena: &Arena, row: usize) -> impl Iterator<Item = Edge> {
    let closed = arena.kind() == GeometryKind::Polygon;
    arena.parts(row).flat_map(move |part| {
        let line = &arena.lon_lat()[arena.vertices(part)];
        let last = line.last().zip(line.first()).filter(|_| closed).map(|(&a, &b)| [a, b]);
        line.windows(2).map(|pair| [pair[0], pair[1]]).chain(last)
    })
}

/// Whether a place lies in or on a row of lines or polygons.
#[must_use]
pub fn holds(arena: &Arena, row: usize, place: Place) -> bool {
    let mut inside = false;
    let on = row_edges(arena, row).any(|edge| {
        inside ^= crosses(edge, place);
        on_edge(edge, place)
    });
    on || (arena.kind() == GeometryKind::Polygon && inside)
}

#[cfg(test)]
mod tests {
    use geo::coordinate_position::CoordPos;
    use geo::{CoordinatePosition, Intersects};
    use geo_types::{Coord, MultiLineString, MultiPolygon, Polygon};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::geo::Geometry as Row;

    /// A star of so many corners around a place: simple, and with edges that pass through many strips.
    fn star(random: &mut ChaCha8Rng, [x, y]: Place, corners: u32, [least, most]: [f64; 2]) -> LineString<f64> {
        let mut ring: Vec<Coord<f64>> = (0..corners)
            .map(|corner| {
                let angle = f64::from(corner) / f64::from(corners) * std::f64::consts::TAU;
                let reach = random.random_range(least..most);
                Coord { x: x + reach * angle.cos(), y: y + reach * angle.sin() }
            })
            .collect();
        ring.push(ring[0]);
        LineString(ring)
    }

    fn holed(random: &mut ChaCha8Rng, middle: Place, corners: u32) -> Polygon<f64> {
        let hole = star(random, middle, corners, [0.5, 1.0]);
        Polygon::new(star(random, middle, corners, [2.0, 4.0]), vec![hole])
    }

    /// Long teeth side by side: every strip holds every edge.
    fn comb(teeth: u32) -> LineString<f64> {
        let tooth = |number: u32| [(number * 2, 0.0), (number * 2, 9.0), (number * 2 + 1, 9.0), (number * 2 + 1, 0.0)];
        let mut ring: Vec<Coord<f64>> =
            (0..teeth).flat_map(tooth).map(|(x, y)| Coord { x: f64::from(x) / f64::from(teeth), y }).collect();
        ring.extend([Coord { x: 2.0, y: -1.0 }, Coord { x: 0.0, y: -1.0 }, ring[0]]);
        LineString(ring)
    }

    fn shapes(random: &mut ChaCha8Rng) -> Vec<Geometry<f64>> {
        let line = LineString((0..400).map(|_| Coord { x: axis(random), y: axis(random) }).collect());
        vec![
            Geometry::Polygon(holed(random, [0.0, 0.0], 700)),
            Geometry::MultiPolygon(MultiPolygon(vec![holed(random, [-5.0, 0.0], 90), holed(random, [5.0, 1.0], 3)])),
            Geometry::Polygon(Polygon::new(comb(300), Vec::new())),
            Geometry::LineString(line.clone()),
            Geometry::MultiLineString(MultiLineString(vec![line, comb(20)])),
        ]
    }

    fn axis(random: &mut ChaCha8Rng) -> f64 {
        random.random_range(-9.0..9.0)
    }

    #[test]
    fn a_place_lies_where_a_scan_of_all_edges_finds_it() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for geometry in shapes(&mut random) {
            let shape = Shape::new(geometry.clone()).expect("has places");
            let mut parts = Parts::default();
            parts.take(&geometry);
            let corners = parts.lines.iter().chain(parts.areas.iter().flatten()).flatten().copied();
            let anywhere = (0..3_000).map(|_| [axis(&mut random), axis(&mut random)]);
            for place in corners.chain(anywhere.collect::<Vec<_>>()) {
                let expected = match geometry.coordinate_position(&place.into()) {
                    CoordPos::Inside => Position::Inside,
                    CoordPos::OnBoundary => Position::Boundary,
                    CoordPos::Outside => Position::Outside,
                };
                assert_eq!(shape.position(place), expected, "{place:?}");
            }
        }
    }

    #[test]
    fn rows_meet_what_a_scan_of_all_edges_finds_them_to_meet() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let mut met = [0, 0];
        for geometry in shapes(&mut random) {
            let shape = Shape::new(geometry.clone()).expect("has places");
            let (mut areas, mut lines) = (Arena::new(GeometryKind::Polygon), Arena::new(GeometryKind::Line));
            for _ in 0..150 {
                let (middle, reach) = ([axis(&mut random), axis(&mut random)], random.random_range(0.05..2.0));
                let corners = random.random_range(3..20);
                let ring = star(&mut random, middle, corners, [reach / 2.0, reach]);
                lines.push(&Row::Lines(MultiLineString(vec![ring.clone()])));
                areas.push(&Row::Polygons(MultiPolygon(vec![Polygon::new(ring, Vec::new())])));
            }
            for (arena, row) in [&areas, &lines].into_iter().flat_map(|arena| (0..150).map(move |row| (arena, row))) {
                let expected = arena.geometry(row).to_geo().intersects(&geometry);
                assert_eq!(shape.meets(arena, row), expected, "{:?}", arena.geometry(row));
                met[usize::from(expected)] += 1;
            }
        }
        assert!(met[0] > 200 && met[1] > 200, "{met:?}");
    }
}
