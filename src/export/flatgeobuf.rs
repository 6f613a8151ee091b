//! FlatGeobuf version 3, with its spatial index.

use std::io::{self, Write};

use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
use geozero::{ColumnValue, PropertyProcessor};

use crate::geo::GeometryKind;
use crate::model::{FieldType, Rows, ValueRef};

pub(super) fn file(rows: &Rows, out: &mut impl Write) -> io::Result<()> {
    let layer = rows.layer();
    let kind = match layer.geometry {
        GeometryKind::Point => GeometryType::Point,
        GeometryKind::Line => GeometryType::MultiLineString,
        GeometryKind::Polygon => GeometryType::MultiPolygon,
    };
    let options = FgbWriterOptions {
        // A tree over nothing is an error to GDAL.
        write_index: !rows.is_empty(),
        crs: FgbCrs { code: 4326, ..FgbCrs::default() },
        title: Some(&layer.title.vi),
        description: Some(&layer.description.vi),
        ..FgbWriterOptions::default()
    };
    let mut writer = FgbWriter::create_with_options(layer.id.as_str(), kind, options).map_err(io::Error::other)?;
    for field in std::iter::once(&layer.id_field).chain(&layer.fields) {
        writer.add_column(&field.name, column_type(field.field_type), |_, column| column.nullable = !field.required);
    }
    for row in 0..rows.len() {
        let mut fault = None;
        let geometry = rows.arena().geometry(row).to_geo();
        let added = writer.add_feature_geom(geometry, |feature| fault = properties(rows, row, feature).err());
        added.map_err(io::Error::other)?;
        fault.map_or(Ok(()), |fault| Err(io::Error::other(fault)))?;
    }
    writer.write(out).map_err(io::Error::other)
}

fn properties(rows: &Rows, row: usize, feature: &mut impl PropertyProcessor) -> geozero::error::Result<()> {
    let layer = rows.layer();
    let id = match layer.id_field.field_type {
        FieldType::Integer => rows.id(row).parse().ok().map(ValueRef::Integer),
        _ => None,
    };
    let values = std::iter::once(id.or(Some(ValueRef::Text(rows.id(row))))).chain(rows.values(row));
    let fields = std::iter::once(&layer.id_field).chain(&layer.fields);
    for (number, (field, value)) in fields.zip(values).enumerate() {
        let Some(value) = value else { continue };
        let text = value.to_string();
        let value = match value {
            ValueRef::Integer(number) => ColumnValue::Long(number),
            ValueRef::Real(number) => ColumnValue::Double(number),
            ValueRef::Boolean(flag) => ColumnValue::Bool(flag),
            ValueRef::Text(_) => ColumnValue::String(&text),
            ValueRef::Date(_) | ValueRef::DateTime(_) => ColumnValue::DateTime(&text),
        };
        feature.property(number, &field.name, &value)?;
    }
    Ok(())
}

/// The format has no type for a day: `DateTime` with an ISO 8601 date, as GDAL writes it.
fn column_type(field_type: FieldType) -> ColumnType {
    match field_type {
        FieldType::Text | FieldType::Code => ColumnType::String,
        FieldType::Integer => ColumnType::Long,
        FieldType::Real => ColumnType::Double,
        FieldType::Boolean => ColumnType::Bool,
        FieldType::Date | FieldType::DateTime => ColumnType::DateTime,
    }
}
