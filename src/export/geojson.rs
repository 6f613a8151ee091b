//! GeoJSON (RFC 7946): longitude first, EPSG:4326, no `crs` member.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::geo::geometry::rings;
use crate::geo::{Geometry, GeometryKind};
use crate::model::{Rows, ValueRef};

pub(super) fn collection(rows: &Rows, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[\n")?;
    for row in 0..rows.len() {
        serde_json::to_writer(&mut *out, &Row { rows, row })?;
        out.write_all(if row + 1 < rows.len() { b",\n" } else { b"\n" })?;
    }
    out.write_all(b"]}\n")
}

pub(super) fn sequence(rows: &Rows, out: &mut impl Write) -> io::Result<()> {
    for row in 0..rows.len() {
        serde_json::to_writer(&mut *out, &Row { rows, row })?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// One row as a GeoJSON feature.
struct Row<'a> {
    rows: &'a Rows,
    row: usize,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut feature = serializer.serialize_map(Some(4))?;
        feature.serialize_entry("type", "Feature")?;
        feature.serialize_entry("id", self.rows.id(self.row))?;
        feature.serialize_entry("properties", &Properties(self))?;
        feature.serialize_entry("geometry", &Shape(&self.rows.arena().geometry(self.row)))?;
        feature.end()
    }
}

struct Properties<'a>(&'a Row<'a>);

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Row { rows, row } = *self.0;
        let layer = rows.layer();
        let mut members = serializer.serialize_map(Some(layer.fields.len() + 1))?;
        members.serialize_entry(&layer.id_field.name, rows.id(row))?;
        for (field, value) in layer.fields.iter().zip(rows.values(row)) {
            members.serialize_entry(&field.name, &value)?;
        }
        members.end()
    }
}

struct Shape<'a>(&'a Geometry);

impl Serialize for Shape<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut geometry = serializer.serialize_map(Some(2))?;
        let pairs = |line: &geo_types::LineString<f64>| line.0.iter().map(|c| [c.x, c.y]).collect::<Vec<_>>();
        geometry.serialize_entry(
            "type",
            match self.0.kind() {
                GeometryKind::Point => "Point",
                GeometryKind::Line => "MultiLineString",
                GeometryKind::Polygon => "MultiPolygon",
            },
        )?;
        match self.0 {
            Geometry::Point(point) => geometry.serialize_entry("coordinates", &[point.x(), point.y()])?,
            Geometry::Lines(lines) => {
                geometry.serialize_entry("coordinates", &lines.0.iter().map(pairs).collect::<Vec<_>>())?;
            }
            Geometry::Polygons(polygons) => {
                let polygon = |polygon| rings(polygon).map(pairs).collect::<Vec<_>>();
                geometry.serialize_entry("coordinates", &polygons.0.iter().map(polygon).collect::<Vec<_>>())?;
            }
        }
        geometry.end()
    }
}

/// The text of a value where everything is text; absent values are empty.
pub(super) fn text(value: Option<ValueRef<'_>>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
