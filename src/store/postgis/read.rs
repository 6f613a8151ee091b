//! Rows of a layer's table as the layer's values.
//!
//! Anybody may have written them, and PostgreSQL takes more than a layer holds. One such row must not keep a city
//! dark, so:
//! - a value that cannot be kept is absent: `NaN`, infinite numbers and dates, years beyond 262,000, the integer
//!   -2^63; text that is not in NFC is put in NFC; moments are cut to the millisecond;
//! - a row without a name or a usable geometry (empty, out of the world, not finite) is left out.
//!
//! Both are said in the log, with the first rows by table and primary key, and counted in
//! `citylayers_store_rows_mended_total` and `citylayers_store_rows_skipped_total`.

use std::borrow::Cow;

use chrono::{DateTime, Days, NaiveDate};
use futures_util::TryStreamExt;
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Row, RowStream};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::super::Progress;
use super::ewkb;
use super::fault::Fault;
use super::table::Table;
use crate::model::{FieldType, Rows, ValueRef};

/// Rows between two words to whoever waits, and between two chances for other tasks of the thread.
const STRIDE: usize = 4096;
/// Rows that the log names.
const NAMED: usize = 10;

/// Reads what [`Table::select`] selects.
pub async fn rows(table: &Table, stream: RowStream, progress: Progress<'_>) -> Result<Rows, Fault> {
    let mut stream = std::pin::pin!(stream);
    let mut rows = Rows::new(table.layer.clone());
    let mut remarks = Remarks::default();
    while let Some(row) = stream.try_next().await? {
        if let Err(reason) = push(&row, table, &mut rows, &mut remarks) {
            remarks.skipped += 1;
            rows.leave_out(named(table, &row, &reason));
            remarks.add(table, &row, &reason);
        }
        if rows.len().is_multiple_of(STRIDE) {
            progress(rows.len() as u64);
            tokio::task::yield_now().await;
        }
    }
    progress(rows.len() as u64);
    remarks.say(table);
    rows.finish();
    Ok(rows)
}

/// What was strange.
#[derive(Default)]
struct Remarks {
    skipped: u64,
    mended: u64,
    named: Vec<String>,
}

impl Remarks {
    fn add(&mut self, table: &Table, row: &Row, reason: &str) {
        if self.named.len() < NAMED {
            self.named.push(named(table, row, reason));
        }
    }

    fn say(&self, table: &Table) {
        let layer = || table.layer.id.to_string();
        if self.skipped > 0 {
            metrics::counter!("citylayers_store_rows_skipped_total", "layer" => layer()).increment(self.skipped);
        }
        if self.mended > 0 {
            metrics::counter!("citylayers_store_rows_mended_total", "layer" => layer()).increment(self.mended);
        }
        if !self.named.is_empty() {
            tracing::warn!(
                table = table.plain_name,
                skipped = self.skipped,
                mended = self.mended,
                "somebody wrote rows that a layer cannot hold: {}",
                self.named.join("; ")
            );
        }
    }
}

fn named(table: &Table, row: &Row, reason: &str) -> String {
    format!("row {} of table `{}`: {reason}", row.get::<_, i64>(0), table.plain_name)
}

fn push(row: &Row, table: &Table, rows: &mut Rows, remarks: &mut Remarks) -> Result<(), String> {
    let geometry = row.get::<_, Raw<'_>>(1).0.ok_or("it has no geometry")?;
    let geometry = ewkb::read(geometry, table.layer.geometry)?;
    let id: &str = row.get::<_, Option<&str>>(2).filter(|id| !id.is_empty()).ok_or("its id is empty")?;
    let mut values: Vec<Option<Cell<'_>>> = Vec::with_capacity(table.layer.fields.len());
    for (number, field) in table.layer.fields.iter().enumerate() {
        let cell = row.get::<_, Raw<'_>>(number + 3).0.map(|raw| Cell::read(field.field_type, raw));
        let mended = matches!(cell, Some(Cell::Text(Cow::Owned(_)) | Cell::Unfit));
        if mended {
            remarks.mended += 1;
            remarks.add(
                table,
                row,
                &format!(
                    "`{}` {}",
                    field.name,
                    if matches!(cell, Some(Cell::Unfit)) {
                        "holds no value that can be kept, and is read as absent"
                    } else {
                        "is not in Unicode NFC, and is read as if it were"
                    }
                ),
            );
        }
        values.push(cell);
    }
    rows.push(id, &geometry, values.iter().map(|cell| cell.as_ref().and_then(Cell::value)));
    Ok(())
}

/// A value as it was sent.
struct Raw<'a>(Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A value as it was understood.
#[derive(Debug, PartialEq)]
enum Cell<'a> {
    /// Owned where it had to be normalised.
    Text(Cow<'a, str>),
    Plain(ValueRef<'a>),
    /// Nothing that a layer could hold.
    Unfit,
}

impl<'a> Cell<'a> {
    /// Decodes PostgreSQL's binary formats (`src/backend/utils/adt` of its source: `int8send`, `date_send` ...).
    fn read(field_type: FieldType, raw: &'a [u8]) -> Self {
        let value = match field_type {
            FieldType::Text | FieldType::Code => {
                let Ok(text) = std::str::from_utf8(raw) else { return Self::Unfit };
                return Self::Text(if is_nfc(text) { text.into() } else { text.nfc().collect::<String>().into() });
            }
            FieldType::Integer => {
                eight(raw).map(i64::from_be_bytes).filter(|number| *number != i64::MIN).map(ValueRef::Integer)
            }
            FieldType::Real => {
                eight(raw).map(f64::from_be_bytes).filter(|number| number.is_finite()).map(ValueRef::Real)
            }
            FieldType::Boolean => raw.first().map(|byte| ValueRef::Boolean(*byte != 0)),
            FieldType::Date => raw.try_into().ok().map(i32::from_be_bytes).and_then(date).map(ValueRef::Date),
            FieldType::DateTime => eight(raw).map(i64::from_be_bytes).and_then(moment),
        };
        value.map_or(Self::Unfit, Self::Plain)
    }

    fn value(&self) -> Option<ValueRef<'_>> {
        match self {
            Self::Text(text) => Some(ValueRef::Text(text)),
            Self::Plain(value) => Some(*value),
            Self::Unfit => None,
        }
    }
}

fn eight(raw: &[u8]) -> Option<[u8; 8]> {
    raw.try_into().ok()
}

/// PostgreSQL counts days from here, and microseconds from its midnight in UTC.
const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).expect("a day of the calendar");
/// From 1970-01-01 to [`EPOCH`].
const EPOCH_MILLIS: i64 = 946_684_800_000;

/// Infinite ones are the ends of the type's range, and so beyond the calendar.
fn date(days: i32) -> Option<NaiveDate> {
    let distance = Days::new(u64::from(days.unsigned_abs()));
    if days < 0 { EPOCH.checked_sub_days(distance) } else { EPOCH.checked_add_days(distance) }
}

/// The same.
fn moment<'a>(micros: i64) -> Option<ValueRef<'a>> {
    DateTime::from_timestamp_millis(micros.div_euclid(1000) + EPOCH_MILLIS).map(ValueRef::DateTime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_a_layer_cannot_hold_are_absent() {
        let table: [(FieldType, Vec<u8>); 8] = [
            (FieldType::Integer, i64::MIN.to_be_bytes().into()),
            (FieldType::Real, f64::NAN.to_be_bytes().into()),
            (FieldType::Real, f64::INFINITY.to_be_bytes().into()),
            (FieldType::Date, i32::MAX.to_be_bytes().into()),
            (FieldType::Date, i32::MIN.to_be_bytes().into()),
            (FieldType::DateTime, i64::MAX.to_be_bytes().into()),
            (FieldType::DateTime, i64::MIN.to_be_bytes().into()),
            (FieldType::DateTime, (i64::MAX - 1).to_be_bytes().into()),
        ];
        for (field_type, raw) in table {
            assert_eq!(Cell::read(field_type, &raw), Cell::Unfit, "{field_type:?} {raw:?}");
        }
    }

    #[test]
    fn values_are_read_as_postgresql_sends_them() {
        // `SELECT encode(date_send('2025-07-01'), 'hex')` is 00002461, timestamptz_send of 1999-12-31T23:59:59.9995Z
        // is fffffffffffffe0c.
        let table: [(FieldType, &[u8], &str); 4] = [
            (FieldType::Date, &[0, 0, 0x24, 0x61], "2025-07-01"),
            (FieldType::DateTime, &[255, 255, 255, 255, 255, 255, 0xfe, 0x0c], "1999-12-31T23:59:59.999Z"),
            (FieldType::Boolean, &[1], "true"),
            (FieldType::Text, "Hoa\u{300}".as_bytes(), "Hoà"),
        ];
        for (field_type, raw, text) in table {
            let cell = Cell::read(field_type, raw);
            assert_eq!(cell.value().map(|value| value.to_string()).as_deref(), Some(text), "{field_type:?}");
        }
    }
}
