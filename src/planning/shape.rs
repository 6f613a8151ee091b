//! Geometries as answers have them: GeoJSON (RFC 7946), longitude first.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::geo::Geometry;
use crate::geo::geometry::rings;

/// A geometry that is written as GeoJSON. A polygon or line of one part is written as the simple type.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape(pub Geometry);

impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let line = |line: &geo_types::LineString<f64>| line.0.iter().map(|c| [c.x, c.y]).collect::<Vec<_>>();
        let polygon = |polygon: &geo_types::Polygon<f64>| rings(polygon).map(line).collect::<Vec<_>>();
        let mut map = serializer.serialize_map(Some(2))?;
        match &self.0 {
            Geometry::Point(point) => {
                map.serialize_entry("type", "Point")?;
                map.serialize_entry("coordinates", &[point.x(), point.y()])?;
            }
            Geometry::Lines(lines) => match lines.0.as_slice() {
                [only] => {
                    map.serialize_entry("type", "LineString")?;
                    map.serialize_entry("coordinates", &line(only))?;
                }
                lines => {
                    map.serialize_entry("type", "MultiLineString")?;
                    map.serialize_entry("coordinates", &lines.iter().map(line).collect::<Vec<_>>())?;
                }
            },
            Geometry::Polygons(polygons) => match polygons.0.as_slice() {
                [only] => {
                    map.serialize_entry("type", "Polygon")?;
                    map.serialize_entry("coordinates", &polygon(only))?;
                }
                polygons => {
                    map.serialize_entry("type", "MultiPolygon")?;
                    map.serialize_entry("coordinates", &polygons.iter().map(polygon).collect::<Vec<_>>())?;
                }
            },
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use geo_types::{LineString, MultiLineString, MultiPolygon, Point, polygon};
    use serde_json::json;

    use super::*;

    #[test]
    fn geometries_are_geojson() {
        let triangle = polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 0.0, y: 1.0)];
        let line = LineString::from(vec![[0.0, 0.5], [1.0, 2.0]]);
        let ring = json!([[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]]);
        let table = [
            (Geometry::Point(Point::new(1.0, 2.0)), json!({"type": "Point", "coordinates": [1.0, 2.0]})),
            (
                Geometry::Lines(MultiLineString(vec![line.clone()])),
                json!({"type": "LineString", "coordinates": [[0.0, 0.5], [1.0, 2.0]]}),
            ),
            (
                Geometry::Lines(MultiLineString(vec![line.clone(), line])),
                json!({"type": "MultiLineString", "coordinates": [[[0.0, 0.5], [1.0, 2.0]], [[0.0, 0.5], [1.0, 2.0]]]}),
            ),
            (Geometry::Polygons(MultiPolygon(vec![triangle.clone()])), json!({"type": "Polygon", "coordinates": ring})),
            (
                Geometry::Polygons(MultiPolygon(vec![triangle.clone(), triangle])),
                json!({"type": "MultiPolygon", "coordinates": [ring, ring]}),
            ),
        ];
        for (geometry, expected) in table {
            assert_eq!(serde_json::to_value(Shape(geometry)).unwrap(), expected);
        }
    }
}
