//! The table of one layer: its names, and the statements that read and write it.

use std::sync::Arc;

use tokio_postgres::types::Type;

use crate::geo::GeometryKind;
use crate::model::{FieldType, Layer};

/// EPSG code of every geometry column.
pub const SRID: i32 = 4326;

/// A table that fits its layer. Names are quoted and ready for SQL unless said otherwise.
pub struct Table {
    /// What it holds.
    pub layer: Arc<Layer>,
    /// With its schema.
    pub name: String,
    /// With its schema, as people write it.
    pub plain_name: String,
    /// The integer primary key, which orders the rows. A table of somebody else's may have none: its rows are
    /// ordered by id and known by their place in that order.
    pub key: Option<String>,
    /// The geometry column.
    pub geometry: String,
    /// The GIST index that we made, with its schema.
    pub index: Option<String>,
}

/// Quotes a name for SQL.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Quotes a text for SQL, where no parameter can stand.
pub fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The type of a field's column.
pub fn column_type(field_type: FieldType) -> Type {
    match field_type {
        FieldType::Text | FieldType::Code => Type::TEXT,
        FieldType::Integer => Type::INT8,
        FieldType::Real => Type::FLOAT8,
        FieldType::Boolean => Type::BOOL,
        FieldType::Date => Type::DATE,
        FieldType::DateTime => Type::TIMESTAMPTZ,
    }
}

/// The same in SQL, as people write it.
pub fn sql_type(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Text | FieldType::Code => "text",
        FieldType::Integer => "bigint",
        FieldType::Real => "double precision",
        FieldType::Boolean => "boolean",
        FieldType::Date => "date",
        FieldType::DateTime => "timestamptz",
    }
}

/// The type of an array of such values, for `unnest`.
pub fn array_type(field_type: FieldType) -> Type {
    match field_type {
        FieldType::Text | FieldType::Code => Type::TEXT_ARRAY,
        FieldType::Integer => Type::INT8_ARRAY,
        FieldType::Real => Type::FLOAT8_ARRAY,
        FieldType::Boolean => Type::BOOL_ARRAY,
        FieldType::Date => Type::DATE_ARRAY,
        FieldType::DateTime => Type::TIMESTAMPTZ_ARRAY,
    }
}

/// As PostGIS writes it in `format_type`.
pub fn geometry_type(kind: GeometryKind) -> &'static str {
    match kind {
        GeometryKind::Point => "Point",
        GeometryKind::Line => "MultiLineString",
        GeometryKind::Polygon => "MultiPolygon",
    }
}

impl Table {
    /// Whether ids are integers in the table.
    pub fn has_integer_ids(&self) -> bool {
        self.layer.id_field.field_type == FieldType::Integer
    }

    /// The id column.
    pub fn id(&self) -> String {
        quoted(&self.layer.id_field.name)
    }

    fn fields(&self) -> impl Iterator<Item = String> + '_ {
        self.layer.fields.iter().map(|field| quoted(&field.name))
    }

    /// Primary key, geometry, id, then the fields: what [`super::read`] decodes. `condition` is SQL or empty.
    pub fn select(&self, condition: &str) -> String {
        let id = self.id();
        let order = self.key.as_ref().unwrap_or(&id);
        let key = self
            .key
            .as_ref()
            .map_or_else(|| format!("row_number() OVER (ORDER BY {id})"), |key| format!("{key}::bigint"));
        let typed =
            self.layer.fields.iter().map(|field| format!(", {}::{}", quoted(&field.name), sql_type(field.field_type)));
        format!(
            "SELECT {key}, {}::bytea, {id}::text{} FROM {} {condition} ORDER BY {order}",
            self.geometry,
            typed.collect::<String>(),
            self.name
        )
    }

    /// Geometry, id and fields, for `COPY` and `INSERT`.
    pub fn columns(&self) -> String {
        let columns: Vec<String> = [self.geometry.clone(), self.id()].into_iter().chain(self.fields()).collect();
        columns.join(", ")
    }

    /// Puts features that come as one array a column, in their order; those that are there keep their place.
    pub fn upsert(&self) -> String {
        let arrays: Vec<String> = (1..=self.layer.fields.len() + 2).map(|number| format!("${number}")).collect();
        let kept = std::iter::once(self.geometry.clone()).chain(self.fields());
        let kept: Vec<String> = kept.map(|column| format!("{column} = EXCLUDED.{column}")).collect();
        format!(
            "INSERT INTO {} ({}) SELECT * FROM unnest({}) ON CONFLICT ({}) DO UPDATE SET {}",
            self.name,
            self.columns(),
            arrays.join(", "),
            self.id(),
            kept.join(", ")
        )
    }

    /// Rows of the ids in `$1`, an array of what the id column holds.
    pub fn among_ids(&self) -> String {
        format!("WHERE {} = ANY($1)", self.id())
    }
}
