//! The columns of a layer's table: which there are, which are missing, which do not fit.

use rusqlite::{Connection, ErrorCode};

use super::table::{Unfit, quoted};
use crate::model::{Field, FieldType, Layer};

/// A column as it is found.
pub struct Column {
    pub name: String,
    /// As declared, with its length if it has one.
    pub sql_type: String,
    pub is_key: bool,
    /// A row cannot be written without it.
    is_needed: bool,
}

/// The GeoPackage type of a field (OGC 12-128r18, table 1).
pub fn sql_type(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Text | FieldType::Code => "TEXT",
        FieldType::Integer => "INTEGER",
        FieldType::Real => "REAL",
        FieldType::Boolean => "BOOLEAN",
        FieldType::Date => "DATE",
        FieldType::DateTime => "DATETIME",
    }
}

/// Whether a column of a declared type is for the values of a field. The narrow numbers that other programs declare
/// are accepted: SQLite keeps what is put into them whole.
fn holds(declared: &str, field_type: FieldType) -> bool {
    let declared = declared.to_ascii_uppercase();
    let declared = declared.split('(').next().unwrap_or_default().trim();
    match field_type {
        FieldType::Real => matches!(declared, "REAL" | "DOUBLE" | "FLOAT"),
        FieldType::Integer => matches!(declared, "INTEGER" | "INT" | "MEDIUMINT" | "SMALLINT" | "TINYINT"),
        other => declared == sql_type(other),
    }
}

/// `wanted`, or the first like it that no field has.
pub fn free_name(layer: &Layer, wanted: &str) -> String {
    let taken = |name: &str| layer.id_field.name == name || layer.field_index(name).is_some();
    let mut name = wanted.to_owned();
    while taken(&name) {
        name.push('_');
    }
    name
}

/// The columns of a table.
pub fn of(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    let mut statement = connection
        .prepare("SELECT name, type, pk, \"notnull\" AND dflt_value IS NULL AND pk = 0 FROM pragma_table_xinfo(?1)")?;
    let columns = statement.query_map([table], |row| {
        Ok(Column { name: row.get(0)?, sql_type: row.get(1)?, is_key: row.get(2)?, is_needed: row.get(3)? })
    })?;
    columns.collect()
}

/// Adds the columns that are missing, and refuses a table that cannot hold the layer.
pub fn fit(connection: &Connection, layer: &Layer, table: &str, geometry: &str, found: &[Column]) -> Result<(), Unfit> {
    let of_name = |name: &str| found.iter().find(|column| column.name.eq_ignore_ascii_case(name));
    let id = &layer.id_field;
    match of_name(&id.name) {
        Some(column) => fit_type(id, column)?,
        None => {
            return Err(format!(
                "it has no column `{}`, which names the features; add it, or rename the table",
                id.name
            )
            .into());
        }
    }
    for field in &layer.fields {
        match of_name(&field.name) {
            Some(column) => fit_type(field, column)?,
            None => add(connection, table, field)?,
        }
    }
    let is_ours = |name: &str| {
        let field = layer.fields.iter().any(|field| field.name.eq_ignore_ascii_case(name));
        field || name.eq_ignore_ascii_case(&id.name) || name.eq_ignore_ascii_case(geometry)
    };
    if let Some(column) = found.iter().find(|column| column.is_needed && !is_ours(&column.name)) {
        let name = &column.name;
        return Err(format!(
            "its column `{name}` must have a value, but is no field of the layer; add it to the layer"
        )
        .into());
    }
    if is_unique(connection, table, &id.name)? { Ok(()) } else { make_unique(connection, table, &id.name) }
}

fn fit_type(field: &Field, column: &Column) -> Result<(), Unfit> {
    if holds(&column.sql_type, field.field_type) {
        return Ok(());
    }
    let (name, found, wanted) = (&column.name, &column.sql_type, sql_type(field.field_type));
    Err(format!(
        "its column `{name}` is {found} where the layer wants {wanted}; rename the column, or change the field's type"
    )
    .into())
}

fn add(connection: &Connection, table: &str, field: &Field) -> Result<(), Unfit> {
    let sql =
        format!("ALTER TABLE {} ADD COLUMN {} {}", quoted(table), quoted(&field.name), sql_type(field.field_type));
    connection.execute(&sql, [])?;
    Ok(())
}

/// Whether no two rows can have one id: by the primary key, or by an index of this column alone.
fn is_unique(connection: &Connection, table: &str, id: &str) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT coalesce((SELECT group_concat(name) FROM pragma_table_info(?1) WHERE pk > 0) = ?2 COLLATE NOCASE, 0)
             OR EXISTS (SELECT 1 FROM pragma_index_list(?1) AS list WHERE list.\"unique\" AND NOT list.partial
                 AND (SELECT group_concat(name) FROM pragma_index_info(list.name)) = ?2 COLLATE NOCASE)",
        [table, id],
        |row| row.get(0),
    )
}

fn make_unique(connection: &Connection, table: &str, id: &str) -> Result<(), Unfit> {
    let index = quoted(&format!("{table}_{id}_unique"));
    let sql = format!("CREATE UNIQUE INDEX {index} ON {} ({})", quoted(table), quoted(id));
    match connection.execute(&sql, []) {
        Ok(_) => Ok(()),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Err(format!("some of its rows have the same `{id}`; give each its own").into())
        }
        Err(error) => Err(error.into()),
    }
}
