//! Changes as statements: neighbours of one kind go together, features as one array a column, whole layers by `COPY`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures_util::SinkExt;
use tokio_postgres::Transaction;
use tokio_postgres::types::{IsNull, ToSql, Type};

use super::super::StoreError;
use super::ewkb;
use super::fault::Fault;
use super::table::{Table, array_type, column_type, literal};
use super::{documents, indicated, observed, timetable};
use crate::geo::Geometry;
use crate::model::{
    Change, Document, Feature, FeatureId, FieldType, Indications, LayerId, Observation, Relocation, Rows, Timetable,
    ValueRef,
};

/// Features in one statement: enough to make the way to the server cheap, and few enough for the journal.
const TOGETHER: usize = 5_000;
/// Bytes in one message of a `COPY`.
const MESSAGE: usize = 256 * 1024;

/// How a binary `COPY` begins (PostgreSQL manual, COPY, "Binary Format").
const COPY_HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Changes that one statement makes, in the order of the commit.
pub enum Step<'a> {
    /// No id comes twice.
    Put(Arc<Table>, Vec<&'a Feature>),
    /// No id comes twice.
    Move(Arc<Table>, Vec<&'a Relocation>),
    Remove(Arc<Table>, Vec<&'a FeatureId>),
    Replace(Arc<Table>, &'a Rows),
    /// No feature has two of one time.
    Observe(Arc<Table>, Vec<&'a Observation>),
    Document(&'a Document),
    Timetable(&'a Timetable),
    Indicate(&'a Indications),
}

/// Cuts a commit into steps. An id that is put twice begins a new step: one statement touches a row once.
pub fn steps<'a>(changes: &'a [Change], tables: &HashMap<LayerId, Arc<Table>>) -> Result<Vec<Step<'a>>, StoreError> {
    let mut steps: Vec<Step<'a>> = Vec::new();
    let mut ids: HashSet<&FeatureId> = HashSet::new();
    for change in changes {
        let table = tables.get(change.layer()).ok_or_else(|| StoreError::UnknownLayer(change.layer().clone()))?;
        match (steps.last_mut(), change) {
            (Some(Step::Put(last, features)), Change::Put(feature))
                if Arc::ptr_eq(last, table) && features.len() < TOGETHER && !ids.contains(&feature.id) =>
            {
                features.push(feature);
                ids.insert(&feature.id);
            }
            (Some(Step::Move(last, moved)), Change::Move(relocation))
                if Arc::ptr_eq(last, table) && moved.len() < TOGETHER && !ids.contains(&relocation.id) =>
            {
                moved.push(relocation);
                ids.insert(&relocation.id);
            }
            (Some(Step::Remove(last, gone)), Change::Remove { id, .. })
                if Arc::ptr_eq(last, table) && gone.len() < TOGETHER =>
            {
                gone.push(id);
            }
            (_, Change::Put(feature)) => {
                steps.push(Step::Put(Arc::clone(table), vec![feature]));
                ids = HashSet::from([&feature.id]);
            }
            (_, Change::Move(relocation)) => {
                steps.push(Step::Move(Arc::clone(table), vec![relocation]));
                ids = HashSet::from([&relocation.id]);
            }
            (_, Change::Remove { id, .. }) => steps.push(Step::Remove(Arc::clone(table), vec![id])),
            (_, Change::Replace(rows)) => steps.push(Step::Replace(Arc::clone(table), rows)),
            (_, Change::Timetable(timetable)) => steps.push(Step::Timetable(timetable)),
            (_, Change::Observe(observations)) => {
                steps.push(Step::Observe(Arc::clone(table), observations.list().iter().collect()));
            }
            (_, Change::Document(document)) => steps.push(Step::Document(document)),
            (_, Change::Indicate(indications)) => steps.push(Step::Indicate(indications)),
        }
    }
    Ok(steps)
}

impl Step<'_> {
    /// Makes the changes.
    pub async fn run(&self, transaction: &Transaction<'_>) -> Result<(), Fault> {
        match self {
            Self::Put(table, features) => put(transaction, table, features).await,
            Self::Move(table, moved) => relocate(transaction, table, moved).await,
            Self::Remove(table, ids) => remove(transaction, table, ids).await,
            Self::Replace(table, rows) => replace(transaction, table, rows).await,
            Self::Observe(table, readings) => observed::keep(transaction, &table.layer, readings).await,
            Self::Document(document) => documents::keep(transaction, document).await,
            Self::Timetable(timetable) => timetable::replace(transaction, timetable).await,
            Self::Indicate(indications) => indicated::keep(transaction, indications).await,
        }
    }
}

/// An array for `unnest`, with its type.
type Array<'a> = (Box<dyn ToSql + Sync + Send + 'a>, Type);

async fn put(transaction: &Transaction<'_>, table: &Table, features: &[&Feature]) -> Result<(), Fault> {
    let geometries: Vec<Vec<u8>> = features.iter().map(|feature| ewkb::write(&feature.geometry)).collect();
    let mut arrays: Vec<Array<'_>> = vec![(Box::new(geometries), Type::BYTEA_ARRAY)];
    arrays.push(ids(table, features.iter().map(|feature| &feature.id))?);
    for (number, field) in table.layer.fields.iter().enumerate() {
        let values =
            features.iter().map(|feature| feature.properties.get(number)?.as_ref().map(crate::model::Value::as_ref));
        arrays.push((array(field.field_type, values), array_type(field.field_type)));
    }
    let parameters: Vec<(&(dyn ToSql + Sync), Type)> =
        arrays.iter().map(|(array, sql_type)| (array.as_ref() as &(dyn ToSql + Sync), sql_type.clone())).collect();
    transaction.execute_typed(&table.upsert(), &parameters).await?;
    Ok(())
}

/// A place that another node has told since stays. Its rows are locked first, in the order of their ids: a statement sees what was kept before
/// it began, and what a transaction has kept that this one waits for is seen by the next statement only.
async fn relocate(transaction: &Transaction<'_>, table: &Table, moved: &[&Relocation]) -> Result<(), Fault> {
    let point = |to: [f64; 2]| ewkb::write(&Geometry::Point(geo_types::Point::from(to)));
    let geometries: Vec<Vec<u8>> = moved.iter().map(|relocation| point(relocation.to)).collect();
    let (ids, ids_type) = ids(table, moved.iter().map(|relocation| &relocation.id))?;
    let times: Vec<DateTime<Utc>> = moved.iter().map(|relocation| relocation.at).collect();
    let locked = format!("SELECT FROM {} {} ORDER BY {} FOR UPDATE", table.name, table.among_ids(), table.id());
    transaction.execute_typed(&locked, &[(ids.as_ref(), ids_type.clone())]).await?;
    let statement = format!(
        "UPDATE {} AS own SET {geometry} = moved.place::geometry FROM unnest($1, $2, $3) AS moved (place, id, at) \
         WHERE own.{id} = moved.id AND NOT EXISTS (SELECT FROM {readings} AS newer \
         WHERE newer.feature = moved.id::text AND newer.time > moved.at AND newer.lon IS NOT NULL)",
        table.name,
        geometry = table.geometry,
        id = table.id(),
        readings = observed::name(&table.layer),
    );
    let parameters: [(&(dyn ToSql + Sync), Type); 3] =
        [(&geometries, Type::BYTEA_ARRAY), (ids.as_ref(), ids_type), (&times, Type::TIMESTAMPTZ_ARRAY)];
    transaction.execute_typed(&statement, &parameters).await?;
    Ok(())
}

fn array<'a>(
    field_type: FieldType,
    values: impl Iterator<Item = Option<ValueRef<'a>>>,
) -> Box<dyn ToSql + Sync + Send + 'a> {
    macro_rules! only {
        ($variant:ident) => {
            Box::new(
                values
                    .map(|value| match value {
                        Some(ValueRef::$variant(value)) => Some(value),
                        _ => None,
                    })
                    .collect::<Vec<_>>(),
            )
        };
    }
    match field_type {
        FieldType::Text | FieldType::Code => only!(Text),
        FieldType::Integer => only!(Integer),
        FieldType::Real => only!(Real),
        FieldType::Boolean => only!(Boolean),
        FieldType::Date => only!(Date),
        FieldType::DateTime => only!(DateTime),
    }
}

async fn remove(transaction: &Transaction<'_>, table: &Table, gone: &[&FeatureId]) -> Result<(), Fault> {
    let possible = gone.iter().copied().filter(|id| number(table, id.as_str()).is_ok() || !table.has_integer_ids());
    let (array, sql_type) = ids(table, possible)?;
    let statement = format!("DELETE FROM {} {}", table.name, table.among_ids());
    transaction.execute_typed(&statement, &[(array.as_ref(), sql_type)]).await?;
    Ok(())
}

/// Ids as their column holds them.
pub fn ids<'a>(table: &Table, ids: impl Iterator<Item = &'a FeatureId>) -> Result<Array<'a>, Fault> {
    if !table.has_integer_ids() {
        return Ok((Box::new(ids.map(FeatureId::as_str).collect::<Vec<_>>()), Type::TEXT_ARRAY));
    }
    let numbers: Result<Vec<i64>, Fault> = ids.map(|id| number(table, id.as_str())).collect();
    Ok((Box::new(numbers?), Type::INT8_ARRAY))
}

/// The integer that an id is. Not `007`, which would come back as `7`.
fn number(table: &Table, id: &str) -> Result<i64, Fault> {
    let number = id.parse::<i64>().ok().filter(|number| number.to_string() == id);
    number.ok_or_else(|| Fault::Refused {
        reason: format!("id `{id}` of layer `{}` is not an integer", table.layer.id),
        code: None,
    })
}

/// Empties the table and fills it anew, and remembers whether it is a demo's. The triggers stay silent and one line
/// of the journal tells all: other nodes load the layer again. Readers of this table wait until the commit ends.
async fn replace(transaction: &Transaction<'_>, table: &Table, rows: &Rows) -> Result<(), Fault> {
    let drop_index = table.index.as_ref().map(|index| format!("DROP INDEX IF EXISTS {index};")).unwrap_or_default();
    let head = format!("SET LOCAL citylayers.replacing = 'on'; TRUNCATE {}; {drop_index}", table.name);
    transaction.batch_execute(&head).await?;
    copy(transaction, table, rows).await?;
    // Filling an index row by row takes several times as long as building it at the end.
    let index_name = format!("{}_geom_gist", table.layer.id);
    let create_index = match table.index {
        Some(_) => format!("CREATE INDEX \"{index_name}\" ON {} USING gist ({});", table.name, table.geometry),
        None => String::new(),
    };
    let layer = literal(table.layer.id.as_str());
    let mark = if rows.is_demo() { format!("INSERT INTO citylayers.demo VALUES ({layer})") } else { String::new() };
    let tail = format!(
        "{create_index} SET LOCAL citylayers.replacing = 'off'; \
         INSERT INTO citylayers.journal (layer, op) VALUES ({layer}, 'replace'); \
         DELETE FROM citylayers.demo WHERE layer = {layer}; {mark}"
    );
    Ok(transaction.batch_execute(&tail).await?)
}

async fn copy(transaction: &Transaction<'_>, table: &Table, rows: &Rows) -> Result<(), Fault> {
    copy_rows(transaction, &table.name, &table.columns(), rows.len(), |message, row| {
        copy_row(message, table, rows, row)
    })
    .await
}

/// Brings rows into a table by `COPY`: `write` puts one of them behind the message.
pub async fn copy_rows(
    transaction: &Transaction<'_>,
    table: &str,
    columns: &str,
    count: usize,
    write: impl Fn(&mut BytesMut, usize) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let sink = transaction.copy_in::<_, Bytes>(&format!("COPY {table} ({columns}) FROM STDIN (FORMAT binary)")).await?;
    let mut sink = std::pin::pin!(sink);
    let mut message = BytesMut::with_capacity(MESSAGE + MESSAGE / 4);
    message.put_slice(COPY_HEAD);
    for row in 0..count {
        write(&mut message, row)?;
        if message.len() > MESSAGE {
            sink.send(message.split().freeze()).await?;
            message.reserve(MESSAGE + MESSAGE / 4);
        }
    }
    message.put_i16(-1);
    sink.send(message.freeze()).await?;
    sink.finish().await?;
    Ok(())
}

fn copy_row(message: &mut BytesMut, table: &Table, rows: &Rows, row: usize) -> Result<(), Fault> {
    let fields = &table.layer.fields;
    message.put_i16(i16::try_from(fields.len() + 2).expect("PostgreSQL holds at most 1,600 columns"));
    put_field(message, Some(&ewkb::write(&rows.arena().geometry(row)).as_slice()), &Type::BYTEA);
    if table.has_integer_ids() {
        put_field(message, Some(&number(table, rows.id(row))?), &Type::INT8);
    } else {
        put_field(message, Some(&rows.id(row)), &Type::TEXT);
    }
    for (field, value) in fields.iter().zip(rows.values(row)) {
        put_value(message, value, &column_type(field.field_type));
    }
    Ok(())
}

/// A value as the field of a row of a binary `COPY`.
pub fn put_value(message: &mut BytesMut, value: Option<ValueRef<'_>>, sql_type: &Type) {
    match value {
        Some(ValueRef::Text(text)) => put_field(message, Some(&text), sql_type),
        Some(ValueRef::Integer(number)) => put_field(message, Some(&number), sql_type),
        Some(ValueRef::Real(number)) => put_field(message, Some(&number), sql_type),
        Some(ValueRef::Boolean(flag)) => put_field(message, Some(&flag), sql_type),
        Some(ValueRef::Date(day)) => put_field(message, Some(&day), sql_type),
        Some(ValueRef::DateTime(moment)) => put_field(message, Some(&moment), sql_type),
        None => put_field::<i64>(message, None, sql_type),
    }
}

fn put_field<T: ToSql>(message: &mut BytesMut, value: Option<&T>, sql_type: &Type) {
    let start = message.len();
    message.put_i32(-1);
    let Some(value) = value else { return };
    let written = value.to_sql(sql_type, message).expect("the model's values are within PostgreSQL's types");
    debug_assert!(matches!(written, IsNull::No));
    let length = i32::try_from(message.len() - start - 4).expect("the model's values are under 2 GiB");
    message[start..start + 4].copy_from_slice(&length.to_be_bytes());
}
