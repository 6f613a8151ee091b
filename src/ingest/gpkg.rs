//! GeoPackage (OGC 12-128r18) of any producer: one feature table, or a view that is registered as one.
//!
//! The file is opened for reading alone and left as it was, also where its folder cannot be written.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};

use super::read::{ReadError, ReadOptions, excerpt, refusal};
use super::relay::{Outlet, relay};
use super::report::{Reason, Refusal};
use super::source::{Format, Raw, Record, Source};
use super::wkb;
use crate::geo::GeometryKind;

pub(super) fn open(path: &Path, options: &ReadOptions) -> Result<Source, ReadError> {
    let malformed = |e: rusqlite::Error| ReadError::malformed(path, Format::GeoPackage, e.to_string());
    let connection = connect(path).map_err(malformed)?;
    let tables = feature_tables(&connection).map_err(malformed)?.ok_or_else(|| ReadError::UnknownFormat {
        path: path.into(),
        found: "an SQLite database without gpkg_contents, so no GeoPackage".into(),
    })?;
    let table = choose(path, &tables, options)?;
    let crs = table.crs(&connection).map_err(malformed)?;
    let columns = columns(&connection, &table).map_err(malformed)?;
    let count = format!("SELECT count(*) FROM {}", quoted(&table.name));
    let len: i64 = connection.query_row(&count, [], |row| row.get(0)).map_err(malformed)?;
    let query = query(&table, &columns);
    let records = relay(move |outlet| read(outlet, &connection, &query, &columns)).map_err(ReadError::io(path))?;
    let (encoding, len) = ("utf-8".into(), u64::try_from(len).ok());
    Ok(Source { format: Format::GeoPackage, crs, encoding, len, records: Box::new(records) })
}

/// A database in WAL mode wants to write beside itself even when it is read. Where nobody has it open (there is no `-wal`)
/// it is read as the unchanging file that it is; in every other case the locks of its writers are heeded.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    let is_at_rest = is_wal(path).unwrap_or(false) && !Path::new(&wal).exists();
    let mode = if is_at_rest { "immutable=1" } else { "mode=ro" };
    let uri = format!("file:{}?{mode}", percent_encoded(path));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri, flags)?;
    // The schema is a stranger's.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

/// By the format versions of the file's header: 2 is WAL.
fn is_wal(path: &Path) -> io::Result<bool> {
    let mut header = [0; 20];
    File::open(path)?.read_exact(&mut header)?;
    Ok(header[18..] == [2, 2])
}

fn percent_encoded(path: &Path) -> String {
    path.as_os_str().as_bytes().iter().fold(String::new(), |mut uri, &byte| {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            write!(uri, "%{byte:02X}").expect("a string takes everything");
        }
        uri
    })
}

#[derive(Clone, Debug)]
struct Table {
    name: String,
    geometry: String,
    kind: String,
    srs: i64,
}

impl Table {
    /// `GEOMETRY` may be anything.
    fn holds(&self, kind: GeometryKind) -> Option<bool> {
        let own = match self.kind.to_ascii_uppercase().as_str() {
            "POINT" | "MULTIPOINT" => GeometryKind::Point,
            "LINESTRING" | "MULTILINESTRING" => GeometryKind::Line,
            "POLYGON" | "MULTIPOLYGON" => GeometryKind::Polygon,
            "GEOMETRY" => return None,
            _ => return Some(false),
        };
        Some(own == kind)
    }

    /// An authority's code, else the definition. -1 and 0 are undefined by the standard.
    fn crs(&self, connection: &Connection) -> rusqlite::Result<Option<String>> {
        if self.srs == -1 || self.srs == 0 {
            return Ok(None);
        }
        let query =
            "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?1";
        let row = |row: &Row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?));
        let found = connection.query_row(query, [self.srs], row).optional()?;
        Ok(found.and_then(|(organization, code, definition)| {
            if organization.eq_ignore_ascii_case("EPSG") {
                Some(format!("EPSG:{code}"))
            } else {
                Some(definition).filter(|text| !text.trim().is_empty() && !text.eq_ignore_ascii_case("undefined"))
            }
        }))
    }
}

/// `None` when it is no GeoPackage.
fn feature_tables(connection: &Connection) -> rusqlite::Result<Option<Vec<Table>>> {
    let registry = "SELECT count(*) FROM sqlite_master WHERE name IN ('gpkg_contents', 'gpkg_geometry_columns')";
    if connection.query_row(registry, [], |row| row.get::<_, i64>(0))? != 2 {
        return Ok(None);
    }
    let query = "SELECT c.table_name, g.column_name, g.geometry_type_name, g.srs_id \
        FROM gpkg_contents c JOIN gpkg_geometry_columns g ON lower(g.table_name) = lower(c.table_name) \
        WHERE c.data_type = 'features' ORDER BY c.table_name";
    let mut statement = connection.prepare(query)?;
    let table = |row: &Row| Ok(Table { name: row.get(0)?, geometry: row.get(1)?, kind: row.get(2)?, srs: row.get(3)? });
    statement.query_map([], table)?.collect::<Result<_, _>>().map(Some)
}

/// The one that was named, else the only one, else the only one of the layer's kind.
fn choose(path: &Path, tables: &[Table], options: &ReadOptions) -> Result<Table, ReadError> {
    let names = |tables: &[Table]| tables.iter().map(|table| table.name.clone()).collect();
    if let Some(name) = &options.table {
        let found = tables.iter().find(|table| table.name == *name);
        let found = found.or_else(|| tables.iter().find(|table| table.name.eq_ignore_ascii_case(name)));
        let missing = || ReadError::NoSuchTable { path: path.into(), table: name.clone(), tables: names(tables) };
        return found.cloned().ok_or_else(missing);
    }
    if tables.is_empty() {
        return Err(ReadError::malformed(path, Format::GeoPackage, "it has no feature table"));
    }
    let of = |holds| tables.iter().filter(|table| table.holds(options.kind) == holds).collect::<Vec<_>>();
    let (same, open) = (of(Some(true)), of(None));
    match (tables, same.as_slice(), open.as_slice()) {
        ([only], _, _) => Ok(only.clone()),
        (_, [only], _) | (_, [], [only]) => Ok(Table::clone(only)),
        _ => Err(ReadError::WhichTable { path: path.into(), tables: names(tables) }),
    }
}

/// An attribute.
struct Column {
    name: Arc<str>,
    /// As it is declared, in capitals.
    kind: String,
}

struct Columns {
    /// What tells the features apart: the integer primary key. A view has none.
    fid: Option<String>,
    attributes: Vec<Column>,
}

fn columns(connection: &Connection, table: &Table) -> rusqlite::Result<Columns> {
    let mut statement = connection.prepare("SELECT name, upper(type), pk FROM pragma_table_info(?1)")?;
    let row = |row: &Row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?));
    let all: Vec<_> = statement.query_map([&table.name], row)?.collect::<Result<_, _>>()?;
    let is_fid = |(_, kind, pk): &&(String, String, i64)| *pk == 1 && kind.starts_with("INTEGER");
    let fid = all.iter().find(is_fid).map(|(name, ..)| name.clone());
    let mut attributes = Vec::new();
    for (name, kind, _) in all {
        if Some(&name) == fid.as_ref() || name.eq_ignore_ascii_case(&table.geometry) {
            continue;
        }
        if kind.starts_with("BLOB") {
            tracing::warn!("column {name} holds bytes, which no field takes");
            continue;
        }
        attributes.push(Column { name: name.into(), kind });
    }
    Ok(Columns { fid, attributes })
}

fn query(table: &Table, columns: &Columns) -> String {
    let fid = columns.fid.as_ref().map_or("NULL".into(), |name| quoted(name));
    let attributes = columns.attributes.iter().map(|column| quoted(&column.name));
    let all: Vec<String> = [fid, quoted(&table.geometry)].into_iter().chain(attributes).collect();
    format!("SELECT {} FROM {}", all.join(", "), quoted(&table.name))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn read(outlet: &Outlet, connection: &Connection, query: &str, columns: &Columns) {
    let mut number = 0;
    let mut each = || -> rusqlite::Result<()> {
        let mut statement = connection.prepare(query)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            number += 1;
            if !outlet.put(record(number, row, columns)?) {
                break;
            }
        }
        Ok(())
    };
    if let Err(e) = each() {
        outlet.put(Err(refusal(number + 1, Reason::Truncated, format!("reading stops here: {e}"))));
    }
}

fn record(number: u64, row: &Row, columns: &Columns) -> rusqlite::Result<Result<Record, Refusal>> {
    let id = match row.get_ref(0)? {
        ValueRef::Integer(fid) => Some(fid.to_string()),
        _ => None,
    };
    let mut fields = Vec::with_capacity(columns.attributes.len());
    let mut refused = None;
    for (at, column) in columns.attributes.iter().enumerate() {
        match value(row.get_ref(at + 2)?, &column.kind) {
            Ok(value) => fields.push((Arc::clone(&column.name), value)),
            Err(e) => refused = Some((Reason::WrongEncoding, format!("field `{}`: {e}", column.name))),
        }
    }
    let geometry = match row.get_ref(1)? {
        ValueRef::Null => Ok(None),
        ValueRef::Blob(blob) => wkb::geopackage(blob).map(Some),
        other => Err(format!("the geometry is {}, not bytes", other.data_type())),
    };
    Ok(match (refused, geometry) {
        (Some((reason, message)), _) => Err(Refusal { id, ..refusal(number, reason, message) }),
        (None, Err(message)) => Err(Refusal { id, ..refusal(number, Reason::Unreadable, message) }),
        (None, Ok(geometry)) => {
            let (geometry, had_z) = geometry.map_or((None, false), |(geometry, had_z)| (Some(geometry), had_z));
            Ok(Record { row: number, id, geometry, had_z, fields })
        }
    })
}

/// By the value that stands there, told apart further by the declared type. SQLite keeps to no type; nor does this.
fn value(value: ValueRef, kind: &str) -> Result<Raw, String> {
    Ok(match value {
        ValueRef::Null => Raw::Null,
        ValueRef::Integer(number) if kind.starts_with("BOOL") && matches!(number, 0 | 1) => Raw::Boolean(number == 1),
        ValueRef::Integer(number) => Raw::Integer(number),
        ValueRef::Real(number) => Raw::Real(number),
        ValueRef::Blob(_) => return Err("bytes where a value is wanted".into()),
        ValueRef::Text(bytes) => {
            let text = std::str::from_utf8(bytes);
            let text =
                text.map_err(|e| format!("`{}` is no UTF-8 text: {e}", excerpt(&bytes.escape_ascii().to_string())))?;
            timed(text, kind).unwrap_or_else(|| Raw::Text(text.into()))
        }
    })
}

/// `None` when it is no day or moment with its zone; then the text is left for the field's type to judge.
fn timed(text: &str, kind: &str) -> Option<Raw> {
    match kind {
        "DATE" => text.parse::<NaiveDate>().ok().map(Raw::Date),
        "DATETIME" => DateTime::parse_from_rfc3339(text).ok().map(|moment| Raw::DateTime(moment.to_utc())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(kinds: &[&str]) -> Vec<Table> {
        let table =
            |kind: &&str| Table { name: format!("t_{kind}"), geometry: "geom".into(), kind: (*kind).into(), srs: 0 };
        kinds.iter().map(table).collect()
    }

    #[test]
    fn the_table_is_chosen() {
        let chosen = |kinds: &[&str], table: Option<&str>| {
            let options = ReadOptions {
                encoding: super::super::encoding::Encoding::Auto,
                table: table.map(Into::into),
                kind: GeometryKind::Line,
            };
            choose(Path::new("a.gpkg"), &tables(kinds), &options).map(|table| table.name).map_err(|e| e.to_string())
        };
        assert_eq!(chosen(&["POINT"], None), Ok("t_POINT".into()));
        assert_eq!(chosen(&["POINT", "MULTILINESTRING", "GEOMETRY"], None), Ok("t_MULTILINESTRING".into()));
        assert_eq!(chosen(&["POINT", "GEOMETRY"], None), Ok("t_GEOMETRY".into()));
        assert_eq!(chosen(&["POINT", "LINESTRING"], Some("T_point")), Ok("t_POINT".into()));
        let error = chosen(&["LINESTRING", "MULTILINESTRING"], None).unwrap_err();
        assert_eq!(error, "a.gpkg holds t_LINESTRING, t_MULTILINESTRING: choose one with --table");
        let error = chosen(&["POINT"], Some("roads")).unwrap_err();
        assert_eq!(error, "a.gpkg has no table `roads`, it holds t_POINT");
        assert!(chosen(&[], None).unwrap_err().contains("no feature table"));
    }

    #[test]
    fn names_of_any_letters() {
        assert_eq!(percent_encoded(Path::new("/tmp/Nghệ An?#%.gpkg")), "/tmp/Ngh%E1%BB%87%20An%3F%23%25.gpkg");
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }
}
