//! Rows of one layer, filled by field name.

use std::sync::Arc;

use geo::GeodesicArea;
use geo_types::MultiPolygon;

use crate::geo::Geometry;
use crate::model::{FieldType, Layer, Rows, ValueRef};

/// A layer's rows while they are written. A value whose field the layer does not have, or has with another type, is
/// left out: a layer's file may be changed without this program.
pub struct Sheet {
    rows: Rows,
}

impl Sheet {
    pub fn new(layer: &Arc<Layer>) -> Self {
        Self { rows: Rows::new(Arc::clone(layer)) }
    }

    /// Appends a row.
    pub fn put(&mut self, id: &str, geometry: &Geometry, values: &[(&str, ValueRef<'_>)]) {
        let layer = Arc::clone(self.rows.layer());
        let found = layer.fields.iter().map(|field| {
            let value = values.iter().find(|(name, _)| *name == field.name);
            value.map(|&(_, value)| value).filter(|value| fits(field.field_type, value))
        });
        self.rows.push(id, geometry, found);
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn finished(mut self) -> Rows {
        self.rows.finish();
        self.rows
    }
}

fn fits(field_type: FieldType, value: &ValueRef<'_>) -> bool {
    match value {
        ValueRef::Text(_) => matches!(field_type, FieldType::Text | FieldType::Code),
        ValueRef::Integer(_) => field_type == FieldType::Integer,
        ValueRef::Real(_) => field_type == FieldType::Real,
        ValueRef::Boolean(_) => field_type == FieldType::Boolean,
        ValueRef::Date(_) => field_type == FieldType::Date,
        ValueRef::DateTime(_) => field_type == FieldType::DateTime,
    }
}

/// Square metres on the ellipsoid (C. Karney, "Algorithms for geodesics", 2013).
pub fn square_metres(polygons: &MultiPolygon<f64>) -> f64 {
    polygons.geodesic_area_unsigned()
}

/// A number to one digit behind the point.
pub fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A number to two digits behind the point.
pub fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
