//! Comma-separated values (RFC 4180), UTF-8, with a header.

use std::io::{self, Write};

use super::geojson::text;
use crate::geo::geometry::rings;
use crate::geo::{Geometry, GeometryKind};
use crate::model::Rows;

pub(super) fn table(rows: &Rows, out: &mut impl Write) -> io::Result<()> {
    let layer = rows.layer();
    let place: &[&str] = if layer.geometry == GeometryKind::Point { &["lon", "lat"] } else { &["wkt"] };
    let mut table = csv::Writer::from_writer(out);
    let names = layer.fields.iter().map(|field| field.name.as_str());
    table.write_record(std::iter::once(layer.id_field.name.as_str()).chain(names).chain(place.iter().copied()))?;
    for row in 0..rows.len() {
        let values = std::iter::once(rows.id(row).to_owned()).chain(rows.values(row).map(text));
        table.write_record(values.chain(place_texts(&rows.arena().geometry(row))))?;
    }
    table.flush()
}

fn place_texts(geometry: &Geometry) -> Vec<String> {
    match geometry {
        Geometry::Point(point) => vec![point.x().to_string(), point.y().to_string()],
        Geometry::Lines(lines) => vec![format!("MULTILINESTRING ({})", joined(lines.0.iter().map(line)))],
        Geometry::Polygons(polygons) => {
            let polygon = |polygon| format!("({})", joined(rings(polygon).map(line)));
            vec![format!("MULTIPOLYGON ({})", joined(polygons.0.iter().map(polygon)))]
        }
    }
}

/// OGC 06-103r4, section 7: the shortest digits that come back to the same bits.
fn line(line: &geo_types::LineString<f64>) -> String {
    format!("({})", joined(line.0.iter().map(|c| format!("{} {}", c.x, c.y))))
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
