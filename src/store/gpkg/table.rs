//! A layer's table: made, or found and judged; then the SQL that reads and writes it.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::columns::{self, Column};
use super::observed;
use crate::geo::GeometryKind;
use crate::model::{Field, FieldType, Layer};

/// A table that fits its layer.
pub struct Table {
    pub layer: Arc<Layer>,
    /// That of the layer's readings, where it has some.
    pub readings: Option<observed::Table>,
    /// As it is spelled in the file.
    pub name: String,
    geometry: String,
    /// `$1` geometry, `$2` id, then the fields.
    pub insert: String,
    /// The same parameters.
    pub update: String,
    /// `$1` geometry, `$2` id.
    pub relocate: String,
    /// `$1` id.
    pub delete: String,
    /// Primary key, geometry, id, then the fields, in the order in which the rows came.
    pub select: String,
}

/// Why a table cannot be had.
pub enum Unfit {
    /// It does not fit the layer.
    Differs(String),
    /// SQLite could not do it.
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Unfit {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<String> for Unfit {
    fn from(reason: String) -> Self {
        Self::Differs(reason)
    }
}

impl Table {
    /// Makes the table of a layer exist and hold its fields.
    pub fn prepare(connection: &Connection, layer: &Arc<Layer>) -> Result<Self, Unfit> {
        let name = match find(connection, layer.id.as_str())? {
            Some(name) => name,
            None => create(connection, layer)?,
        };
        let geometry = geometry_column(connection, &name, layer.geometry)?;
        let found = columns::of(connection, &name)?;
        columns::fit(connection, layer, &name, &geometry, &found)?;
        describe(connection, layer, &name)?;
        let readings = observed::Table::prepare(connection, layer)?;
        Ok(Self { readings, ..Self::new(Arc::clone(layer), name, geometry, &key(&found)) })
    }

    fn new(layer: Arc<Layer>, name: String, geometry: String, key: &str) -> Self {
        let table = quoted(&name);
        let id = quoted(&layer.id_field.name);
        let fields = layer.fields.iter().map(|field| quoted(&field.name));
        let kept: Vec<String> = [quoted(&geometry), id.clone()].into_iter().chain(fields).collect();
        let numbers: Vec<String> = (1..=kept.len()).map(|number| format!("?{number}")).collect();
        let set: Vec<String> =
            kept.iter().zip(&numbers).map(|(column, number)| format!("{column} = {number}")).collect();
        let (key, columns) = (quoted(key), kept.join(", "));
        Self {
            insert: format!("INSERT INTO {table} ({columns}) VALUES ({})", numbers.join(", ")),
            update: format!("UPDATE {table} SET {} WHERE {id} = ?2", set.join(", ")),
            relocate: format!("UPDATE {table} SET {} = ?1 WHERE {id} = ?2", quoted(&geometry)),
            delete: format!("DELETE FROM {table} WHERE {id} = ?1"),
            select: format!("SELECT {key}, {columns} FROM {table} ORDER BY {key}"),
            readings: None,
            geometry,
            name,
            layer,
        }
    }

    /// Takes every row away.
    pub fn clear(&self) -> String {
        format!("DELETE FROM {}", quoted(&self.name))
    }

    /// Every geometry.
    pub fn geometries(&self) -> String {
        format!("SELECT {} FROM {}", quoted(&self.geometry), quoted(&self.name))
    }
}

/// A name as SQL reads it, whatever characters it has.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The spelling of a table in the file. SQLite does not tell case apart.
fn find(connection: &Connection, name: &str) -> Result<Option<String>, Unfit> {
    let found: Option<(String, String)> = connection
        .query_row(
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE",
            [name],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    match found {
        Some((name, kind)) if kind == "table" => Ok(Some(name)),
        Some(_) => Err("it is a view, which cannot be written to; rename it".to_owned().into()),
        None => Ok(None),
    }
}

fn create(connection: &Connection, layer: &Layer) -> Result<String, Unfit> {
    let name = layer.id.as_str();
    let key = columns::free_name(layer, "fid");
    let geometry = columns::free_name(layer, "geom");
    let kind = layer.geometry.ogc_name();
    let id = &layer.id_field;
    let mut declared = vec![
        format!("{} INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", quoted(&key)),
        format!("{} {kind}", quoted(&geometry)),
        format!("{} {} NOT NULL UNIQUE", quoted(&id.name), columns::sql_type(id.field_type)),
    ];
    let field = |field: &Field| format!("{} {}", quoted(&field.name), columns::sql_type(field.field_type));
    declared.extend(layer.fields.iter().map(field));
    let sql = format!("CREATE TABLE {} ({})", quoted(name), declared.join(", "));
    connection.execute(&sql, [])?;
    connection
        .execute("INSERT INTO gpkg_contents (table_name, data_type, srs_id) VALUES (?1, 'features', 4326)", [name])?;
    connection.execute(
        "INSERT INTO gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id, z, m)
         VALUES (?1, ?2, ?3, 4326, 0, 0)",
        params![name, geometry, kind],
    )?;
    Ok(name.to_owned())
}

/// The geometry column of a table, if what it holds fits.
fn geometry_column(connection: &Connection, table: &str, kind: GeometryKind) -> Result<String, Unfit> {
    let found: Option<(String, String, i64)> = connection
        .query_row(
            "SELECT column_name, geometry_type_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ?1 COLLATE NOCASE",
            [table],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let Some((column, held, srs_id)) = found else {
        return Err("it is not a feature table (gpkg_geometry_columns does not name it); rename it".to_owned().into());
    };
    let wanted = kind.ogc_name();
    if srs_id != 4326 {
        return Err(format!(
            "its coordinates are of srs_id {srs_id} where 4326 (lon/lat) is kept; rename the table and import it"
        )
        .into());
    }
    if !held.eq_ignore_ascii_case(wanted) && !held.eq_ignore_ascii_case("GEOMETRY") {
        return Err(format!(
            "its column `{column}` holds {held} where the layer has {wanted}; convert it (ogr2ogr -nlt {wanted}), or rename the table"
        )
        .into());
    }
    // What we write has neither altitudes nor measures: they may be there, but no longer must.
    connection.execute(
        "UPDATE gpkg_geometry_columns SET z = min(z * 2, 2), m = min(m * 2, 2) WHERE table_name = ?1 COLLATE NOCASE AND (z = 1 OR m = 1)",
        [table],
    )?;
    Ok(column)
}

/// The column whose order is the order in which rows came.
fn key(found: &[Column]) -> String {
    let mut keys = found.iter().filter(|column| column.is_key);
    match (keys.next(), keys.next()) {
        (Some(column), None) if column.sql_type.eq_ignore_ascii_case("INTEGER") => column.name.clone(),
        _ => "rowid".to_owned(),
    }
}

/// Tells QGIS what the layer is called and what it is.
fn describe(connection: &Connection, layer: &Layer, table: &str) -> Result<(), Unfit> {
    let taken: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM gpkg_contents WHERE identifier = ?1 AND table_name <> ?2 COLLATE NOCASE)",
        [&layer.title.vi, table],
        |row| row.get(0),
    )?;
    let identifier = if taken { format!("{} ({})", layer.title.vi, layer.id) } else { layer.title.vi.clone() };
    connection.execute(
        "UPDATE gpkg_contents SET identifier = ?1, description = ?2
         WHERE table_name = ?3 COLLATE NOCASE AND (identifier IS NOT ?1 OR description IS NOT ?2)",
        params![identifier, layer.description.vi, table],
    )?;
    Ok(())
}

/// Whether ids are kept as numbers.
pub fn has_integer_ids(layer: &Layer) -> bool {
    layer.id_field.field_type == FieldType::Integer
}
