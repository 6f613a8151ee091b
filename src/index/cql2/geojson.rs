//! Geometries and boxes in CQL2 JSON (RFC 7946, section 3.1).

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
};
use serde_json::Value as Json;

use super::error::FilterError;
use super::limits::Budget;
use super::literal::{line, ring};

type Read<T> = Result<T, FilterError>;

/// A geometry object.
pub fn geometry(json: &Json, budget: &mut Budget) -> Read<Geometry<f64>> {
    if json["type"] != "GeometryCollection" {
        return simple(json, budget);
    }
    let members = list(&json["geometries"], |member| simple(member, budget))?;
    Ok(Geometry::GeometryCollection(GeometryCollection(members)))
}

fn simple(json: &Json, budget: &mut Budget) -> Read<Geometry<f64>> {
    let coordinates = &json["coordinates"];
    Ok(match json["type"].as_str().unwrap_or_default() {
        "Point" => Geometry::Point(Point(place(coordinates, budget)?)),
        "LineString" => Geometry::LineString(path(coordinates, budget)?),
        "Polygon" => Geometry::Polygon(polygon(coordinates, budget)?),
        "MultiPoint" => Geometry::MultiPoint(MultiPoint(list(coordinates, |json| place(json, budget).map(Point))?)),
        "MultiLineString" => Geometry::MultiLineString(MultiLineString(list(coordinates, |json| path(json, budget))?)),
        "MultiPolygon" => Geometry::MultiPolygon(MultiPolygon(list(coordinates, |json| polygon(json, budget))?)),
        _ => {
            return Err(FilterError::geometry(
                "`type` is one of Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon, and outside a \
                 collection GeometryCollection",
            ));
        }
    })
}

fn list<T>(json: &Json, one: impl FnMut(&Json) -> Read<T>) -> Read<Vec<T>> {
    let all = json.as_array().filter(|all| !all.is_empty());
    let all = all.ok_or_else(|| FilterError::geometry("coordinates and geometries are arrays that are not empty"))?;
    all.iter().map(one).collect()
}

fn path(json: &Json, budget: &mut Budget) -> Read<LineString<f64>> {
    list(json, |json| place(json, budget)).and_then(line)
}

fn polygon(json: &Json, budget: &mut Budget) -> Read<Polygon<f64>> {
    let mut rings = list(json, |json| list(json, |json| place(json, budget)).and_then(ring))?;
    let exterior = rings.remove(0);
    Ok(Polygon::new(exterior, rings))
}

/// Two numbers; what follows is a height and left out.
fn place(json: &Json, budget: &mut Budget) -> Read<Coord<f64>> {
    budget.vertices(1)?;
    let numbers = numbers(json)?;
    let (Some(&x), Some(&y)) = (numbers.first(), numbers.get(1)) else {
        return Err(FilterError::geometry("a position is an array of two numbers"));
    };
    Ok(Coord { x, y })
}

/// An array of numbers.
pub fn numbers(json: &Json) -> Read<Vec<f64>> {
    let all = json.as_array().and_then(|all| all.iter().map(Json::as_f64).collect());
    all.ok_or_else(|| FilterError::geometry("a position or a box is an array of numbers"))
}
