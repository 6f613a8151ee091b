//! Geometries of places that are easily got wrong.

use citylayers::crs::{Crs, Transform};
use citylayers::geo::mercator::LIMIT;
use citylayers::geo::{Geometry, GeometryKind};
use citylayers::ingest::RawGeometry;
use citylayers::ingest::repair::Judge;
use geo_types::{Coord, LineString, MultiLineString, MultiPolygon, Point, Polygon};

use crate::input::Input;

type Place = [f64; 2];

const LONGITUDES: [f64; 10] =
    [0.0, -0.0, 180.0, -180.0, 179.999_999_99, -179.999_999_99, 5e-324, 105.666, 90.0, -1e-17];
const LATITUDES: [f64; 10] =
    [0.0, -0.0, 90.0, -90.0, LIMIT, -LIMIT, 85.051_128_78, 18.662, 66.513_260_443_111_86, -89.9];

/// A unit of the world square, in degrees of longitude.
const UNIT: f64 = 360.0 / 4_294_967_296.0;

/// Makes geometries of one kind. What was there before comes again: neighbours share borders.
pub struct Shapes {
    kind: GeometryKind,
    pool: Vec<Place>,
    last: Place,
    lon_lat: Transform,
}

impl Shapes {
    pub fn new(kind: GeometryKind) -> Self {
        let lon_lat = Crs::lon_lat().transform().expect("degrees need no transformation");
        Self { kind, pool: Vec::new(), last: [105.666, 18.662], lon_lat }
    }

    /// As an import lets it in, or as another program may have put it into the store; `None` where the import refuses it.
    pub fn geometry(&mut self, input: &mut Input<'_>) -> Option<Geometry> {
        let imported = input.u8() % 4 != 3;
        let raw = match self.kind {
            GeometryKind::Point => RawGeometry::Point(self.place(input)),
            GeometryKind::Line => RawGeometry::Lines(self.parts(input, 2)),
            GeometryKind::Polygon => RawGeometry::Polygons(self.polygons(input)),
        };
        if !imported {
            return Some(stored(raw));
        }
        let (crs, limit) = ("EPSG:4326".to_owned(), "the world");
        let judge = Judge { kind: self.kind, transform: &self.lon_lat, crs, extent: None, limit };
        judge.shape(Some(raw)).ok().map(|sound| sound.geometry)
    }

    fn polygons(&mut self, input: &mut Input<'_>) -> Vec<Vec<Vec<Place>>> {
        (0..=input.u8() % 8 / 6).map(|_| self.parts(input, 3)).collect()
    }

    /// One part or some, each of `least` places or more.
    fn parts(&mut self, input: &mut Input<'_>, least: usize) -> Vec<Vec<Place>> {
        let parts = (0..=input.u8() % 8 / 5).map(|_| {
            let mut part = if input.flag() { self.frame(input) } else { Vec::new() };
            let most = least.max(part.len()) + input.below(20);
            while part.len() < most && !input.is_empty() {
                self.extend(&mut part, input);
            }
            part.resize(part.len().max(least), self.last);
            if least == 3 {
                part.push(part[0]);
            }
            part
        });
        parts.collect()
    }

    fn extend(&mut self, part: &mut Vec<Place>, input: &mut Input<'_>) {
        if input.u8() % 4 != 3 || self.pool.is_empty() {
            part.push(self.place(input));
            return;
        }
        let (start, count, back) = (input.below(self.pool.len().min(256)), input.below(12), input.flag());
        let mut run: Vec<Place> = self.pool.iter().copied().skip(start).take(count).collect();
        if back {
            run.reverse();
        }
        part.extend(run);
    }

    /// Four corners of a square, often so small or so large that a tile sees a dot or nothing but inside.
    fn frame(&mut self, input: &mut Input<'_>) -> Vec<Place> {
        let [west, south] = self.place(input);
        let side = UNIT * f64::from(input.u8() % 33).exp2();
        let corners = [[west, south], [west + side, south], [west + side, south + side], [west, south + side]];
        let mut corners = corners.map(within).to_vec();
        if input.flag() {
            corners.reverse();
        }
        self.pool.extend(&corners);
        corners
    }

    fn place(&mut self, input: &mut Input<'_>) -> Place {
        let [lon, lat] = self.last;
        let place = match input.below(8) {
            0 => [input.one_of(&LONGITUDES), input.one_of(&LATITUDES)],
            1 | 2 => {
                let step = UNIT * f64::from(input.u8() % 32).exp2();
                [lon + step * f64::from(input.i8() / 16), lat + step * f64::from(input.i8() / 16)]
            }
            3 => [lon + f64::from(input.i8()) * UNIT, lat],
            4 => [lon, lat + f64::from(input.i8()) * UNIT],
            5 => [f64::from(input.i16()) / 32768.0 * 180.0, f64::from(input.i16()) / 32768.0 * 90.0],
            6 if !self.pool.is_empty() => self.pool[input.below(self.pool.len().min(256))],
            _ => [input.f64(), input.f64()],
        };
        self.last = within(place);
        self.pool.push(self.last);
        self.last
    }
}

/// On the world: what the type of a stored geometry promises.
fn within([lon, lat]: Place) -> Place {
    let axis = |value: f64, limit: f64| if value.is_finite() { value.clamp(-limit, limit) } else { 0.0 };
    [axis(lon, 180.0), axis(lat, 90.0)]
}

fn line(places: Vec<Place>) -> LineString<f64> {
    places.into_iter().map(|[x, y]| Coord { x, y }).collect()
}

fn stored(raw: RawGeometry) -> Geometry {
    match raw {
        RawGeometry::Lines(lines) => Geometry::Lines(MultiLineString(lines.into_iter().map(line).collect())),
        RawGeometry::Polygons(polygons) => {
            let polygons = polygons.into_iter().map(|rings| {
                let mut rings = rings.into_iter().map(line);
                Polygon::new(rings.next().unwrap_or_else(|| line(Vec::new())), rings.collect())
            });
            Geometry::Polygons(MultiPolygon(polygons.collect()))
        }
        RawGeometry::Point([x, y]) => Geometry::Point(Point::new(x, y)),
        other => unreachable!("no {other:?} is made"),
    }
}
