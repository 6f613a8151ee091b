//! A layer's rows out of its table. Another program may have written them: each value is judged.

use std::fmt::Write;
use std::panic::resume_unwind;
use std::str;
use std::sync::{Arc, mpsc};
use std::thread;

use rusqlite::Connection;
use rusqlite::types::ValueRef as Held;

use super::batch::{Batch, Record};
use super::table::Table;
use super::{blob, text};
use crate::geo::Geometry;
use crate::model::{FieldType, Revision, Rows, ValueRef};

/// How many rows lie between two reports of progress.
const STRIDE: u64 = 10_000;

/// Batches that may be read ahead of the decoding.
const AHEAD: usize = 4;

/// Rows that the log names.
const NAMED: usize = 10;

/// All rows of a table and the revision that they are of, of one moment.
pub fn load(
    connection: &mut Connection,
    table: &Table,
    progress: impl FnMut(u64),
) -> rusqlite::Result<(Rows, Revision)> {
    let moment = connection.transaction()?;
    let revision = revision(&moment)?;
    let mut rows = thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(AHEAD);
        let decoding = scope.spawn(|| decode(table, receiver));
        read(&moment, table, &sender, progress)?;
        drop(sender);
        Ok::<_, rusqlite::Error>(decoding.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })?;
    warn(&rows);
    rows.mark_demo(is_demo(&moment, table)?);
    Ok((rows, revision))
}

/// Reads the table, batch by batch.
fn read(
    connection: &Connection,
    table: &Table,
    batches: &mpsc::SyncSender<Batch>,
    mut progress: impl FnMut(u64),
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&table.select)?;
    let columns = statement.column_count();
    let mut found = statement.query([])?;
    let mut batch = Batch::new(columns);
    let mut number = 0;
    while let Some(row) = found.next()? {
        batch.push(row)?;
        number += 1;
        if number % STRIDE == 0 {
            progress(number);
        }
        if batch.is_full() && batches.send(std::mem::replace(&mut batch, Batch::new(columns))).is_err() {
            break; // the other thread panicked, and its panic goes on when it is joined
        }
    }
    let _panicked = batches.send(batch);
    progress(number);
    Ok(())
}

fn decode(table: &Table, batches: mpsc::Receiver<Batch>) -> Rows {
    let mut rows = Rows::new(Arc::clone(&table.layer));
    let mut id_text = String::new();
    for batch in batches {
        for record in batch.records() {
            if let Err(reason) = push(&mut rows, table, record, &mut id_text) {
                let key = in_words(record.get(0));
                rows.leave_out(format!("row {key} of table `{}`: {reason}", table.name));
            }
        }
    }
    rows.finish();
    rows
}

fn is_demo(connection: &Connection, table: &Table) -> rusqlite::Result<bool> {
    let query = "SELECT EXISTS (SELECT 1 FROM citylayers_demo WHERE layer = ?1)";
    connection.query_row(query, [table.layer.id.as_str()], |row| row.get(0))
}

/// The revision of the last commit.
pub fn revision(connection: &Connection) -> rusqlite::Result<Revision> {
    connection.query_row("SELECT revision FROM citylayers_revision", [], |row| row.get(0)).map(Revision)
}

fn warn(rows: &Rows) {
    let left_out = rows.left_out();
    if !left_out.is_empty() {
        let named = left_out.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
        let layer = rows.layer().id.as_str();
        tracing::warn!(layer, skipped = left_out.len(), "somebody wrote rows that a layer cannot hold: {named}");
    }
}

fn push(rows: &mut Rows, table: &Table, record: Record<'_>, id_text: &mut String) -> Result<(), String> {
    let layer = &table.layer;
    let geometry = geometry(table, record.get(1))?;
    let id = id(table, record.get(2), id_text)?;
    let mut values = Vec::with_capacity(layer.fields.len());
    for (number, field) in layer.fields.iter().enumerate() {
        let value = value(field.field_type, record.get(3 + number));
        values.push(value.map_err(|reason| format!("its `{}` {reason}", field.name))?);
    }
    rows.push(id, &geometry, values);
    Ok(())
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
