//! A filter as CQL2 JSON.

use geo_types::{Coord, Geometry, LineString, Polygon};
use serde_json::{Value as Json, json};

use super::expr::Expr;
use super::instant::print_timestamp;
use super::number::Number;

impl Expr {
    /// The filter in CQL2 JSON (annex C of the standard).
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::And(all) => operation("and", all),
            Self::Or(all) => operation("or", all),
            Self::Not(one) => operation("not", [one.as_ref()]),
            Self::Compare(comparison, pair) => operation(comparison.name(), pair.as_slice()),
            Self::Like(pair) => operation("like", pair.as_slice()),
            Self::Between(three) => operation("between", three.as_slice()),
            Self::In(value, list) => {
                json!({ "op": "in", "args": [value.to_json(), list.iter().map(Self::to_json).collect::<Json>()] })
            }
            Self::IsNull(one) => operation("isNull", [one.as_ref()]),
            Self::Spatial(relation, pair) => operation(relation.name(), pair.as_slice()),
            Self::Temporal(relation, pair) => operation(relation.name(), pair.as_slice()),
            Self::Array(relation, pair) => operation(relation.name(), pair.as_slice()),
            Self::Arithmetic(operator, pair) => operation(operator.name(), pair.as_slice()),
            Self::Casei(one) => operation("casei", [one.as_ref()]),
            Self::Accenti(one) => operation("accenti", [one.as_ref()]),
            Self::Call(name, arguments) => operation(name, arguments),
            Self::List(all) => all.iter().map(Self::to_json).collect(),
            Self::Property(name) => json!({ "property": name }),
            Self::Text(text) => json!(text),
            Self::Number(Number::Integer(whole)) => json!(whole),
            Self::Number(Number::Real(real)) => json!(real),
            Self::Boolean(flag) => json!(flag),
            Self::Date(day) => json!({ "date": day.format("%Y-%m-%d").to_string() }),
            Self::Timestamp(moment) => json!({ "timestamp": print_timestamp(moment) }),
            Self::Interval(bounds) => {
                json!({ "interval": bounds.iter().map(|end| bound(end.as_ref())).collect::<Json>() })
            }
            Self::Geometry(geometry) => geojson(geometry),
            Self::BBox(corners) => json!({ "bbox": corners.as_slice() }),
        }
    }
}

fn operation<'a>(name: &str, arguments: impl IntoIterator<Item = &'a Expr>) -> Json {
    json!({ "op": name, "args": arguments.into_iter().map(Expr::to_json).collect::<Json>() })
}

fn bound(bound: Option<&Expr>) -> Json {
    match bound {
        None => json!(".."),
        Some(Expr::Date(day)) => json!(day.format("%Y-%m-%d").to_string()),
        Some(Expr::Timestamp(moment)) => json!(print_timestamp(moment)),
        Some(other) => other.to_json(),
    }
}

fn geojson(geometry: &Geometry<f64>) -> Json {
    let with = |kind: &str, coordinates: Json| json!({ "type": kind, "coordinates": coordinates });
    match geometry {
        Geometry::Point(point) => with("Point", place(&point.0)),
        Geometry::LineString(line) => with("LineString", places(line)),
        Geometry::Polygon(polygon) => with("Polygon", rings(polygon)),
        Geometry::MultiPoint(points) => with("MultiPoint", points.iter().map(|point| place(&point.0)).collect()),
        Geometry::MultiLineString(lines) => with("MultiLineString", lines.iter().map(places).collect()),
        Geometry::MultiPolygon(polygons) => with("MultiPolygon", polygons.iter().map(rings).collect()),
        Geometry::GeometryCollection(all) => {
            json!({ "type": "GeometryCollection", "geometries": all.iter().map(geojson).collect::<Json>() })
        }
        Geometry::Line(line) => with("LineString", places(&(*line).into())),
        Geometry::Rect(rect) => with("Polygon", rings(&rect.to_polygon())),
        Geometry::Triangle(triangle) => with("Polygon", rings(&triangle.to_polygon())),
    }
}

fn place(place: &Coord<f64>) -> Json {
    json!([place.x, place.y])
}

fn places(line: &LineString<f64>) -> Json {
    line.coords().map(place).collect()
}

fn rings(polygon: &Polygon<f64>) -> Json {
    std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(places).collect()
}
