//! A layer's rows out of its table. Another program may have written them: each value is judged.

use std::fmt::Write;
use std::str;
use std::sync::Arc;

use rusqlite::types::ValueRef as Held;
use rusqlite::{Connection, Row};

use super::table::Table;
use super::{blob, text};
use crate::geo::Geometry;
use crate::model::{FieldType, Revision, Rows, ValueRef};

/// How many rows lie between two reports of progress.
const STRIDE: u64 = 10_000;

/// Why the rows cannot be had.
pub enum Unread {
    /// A row, by its primary key, that the layer cannot hold, and why.
    Row(i64, String),
    /// SQLite could not do it.
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Unread {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

/// All rows of a table and the revision that they are of, of one moment.
pub fn load(
    connection: &mut Connection,
    table: &Table,
    mut progress: impl FnMut(u64),
) -> Result<(Rows, Revision), Unread> {
    let moment = connection.transaction()?;
    let revision = revision(&moment)?;
    let mut rows = Rows::new(Arc::clone(&table.layer));
    let mut number = 0;
    let mut id_text = String::new();
    let mut statement = moment.prepare(&table.select)?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        push(&mut rows, table, row, &mut id_text)?;
        number += 1;
        if number % STRIDE == 0 {
            progress(number);
        }
    }
    progress(number);
    rows.mark_demo(is_demo(&moment, table)?);
    rows.finish();
    Ok((rows, revision))
}

fn is_demo(connection: &Connection, table: &Table) -> rusqlite::Result<bool> {
    let query = "SELECT EXISTS (SELECT 1 FROM citylayers_demo WHERE layer = ?1)";
    connection.query_row(query, [table.layer.id.as_str()], |row| row.get(0))
}

/// The revision of the last commit.
pub fn revision(connection: &Connection) -> rusqlite::Result<Revision> {
    connection.query_row("SELECT revision FROM citylayers_revision", [], |row| row.get(0)).map(Revision)
}

fn push(rows: &mut Rows, table: &Table, row: &Row<'_>, id_text: &mut String) -> Result<(), Unread> {
    let refused = |reason: String| Unread::Row(row.get(0).unwrap_or_default(), reason);
    let layer = &table.layer;
    let geometry = geometry(table, row.get_ref(1)?).map_err(refused)?;
    let id = id(table, row.get_ref(2)?, id_text).map_err(refused)?;
    let mut fault = None;
    let values = layer.fields.iter().enumerate().map(|(number, field)| {
        let held = row.get_ref(3 + number).expect("the statement names every field");
        value(field.field_type, held).unwrap_or_else(|reason| {
            fault.get_or_insert_with(|| format!("its `{}` {reason}", field.name));
            None
        })
    });
    rows.push(id, &geometry, values);
    fault.map_or(Ok(()), |reason| Err(refused(reason)))
}

fn geometry(table: &Table, held: Held<'_>) -> Result<Geometry, String> {
    match held {
        Held::Blob(bytes) => blob::decode(bytes, table.layer.geometry),
        Held::Null => Err("it has no geometry".to_owned()),
        other => Err(format!("its geometry is {}", in_words(other))),
    }
}

fn id<'t>(table: &Table, held: Held<'t>, number_text: &'t mut String) -> Result<&'t str, String> {
    let name = &table.layer.id_field.name;
    match (table.layer.id_field.field_type, held) {
        (FieldType::Integer, Held::Integer(number)) => {
            number_text.clear();
            write!(number_text, "{number}").expect("a String takes all that is written");
            Ok(number_text)
        }
        (FieldType::Text | FieldType::Code, Held::Text(bytes)) => match str::from_utf8(bytes) {
            Ok("") => Err(format!("its `{name}` is empty; every feature has a name of its own")),
            Ok(text) => Ok(text),
            Err(error) => Err(format!("its `{name}` is not UTF-8: {error}")),
        },
        (_, Held::Null) => Err(format!("its `{name}` is absent; every feature has a name of its own")),
        (_, other) => Err(format!("its `{name}` is {}", in_words(other))),
    }
}

/// What a column holds, as a value of its field; what is wrong with it, as the end of a sentence.
fn value(field_type: FieldType, held: Held<'_>) -> Result<Option<ValueRef<'_>>, String> {
    let value = match (field_type, held) {
        (_, Held::Null) => return Ok(None),
        (FieldType::Text | FieldType::Code, Held::Text(bytes)) => ValueRef::Text(utf8(bytes)?),
        (FieldType::Integer, Held::Integer(number)) if number != i64::MIN => ValueRef::Integer(number),
        (FieldType::Real, Held::Real(number)) if number.is_finite() => ValueRef::Real(number),
        #[expect(clippy::cast_precision_loss, reason = "SQLite keeps whole reals as integers where nothing is lost")]
        (FieldType::Real, Held::Integer(number)) => ValueRef::Real(number as f64),
        (FieldType::Boolean, Held::Integer(flag @ (0 | 1))) => ValueRef::Boolean(flag == 1),
        (FieldType::Date, Held::Text(bytes)) => match text::read_date(utf8(bytes)?) {
            Some(day) => ValueRef::Date(day),
            None => return Err(format!("is {}, not a day like 2025-07-01", in_words(held))),
        },
        (FieldType::DateTime, Held::Text(bytes)) => match text::read_moment(utf8(bytes)?) {
            Some(moment) => ValueRef::DateTime(moment),
            None => return Err(format!("is {}, not a moment like 2025-07-01T06:00:00.000Z", in_words(held))),
        },
        (wanted, other) => return Err(format!("is {}, where {wanted:?} is wanted", in_words(other))),
    };
    Ok(Some(value))
}

fn utf8(bytes: &[u8]) -> Result<&str, String> {
    str::from_utf8(bytes).map_err(|error| format!("is not UTF-8: {error}"))
}

fn in_words(held: Held<'_>) -> String {
    match held {
        Held::Null => "absent".to_owned(),
        Held::Integer(number) => number.to_string(),
        Held::Real(number) => number.to_string(),
        Held::Text(bytes) => format!("`{}`", String::from_utf8_lossy(bytes)),
        Held::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}
