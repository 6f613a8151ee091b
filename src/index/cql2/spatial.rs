//! Relations in space between a row and a literal geometry, and the way of a literal from `filter-crs` to lon/lat.

use geo::relate::IntersectionMatrix;
use geo::{Intersects, Relate};
use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
};

use super::error::FilterError;
use super::expr::SpatialRelation;
use super::limits::MAX_VERTICES;
use super::sound;
use crate::geo::relate::{Position, Shape, lies_in, row_bbox, touch};
use crate::geo::{Arena, BBox, GeometryKind, Window};

/// A relation of the row, first, to a literal.
#[derive(Clone, Debug)]
pub struct SpatialTest {
    relation: SpatialRelation,
    shape: Shape,
}

impl SpatialTest {
    pub fn new(relation: SpatialRelation, shape: Shape) -> Self {
        Self { relation, shape }
    }

    pub fn cost(&self) -> usize {
        // The matrix is made of the whole literal, whatever its boxes say.
        let times =
            if matches!(self.relation, SpatialRelation::Intersects | SpatialRelation::Disjoint) { 1 } else { 5 };
        100 + times * self.shape.size()
    }

    /// What every row that is related so meets; `None` for `S_DISJOINT`.
    pub fn window(&self) -> Option<Window> {
        // World units are rounded, and rows that came as world units were never anything else: two units more are enough.
        const MARGIN: u32 = 2;
        let window = Window::from(self.shape.bbox());
        (self.relation != SpatialRelation::Disjoint).then(|| Window {
            min_x: window.min_x.saturating_sub(MARGIN),
            min_y: window.min_y.saturating_sub(MARGIN),
            max_x: window.max_x.saturating_add(MARGIN),
            max_y: window.max_y.saturating_add(MARGIN),
        })
    }

    /// Holds it against a row.
    pub fn of(&self, arena: &Arena, row: usize) -> bool {
        if arena.kind() == GeometryKind::Point { self.of_point(arena.lon_lat()[row]) } else { self.of_row(arena, row) }
    }

    /// A point has an interior and no boundary: its place decides.
    fn of_point(&self, place: [f64; 2]) -> bool {
        match self.relation {
            SpatialRelation::Intersects => self.shape.position(place) != Position::Outside,
            SpatialRelation::Disjoint => self.shape.position(place) == Position::Outside,
            SpatialRelation::Within => self.shape.position(place) == Position::Inside,
            SpatialRelation::Touches => self.shape.position(place) == Position::Boundary,
            SpatialRelation::Contains | SpatialRelation::Equals => self.shape.is_place(place),
            SpatialRelation::Crosses | SpatialRelation::Overlaps => false,
        }
    }

    fn of_row(&self, arena: &Arena, row: usize) -> bool {
        let Some(bbox) = row_bbox(arena, row) else { return false };
        let own = self.shape.bbox();
        let boxes = match self.relation {
            SpatialRelation::Contains => lies_in(own, bbox),
            SpatialRelation::Within => lies_in(bbox, own),
            SpatialRelation::Equals => own == bbox,
            _ => touch(bbox, own),
        };
        match self.relation {
            SpatialRelation::Disjoint => !(boxes && self.shape.meets(arena, row)),
            SpatialRelation::Intersects => boxes && self.shape.meets(arena, row),
            relation => boxes && self.shape.meets(arena, row) && holds(relation, &self.shape.matrix(arena, row)),
        }
    }
}

/// Whether two literals are related so.
pub fn related(relation: SpatialRelation, first: &Shape, second: &Shape) -> bool {
    match relation {
        SpatialRelation::Intersects => first.geometry().intersects(second.geometry()),
        SpatialRelation::Disjoint => !first.geometry().intersects(second.geometry()),
        other => holds(other, &first.geometry().relate(second.geometry())),
    }
}

/// Whether a relation can be told of a literal: a collection of several dimensions, or of polygons that overlap, has no one
/// boundary.
pub fn tells(relation: SpatialRelation, shape: &Shape) -> bool {
    matches!(relation, SpatialRelation::Intersects | SpatialRelation::Disjoint)
        || !matches!(shape.geometry(), Geometry::GeometryCollection(_))
}

/// The relation of the second to the first.
pub fn converse(relation: SpatialRelation) -> SpatialRelation {
    match relation {
        SpatialRelation::Contains => SpatialRelation::Within,
        SpatialRelation::Within => SpatialRelation::Contains,
        other => other,
    }
}

fn holds(relation: SpatialRelation, matrix: &IntersectionMatrix) -> bool {
    match relation {
        SpatialRelation::Contains => matrix.is_contains(),
        SpatialRelation::Crosses => matrix.is_crosses(),
        SpatialRelation::Disjoint => matrix.is_disjoint(),
        SpatialRelation::Equals => matrix.is_equal_topo(),
        SpatialRelation::Intersects => matrix.is_intersects(),
        SpatialRelation::Overlaps => matrix.is_overlaps(),
        SpatialRelation::Touches => matrix.is_touches(),
        SpatialRelation::Within => matrix.is_within(),
    }
}

type Moved<T> = Result<T, FilterError>;

/// The way of literals to lon/lat.
pub struct Way<'a> {
    to_lon_lat: &'a dyn Fn([f64; 2]) -> Option<[f64; 2]>,
    /// Vertices made so far.
    vertices: usize,
}

/// How far a straight edge of `filter-crs` may lie from the straight edge in lon/lat that stands for it: a millimetre.
const STRAIGHT: f64 = 1e-8;

/// An edge becomes at most two to this power.
const HALVINGS: u8 = 6;

impl<'a> Way<'a> {
    pub fn new(to_lon_lat: &'a dyn Fn([f64; 2]) -> Option<[f64; 2]>) -> Self {
        Self { to_lon_lat, vertices: 0 }
    }

    /// A literal where it belongs. Edges that are straight in `filter-crs` and bent in lon/lat are divided.
    pub fn shape(&mut self, geometry: &Geometry<f64>) -> Moved<Shape> {
        let geometry = self.geometry(geometry)?;
        sound::check(&geometry)?;
        Shape::new(sound::joined(geometry)).ok_or_else(|| FilterError::geometry("it has no places"))
    }

    /// A box. Where the system is lon/lat it may cross the antimeridian: its first longitude is the larger one then.
    pub fn boxed(&mut self, [a, b, c, d]: [f64; 4]) -> Moved<Shape> {
        let corners = [[a, b], [c, b], [c, d], [a, d]].map(|[x, y]| self.place(Coord { x, y }));
        let [first, second, third, fourth] = corners;
        let [first, second, third, fourth] = [first?, second?, third?, fourth?];
        let upright = [(first.x, fourth.x), (first.y, second.y), (third.x, second.x), (third.y, fourth.y)];
        let turned = [(first.x, second.x), (first.y, fourth.y), (third.x, fourth.x), (third.y, second.y)];
        let straight = |pairs: [(f64, f64); 4]| pairs.iter().all(|(one, other)| (one - other).abs() < STRAIGHT);
        if straight(upright) || straight(turned) {
            return lon_lat_box(first, third);
        }
        if a > c || b > d {
            return Err(FilterError::geometry("the first corner of a box is the lower one in both axes"));
        }
        let ring = [[a, b], [c, b], [c, d], [a, d], [a, b]].map(|[x, y]| Coord { x, y });
        self.shape(&Geometry::Polygon(Polygon::new(LineString(ring.to_vec()), Vec::new())))
    }

    fn geometry(&mut self, geometry: &Geometry<f64>) -> Moved<Geometry<f64>> {
        Ok(match geometry {
            Geometry::Point(point) => Geometry::Point(Point(self.place(point.0)?)),
            Geometry::MultiPoint(points) => {
                let points = points.iter().map(|point| self.place(point.0).map(Point));
                Geometry::MultiPoint(MultiPoint(points.collect::<Moved<_>>()?))
            }
            Geometry::LineString(line) => Geometry::LineString(self.line(line)?),
            Geometry::MultiLineString(lines) => {
                let lines = lines.iter().map(|line| self.line(line));
                Geometry::MultiLineString(MultiLineString(lines.collect::<Moved<_>>()?))
            }
            Geometry::Polygon(polygon) => Geometry::Polygon(self.polygon(polygon)?),
            Geometry::MultiPolygon(polygons) => {
                let polygons = polygons.iter().map(|polygon| self.polygon(polygon));
                Geometry::MultiPolygon(MultiPolygon(polygons.collect::<Moved<_>>()?))
            }
            Geometry::GeometryCollection(all) => {
                let all = all.iter().map(|member| self.geometry(member));
                Geometry::GeometryCollection(GeometryCollection(all.collect::<Moved<_>>()?))
            }
            Geometry::Line(line) => Geometry::LineString(self.line(&(*line).into())?),
            Geometry::Rect(rect) => Geometry::Polygon(self.polygon(&rect.to_polygon())?),
            Geometry::Triangle(triangle) => Geometry::Polygon(self.polygon(&triangle.to_polygon())?),
        })
    }

    fn place(&mut self, place: Coord<f64>) -> Moved<Coord<f64>> {
        self.vertices += 1;
        if self.vertices > MAX_VERTICES {
            return Err(FilterError::TooManyVertices);
        }
        let moved = (self.to_lon_lat)([place.x, place.y]);
        let on_earth = |[lon, lat]: &[f64; 2]| (-180.0..=180.0).contains(lon) && (-90.0..=90.0).contains(lat);
        let [x, y] = moved.filter(on_earth).ok_or_else(|| {
            FilterError::geometry(format!(
                "{} {} is no place on the earth in filter-crs; is the order of its axes right?",
                place.x, place.y
            ))
        })?;
        Ok(Coord { x, y })
    }

    fn line(&mut self, line: &LineString<f64>) -> Moved<LineString<f64>> {
        let mut moved: Vec<Coord<f64>> = Vec::with_capacity(line.0.len());
        for pair in line.0.windows(2) {
            let start = match moved.last() {
                Some(&start) => start,
                None => self.place(pair[0])?,
            };
            if moved.is_empty() {
                moved.push(start);
            }
            let end = self.place(pair[1])?;
            self.divide([pair[0], pair[1]], [start, end], HALVINGS, &mut moved)?;
        }
        moved.dedup();
        Ok(LineString(moved))
    }

    /// Appends what lies between the ends of an edge, and its end.
    fn divide(
        &mut self,
        [a, b]: [Coord<f64>; 2],
        [start, end]: [Coord<f64>; 2],
        halvings: u8,
        moved: &mut Vec<Coord<f64>>,
    ) -> Moved<()> {
        let middle = (a + b) / 2.0;
        let bent = (self.to_lon_lat)([middle.x, middle.y]).is_some_and(|[x, y]| {
            [(x, start.x, end.x), (y, start.y, end.y)].iter().any(|(on, s, e)| (on - (s + e) / 2.0).abs() > STRAIGHT)
        });
        if !bent || halvings == 0 {
            moved.push(end);
            return Ok(());
        }
        let between = self.place(middle)?;
        self.divide([a, middle], [start, between], halvings - 1, moved)?;
        self.divide([middle, b], [between, end], halvings - 1, moved)
    }

    fn polygon(&mut self, polygon: &Polygon<f64>) -> Moved<Polygon<f64>> {
        let exterior = self.line(polygon.exterior())?;
        let holes = polygon.interiors().iter().map(|ring| self.line(ring)).collect::<Moved<_>>()?;
        Ok(Polygon::new(exterior, holes))
    }
}

/// From the south-western to the north-eastern corner; two boxes where it crosses the antimeridian.
fn lon_lat_box(low: Coord<f64>, high: Coord<f64>) -> Moved<Shape> {
    if low.y > high.y {
        return Err(FilterError::geometry("the south of a box is not above its north"));
    }
    let half = |west: f64, east: f64| boxed(BBox { west, south: low.y, east, north: high.y });
    let halves =
        if low.x <= high.x { vec![half(low.x, high.x)] } else { vec![half(low.x, 180.0), half(-180.0, high.x)] };
    let mut halves: Vec<Geometry<f64>> = halves;
    let geometry = if halves.len() == 1 {
        halves.remove(0)
    } else if halves.iter().all(|half| matches!(half, Geometry::Polygon(_))) {
        Geometry::MultiPolygon(halves.into_iter().filter_map(|half| Polygon::try_from(half).ok()).collect())
    } else {
        Geometry::GeometryCollection(GeometryCollection(halves))
    };
    Shape::new(geometry).ok_or_else(|| FilterError::geometry("it has no places"))
}

/// A box as what it is: without height or width it is a line or a point.
#[expect(clippy::float_cmp, reason = "corners are copied, never computed")]
fn boxed(BBox { west, south, east, north }: BBox) -> Geometry<f64> {
    let corner = |x: f64, y: f64| Coord { x, y };
    let (low, high) = (corner(west, south), corner(east, north));
    if low == high {
        return Geometry::Point(Point(low));
    }
    if low.x == high.x || low.y == high.y {
        return Geometry::LineString(LineString(vec![low, high]));
    }
    let ring = vec![low, corner(east, south), high, corner(west, north), low];
    Geometry::Polygon(Polygon::new(LineString(ring), Vec::new()))
}
