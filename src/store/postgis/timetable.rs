//! The timetable of a layer of stops, in tables of the schema `citylayers`.

use bytes::{BufMut, BytesMut};
use chrono::NaiveDate;
use futures_util::TryStreamExt;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row, Transaction};

use super::fault::Fault;
use super::table::{column_type, literal};
use super::write::{copy_rows, put_value};
use crate::model::timetable::Timetable;
use crate::model::{FieldType, LayerId, Value};
use crate::store::sheets::{Reading, SHEETS, Sheet};

fn table(sheet: &Sheet) -> String {
    format!("citylayers.{}", sheet.name)
}

fn columns(sheet: &Sheet) -> String {
    sheet.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// Puts a timetable in the place of the one that its layer has. Other nodes load it with the layer: one line of the journal tells.
pub async fn replace(transaction: &Transaction<'_>, timetable: &Timetable) -> Result<(), Fault> {
    let layer = literal(timetable.stops_layer.as_str());
    for sheet in &SHEETS {
        transaction.batch_execute(&format!("DELETE FROM {} WHERE layer = {layer}", table(sheet))).await?;
        copy(transaction, timetable, sheet).await?;
    }
    let tell = format!("INSERT INTO citylayers.journal (layer, op) VALUES ({layer}, 'replace')");
    Ok(transaction.batch_execute(&tell).await?)
}

async fn copy(transaction: &Transaction<'_>, timetable: &Timetable, sheet: &Sheet) -> Result<(), Fault> {
    let width = i16::try_from(sheet.columns.len()).expect("a sheet has a few columns");
    let write = |message: &mut BytesMut, row: usize| {
        message.put_i16(width);
        for ((_, held), value) in sheet.columns.iter().zip(sheet.row(timetable, row)) {
            put_value(message, value, &column_type(*held));
        }
        Ok(())
    };
    copy_rows(transaction, &table(sheet), &columns(sheet), sheet.len(timetable), write).await
}

/// The timetable of a layer, if it has one.
pub async fn load(client: &mut Client, layer: &LayerId) -> Result<Option<Timetable>, Fault> {
    let builder = client.build_transaction().isolation_level(tokio_postgres::IsolationLevel::RepeatableRead);
    let transaction = builder.read_only(true).start().await?;
    let mut reading = Reading::new(layer);
    for (number, sheet) in SHEETS.iter().enumerate() {
        if !reading.wants(number) {
            break;
        }
        let query = format!("SELECT {} FROM {} WHERE layer = $1", columns(sheet), table(sheet));
        let stream = transaction.query_typed_raw(&query, [(layer.as_str(), Type::TEXT)]).await?;
        let mut stream = std::pin::pin!(stream);
        while let Some(row) = stream.try_next().await? {
            let values: Vec<Option<Value>> =
                sheet.columns.iter().enumerate().map(|(place, (_, held))| value(&row, place, *held)).collect();
            reading.take(number, &values);
        }
    }
    transaction.commit().await?;
    Ok(reading.finish())
}

fn value(row: &Row, place: usize, held: FieldType) -> Option<Value> {
    match held {
        FieldType::Integer => row.get::<_, Option<i64>>(place).map(Value::Integer),
        FieldType::Real => row.get::<_, Option<f64>>(place).map(Value::Real),
        FieldType::Boolean => row.get::<_, Option<bool>>(place).map(Value::Boolean),
        // `infinity` is no day.
        FieldType::Date => row.try_get::<_, Option<NaiveDate>>(place).ok().flatten().map(Value::Date),
        _ => row.get::<_, Option<String>>(place).map(Value::Text),
    }
}
