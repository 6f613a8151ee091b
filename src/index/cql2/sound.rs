//! Whether literal polygons are valid (OGC 06-103r4, sections 6.1.11 and 6.1.14): relations mean nothing for others.

use geo::coordinate_position::CoordPos;
use geo::dimensions::Dimensions;
use geo::{BoundingRect, Intersects, Relate};
use geo_types::{Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Polygon};

use super::error::FilterError;
use crate::geo::ring::contact;

/// Pairs of rings or polygons whose boxes meet, at most: each has to be looked at.
const MAX_PAIRS: usize = 5_000;

/// Refuses polygons whose rings cross or touch themselves, holes that leave their exterior, and rings and polygons of one
/// geometry that share more than single places. Members of a collection may overlap.
pub fn check(geometry: &Geometry<f64>) -> Result<(), FilterError> {
    match geometry {
        Geometry::Polygon(polygon) => check_polygon(polygon),
        Geometry::MultiPolygon(polygons) => {
            polygons.iter().try_for_each(check_polygon)?;
            check_apart(&polygons.0, "two polygons")
        }
        Geometry::GeometryCollection(all) => all.iter().try_for_each(check),
        _ => Ok(()),
    }
}

fn check_polygon(polygon: &Polygon<f64>) -> Result<(), FilterError> {
    check_ring(polygon.exterior())?;
    polygon.interiors().iter().try_for_each(check_ring)?;
    let filled = |ring: &LineString<f64>| Polygon::new(ring.clone(), Vec::new());
    let exterior = filled(polygon.exterior());
    let holes: Vec<Polygon<f64>> = polygon.interiors().iter().map(filled).collect();
    for hole in &holes {
        let matrix = exterior.relate(hole);
        if !matrix.is_contains() || matrix.get(CoordPos::OnBoundary, CoordPos::OnBoundary) == Dimensions::OneDimensional
        {
            return Err(FilterError::geometry("a hole of a polygon does not lie inside it"));
        }
    }
    check_apart(&holes, "two holes")
}

fn check_ring(ring: &LineString<f64>) -> Result<(), FilterError> {
    let mut open: Vec<[f64; 2]> = ring.coords().skip(1).map(|c| [c.x, c.y]).collect();
    open.dedup();
    if open.len() < 3 {
        return Err(FilterError::geometry("a ring has three different places or more"));
    }
    contact(&[open]).map_or(Ok(()), |[lon, lat]| {
        Err(FilterError::geometry(format!("a ring touches or crosses itself at longitude {lon}, latitude {lat}")))
    })
}

fn check_apart(polygons: &[Polygon<f64>], what: &str) -> Result<(), FilterError> {
    let mut pairs = 0;
    for (number, one) in polygons.iter().enumerate() {
        let bounds = one.bounding_rect();
        for other in &polygons[number + 1..] {
            if !bounds.zip(other.bounding_rect()).is_some_and(|(one, other)| one.intersects(&other)) {
                continue;
            }
            pairs += 1;
            if pairs > MAX_PAIRS {
                return Err(FilterError::geometry(format!(
                    "more than {MAX_PAIRS} times the boxes of {what} meet: simplify it, or ask in several requests"
                )));
            }
            if share_more_than_places(one, other) {
                return Err(FilterError::geometry(format!("{what} of it overlap, or share a line")));
            }
        }
    }
    Ok(())
}

fn share_more_than_places(one: &Polygon<f64>, other: &Polygon<f64>) -> bool {
    let matrix = one.relate(other);
    matrix.get(CoordPos::Inside, CoordPos::Inside) != Dimensions::Empty
        || matrix.get(CoordPos::OnBoundary, CoordPos::OnBoundary) == Dimensions::OneDimensional
}

/// A collection of points, of lines, or of polygons that lie apart, as the one geometry that it is; any other geometry as it was.
pub fn joined(geometry: Geometry<f64>) -> Geometry<f64> {
    let Geometry::GeometryCollection(all) = &geometry else { return geometry };
    let (mut points, mut lines, mut polygons) = (Vec::new(), Vec::new(), Vec::new());
    for member in all.iter().cloned() {
        match member {
            Geometry::Point(point) => points.push(point),
            Geometry::MultiPoint(many) => points.extend(many.0),
            Geometry::LineString(line) => lines.push(line),
            Geometry::MultiLineString(many) => lines.extend(many.0),
            Geometry::Polygon(polygon) => polygons.push(polygon),
            Geometry::MultiPolygon(many) => polygons.extend(many.0),
            _ => return geometry,
        }
    }
    match (points.is_empty(), lines.is_empty(), polygons.is_empty()) {
        (false, true, true) => Geometry::MultiPoint(MultiPoint(points)),
        (true, false, true) => Geometry::MultiLineString(MultiLineString(lines)),
        (true, true, false) if check_apart(&polygons, "").is_ok() => Geometry::MultiPolygon(MultiPolygon(polygons)),
        _ => geometry,
    }
}
