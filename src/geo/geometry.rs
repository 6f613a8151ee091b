//! The geometry of one feature, normalised at the door.

use std::fmt;
use std::str::FromStr;

use geo_types::{Coord, LineString, MultiLineString, MultiPolygon, Point, Polygon};

use super::bbox::BBox;

/// What a layer holds. One layer, one kind: a table, a style and an index are made for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GeometryKind {
    /// One point a feature.
    Point,
    /// One or more lines a feature.
    Line,
    /// One or more polygons a feature, with holes.
    Polygon,
}

impl GeometryKind {
    /// The OGC name of the column type that holds this kind.
    #[must_use]
    pub fn ogc_name(self) -> &'static str {
        match self {
            Self::Point => "POINT",
            Self::Line => "MULTILINESTRING",
            Self::Polygon => "MULTIPOLYGON",
        }
    }
}

impl fmt::Display for GeometryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Point => "point",
            Self::Line => "line",
            Self::Polygon => "polygon",
        })
    }
}

impl FromStr for GeometryKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "point" => Ok(Self::Point),
            "line" => Ok(Self::Line),
            "polygon" => Ok(Self::Polygon),
            other => Err(format!("geometry `{other}` is not one of point, line, polygon")),
        }
    }
}

/// The geometry of a feature, lon/lat in degrees (EPSG:4326), two-dimensional, never empty, all numbers finite.
/// Lines and polygons are always the multi type, as in the tables. Rings are closed; exterior rings run
/// counter-clockwise, holes clockwise (RFC 7946 section 3.1.6). The importers see to all of this.
#[derive(Clone, Debug, PartialEq)]
pub enum Geometry {
    /// A place.
    Point(Point<f64>),
    /// Lines, each of two places or more.
    Lines(MultiLineString<f64>),
    /// Polygons, each ring of four places or more.
    Polygons(MultiPolygon<f64>),
}

impl Geometry {
    /// Which kind of layer it fits.
    #[must_use]
    pub fn kind(&self) -> GeometryKind {
        match self {
            Self::Point(_) => GeometryKind::Point,
            Self::Lines(_) => GeometryKind::Line,
            Self::Polygons(_) => GeometryKind::Polygon,
        }
    }

    /// Every place, ring by ring, closing places included.
    #[must_use]
    pub fn coords(&self) -> Box<dyn Iterator<Item = [f64; 2]> + '_> {
        let pair = |c: &Coord<f64>| [c.x, c.y];
        match self {
            Self::Point(point) => Box::new(std::iter::once([point.x(), point.y()])),
            Self::Lines(lines) => Box::new(lines.0.iter().flat_map(move |line| line.0.iter().map(pair))),
            Self::Polygons(polygons) => {
                Box::new(polygons.0.iter().flat_map(rings).flat_map(move |ring| ring.0.iter().map(pair)))
            }
        }
    }

    /// The box around it. Not one that crosses the antimeridian.
    #[must_use]
    pub fn bbox(&self) -> BBox {
        BBox::around(self.coords()).unwrap_or(BBox::WORLD)
    }

    /// Puts it where it belongs: a single line or polygon becomes the multi type, a multi-point of one member a
    /// point. `None` for what no layer takes: empty ones, collections, multi-points of several members.
    #[must_use]
    pub fn from_geo(geometry: geo_types::Geometry<f64>) -> Option<Self> {
        use geo_types::Geometry as Any;
        Some(match geometry {
            Any::Point(point) => Self::Point(point),
            Any::MultiPoint(points) if points.0.len() == 1 => Self::Point(points.0[0]),
            Any::Line(line) => Self::Lines(MultiLineString(vec![LineString(vec![line.start, line.end])])),
            Any::LineString(line) => Self::Lines(MultiLineString(vec![line])),
            Any::MultiLineString(lines) if !lines.0.is_empty() => Self::Lines(lines),
            Any::Polygon(polygon) => Self::Polygons(MultiPolygon(vec![polygon])),
            Any::MultiPolygon(polygons) if !polygons.0.is_empty() => Self::Polygons(polygons),
            _ => return None,
        })
    }

    /// The same geometry as the `geo` crate names it.
    #[must_use]
    pub fn to_geo(&self) -> geo_types::Geometry<f64> {
        match self.clone() {
            Self::Point(point) => point.into(),
            Self::Lines(lines) => lines.into(),
            Self::Polygons(polygons) => polygons.into(),
        }
    }
}

/// The rings of a polygon, the exterior first.
pub fn rings(polygon: &Polygon<f64>) -> impl Iterator<Item = &LineString<f64>> {
    std::iter::once(polygon.exterior()).chain(polygon.interiors())
}
