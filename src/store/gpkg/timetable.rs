//! The timetable of a layer of stops, in tables that are ours.

use rusqlite::types::ValueRef as Held;
use rusqlite::{Connection, Row};

use super::text::read_date;
use super::write::Scratch;
use crate::model::timetable::Timetable;
use crate::model::{FieldType, LayerId, Value};
use crate::store::sheets::{Reading, SHEETS, Sheet};

fn table(sheet: &Sheet) -> String {
    format!("citylayers_{}", sheet.name)
}

fn columns(sheet: &Sheet) -> String {
    sheet.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// Puts a timetable in the place of the one that its layer has.
pub fn replace(connection: &Connection, timetable: &Timetable) -> rusqlite::Result<()> {
    let mut scratch = Scratch::default();
    for sheet in &SHEETS {
        connection
            .execute(&format!("DELETE FROM {} WHERE layer = ?1", table(sheet)), [timetable.stops_layer.as_str()])?;
        let places: Vec<String> = (1..=sheet.columns.len()).map(|place| format!("?{place}")).collect();
        let insert = format!("INSERT INTO {} ({}) VALUES ({})", table(sheet), columns(sheet), places.join(", "));
        let mut statement = connection.prepare(&insert)?;
        for row in 0..sheet.len(timetable) {
            for (place, value) in (1..).zip(sheet.row(timetable, row)) {
                scratch.bind(&mut statement, place, value)?;
            }
            statement.raw_execute()?;
        }
    }
    Ok(())
}

/// The timetable of a layer, if it has one.
pub fn load(connection: &Connection, layer: &LayerId) -> rusqlite::Result<Option<Timetable>> {
    let moment = connection.unchecked_transaction()?;
    let mut reading = Reading::new(layer);
    for (number, sheet) in SHEETS.iter().enumerate() {
        if !reading.wants(number) {
            break;
        }
        let mut statement =
            moment.prepare(&format!("SELECT {} FROM {} WHERE layer = ?1", columns(sheet), table(sheet)))?;
        let mut found = statement.query([layer.as_str()])?;
        while let Some(row) = found.next()? {
            let values: Vec<Option<Value>> =
                sheet.columns.iter().enumerate().map(|(place, (_, held))| value(row, place, *held)).collect();
            reading.take(number, &values);
        }
    }
    Ok(reading.finish())
}

/// A value, if it is of the type of its column: SQLite keeps any in any.
fn value(row: &Row<'_>, place: usize, held: FieldType) -> Option<Value> {
    match (held, row.get_ref(place).ok()?) {
        (FieldType::Text, Held::Text(text)) => Some(Value::Text(str::from_utf8(text).ok()?.to_owned())),
        (FieldType::Date, Held::Text(text)) => Some(Value::Date(read_date(str::from_utf8(text).ok()?)?)),
        (FieldType::Integer, Held::Integer(number)) => Some(Value::Integer(number)),
        (FieldType::Boolean, Held::Integer(flag)) => Some(Value::Boolean(flag != 0)),
        (FieldType::Real, Held::Real(number)) => Some(Value::Real(number)),
        (FieldType::Real, Held::Integer(number)) => i32::try_from(number).ok().map(|number| Value::Real(number.into())),
        _ => None,
    }
}
