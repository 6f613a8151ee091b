//! Readings: one table a layer, `citylayers.{layer}_observations`, with a column for each observed property, in a partition a month.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Utc};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row, Transaction};

use super::core::LOCK_TABLES;
use super::fault::Fault;
use super::table::{literal, quoted};
use crate::model::{FeatureId, Layer, Observation};
use crate::store::{LOOKED_BACK, Span};

/// Readings in one statement.
const TOGETHER: usize = 10_000;

/// The table, with its schema, quoted.
pub fn name(layer: &Layer) -> String {
    format!("citylayers.{}", quoted(&format!("{}_observations", layer.id)))
}

/// Makes the table of a layer exist, with a column for each property; nothing is ever dropped. Where nothing is missing nothing is
/// locked. `xid` is the transaction that wrote a reading last.
pub async fn prepare(transaction: &Transaction<'_>, layer: &Layer) -> Result<(), Fault> {
    if !layer.is_observed() {
        return Ok(());
    }
    let name = name(layer);
    let query =
        "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped";
    let rows = transaction.query_typed(query, &[(&name, Type::TEXT)]).await?;
    let there: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let mut statements: Vec<String> = Vec::new();
    if there.is_empty() {
        statements.push(format!(
            "CREATE TABLE {name} (feature text NOT NULL, time timestamptz NOT NULL, lon double precision, lat double precision, \
             xid xid8 NOT NULL DEFAULT pg_current_xact_id(), PRIMARY KEY (feature, time)) PARTITION BY RANGE (time); \
             CREATE INDEX {} ON {name} USING brin (time)",
            quoted(&format!("{}_time", layer.id)),
        ));
    }
    for observed in layer.observed.iter().filter(|observed| !there.contains(&observed.name)) {
        statements.push(format!("ALTER TABLE {name} ADD COLUMN {} double precision", quoted(&observed.name)));
    }
    statements.extend(journaling(transaction, layer).await?);
    if statements.is_empty() { Ok(()) } else { Ok(transaction.batch_execute(&statements.join("; ")).await?) }
}

/// What is missing for other nodes to hear of readings: the trigger that tells of them, and the index that finds them.
async fn journaling(transaction: &Transaction<'_>, layer: &Layer) -> Result<Vec<String>, Fault> {
    let (name, index) = (name(layer), quoted(&format!("{}_xid", layer.id)));
    let query = "SELECT to_regclass('citylayers.' || $2) IS NULL, \
        NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass($1) AND tgname = 'citylayers_observe')";
    let row = transaction.query_typed_one(query, &[(&name, Type::TEXT), (&index, Type::TEXT)]).await?;
    let missing = [
        (row.get(0), format!("CREATE INDEX {index} ON {name} (xid)")),
        (
            row.get(1),
            format!(
                "CREATE TRIGGER citylayers_observe AFTER INSERT ON {name} FOR EACH STATEMENT \
                 EXECUTE FUNCTION citylayers.write_observed({})",
                literal(layer.id.as_str())
            ),
        ),
    ];
    Ok(missing.into_iter().filter(|(missing, _)| *missing).map(|(_, statement)| statement).collect())
}

/// Keeps readings. What is there already stays.
pub async fn keep(transaction: &Transaction<'_>, layer: &Layer, readings: &[&Observation]) -> Result<(), Fault> {
    if !layer.is_observed() {
        return Err(Fault::Refused { reason: format!("nothing is observed in `{}`", layer.id), code: None });
    }
    let mut months: Vec<NaiveDate> = readings.iter().filter_map(|reading| month(reading.time)).collect();
    months.sort_unstable();
    months.dedup();
    make_partitions(transaction, layer, &months).await?;
    for readings in readings.chunks(TOGETHER) {
        keep_some(transaction, layer, readings).await?;
    }
    Ok(())
}

/// Makes the partitions of this month and the next exist, for whoever inserts by himself.
pub async fn make_room(transaction: &Transaction<'_>, layer: &Layer, now: DateTime<Utc>) -> Result<(), Fault> {
    let this = month(now);
    let next = this.and_then(|month| month.checked_add_months(Months::new(1)));
    let months: Vec<NaiveDate> = this.into_iter().chain(next).collect();
    make_partitions(transaction, layer, &months).await
}

fn month(time: DateTime<Utc>) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(time.year(), time.month(), 1)
}

fn partition(layer: &Layer, month: NaiveDate) -> String {
    // A name has at most 63 bytes, and the longest id 48.
    format!("{}_{}", layer.id, month.format("%Y_%m"))
}

/// A partition is made beside the others and attached, which waits for no reader (PostgreSQL 15, ALTER TABLE, `ATTACH PARTITION`).
async fn make_partitions(transaction: &Transaction<'_>, layer: &Layer, months: &[NaiveDate]) -> Result<(), Fault> {
    if missing(transaction, layer, months).await?.is_empty() {
        return Ok(());
    }
    // Another node may be making them.
    transaction.query_typed(LOCK_TABLES, &[]).await?;
    for first in missing(transaction, layer, months).await? {
        let next = first.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX);
        let (whole, own) = (name(layer), format!("citylayers.{}", quoted(&partition(layer, first))));
        let statement = format!(
            "CREATE TABLE {own} (LIKE {whole} INCLUDING ALL); \
             ALTER TABLE {whole} ATTACH PARTITION {own} FOR VALUES FROM ('{first} 00:00+00') TO ('{next} 00:00+00')",
        );
        transaction.batch_execute(&statement).await?;
    }
    Ok(())
}

/// Those of some months that have no partition.
async fn missing(transaction: &Transaction<'_>, layer: &Layer, months: &[NaiveDate]) -> Result<Vec<NaiveDate>, Fault> {
    let names: Vec<String> = months.iter().map(|month| partition(layer, *month)).collect();
    let query = "SELECT place FROM unnest($1) WITH ORDINALITY AS wanted (name, place) \
                 WHERE to_regclass('citylayers.' || quote_ident(name)) IS NULL";
    let rows = transaction.query_typed(query, &[(&names, Type::TEXT_ARRAY)]).await?;
    let place = |row: &Row| usize::try_from(row.get::<_, i64>(0) - 1).ok();
    Ok(rows.iter().filter_map(|row| months.get(place(row)?).copied()).collect())
}

async fn keep_some(transaction: &Transaction<'_>, layer: &Layer, readings: &[&Observation]) -> Result<(), Fault> {
    let features: Vec<&str> = readings.iter().map(|reading| reading.feature.as_str()).collect();
    let times: Vec<DateTime<Utc>> = readings.iter().map(|reading| reading.time).collect();
    let of_place = |axis: usize| -> Vec<Option<f64>> {
        readings.iter().map(|reading| reading.position.map(|place| place[axis])).collect()
    };
    let of_property =
        |number: usize| -> Vec<Option<f64>> { readings.iter().map(|reading| reading.values[number]).collect() };
    let columns: Vec<Vec<Option<f64>>> =
        (0..2).map(of_place).chain((0..layer.observed.len()).map(of_property)).collect();
    let mut parameters: Vec<(&(dyn ToSql + Sync), Type)> =
        vec![(&features, Type::TEXT_ARRAY), (&times, Type::TIMESTAMPTZ_ARRAY)];
    parameters.extend(columns.iter().map(|column| (column as &(dyn ToSql + Sync), Type::FLOAT8_ARRAY)));
    let names = kept(layer);
    let numbers: Vec<String> = (1..=parameters.len()).map(|number| format!("${number}")).collect();
    let own = name(layer);
    let set: Vec<String> =
        names.iter().map(|column| format!("{column} = coalesce(here.{column}, excluded.{column})")).collect();
    let statement = format!(
        "INSERT INTO {own} AS here (feature, time, {}) SELECT * FROM unnest({}) \
         ON CONFLICT (feature, time) DO UPDATE SET {}, xid = excluded.xid",
        names.join(", "),
        numbers.join(", "),
        set.join(", ")
    );
    transaction.execute_typed(&statement, &parameters).await?;
    Ok(())
}

/// The columns beside feature and time.
fn kept(layer: &Layer) -> Vec<String> {
    let own = layer.observed.iter().map(|observed| quoted(&observed.name));
    ["lon".to_owned(), "lat".to_owned()].into_iter().chain(own).collect()
}

fn reading(row: &Row, layer: &Layer) -> Option<Observation> {
    let place: [Option<f64>; 2] = [row.get(2), row.get(3)];
    Some(Observation {
        feature: FeatureId::new(row.get(0))?,
        time: row.get(1),
        position: place[0].zip(place[1]).map(|(lon, lat)| [lon, lat]),
        values: (0..layer.observed.len()).map(|number| row.get(number + 4)).collect(),
    })
}

/// The readings of one feature.
pub async fn history(
    client: &Client,
    layer: &Layer,
    feature: &FeatureId,
    span: &Span,
) -> Result<Vec<Observation>, Fault> {
    let order = if span.newest_first { "DESC" } else { "ASC" };
    let placed = if span.placed { "AND lon IS NOT NULL" } else { "" };
    let query = format!(
        "SELECT feature, time, {} FROM {} WHERE feature = $1 AND ($2::timestamptz IS NULL OR time >= $2) \
         AND ($3::timestamptz IS NULL OR time <= $3) {placed} ORDER BY time {order} LIMIT $4",
        kept(layer).join(", "),
        name(layer)
    );
    let limit = i64::try_from(span.limit).unwrap_or(i64::MAX);
    let rows = client
        .query_typed(
            &query,
            &[
                (&feature.as_str(), Type::TEXT),
                (&span.from, Type::TIMESTAMPTZ),
                (&span.to, Type::TIMESTAMPTZ),
                (&limit, Type::INT8),
            ],
        )
        .await?;
    Ok(rows.iter().filter_map(|row| reading(row, layer)).collect())
}

/// The readings that some commits brought, by time: `commits` is a query of their numbers. `None` where they are more than `limit`.
pub async fn brought(
    transaction: &Transaction<'_>,
    layer: &Layer,
    commits: &str,
    parameters: &[(&(dyn ToSql + Sync), Type)],
    limit: usize,
) -> Result<Option<Vec<Observation>>, Fault> {
    let query = format!(
        "SELECT feature, time, {} FROM {} WHERE xid = ANY (ARRAY({commits})) LIMIT {}",
        kept(layer).join(", "),
        name(layer),
        limit + 1
    );
    let rows = transaction.query_typed(&query, parameters).await?;
    if rows.len() > limit {
        return Ok(None);
    }
    Ok(Some(rows.iter().filter_map(|row| reading(row, layer)).collect()))
}

/// The newest value of each property and the newest place of each feature, up to a moment, each as a reading of its own.
pub async fn newest(client: &Client, layer: &Layer, until: Option<DateTime<Utc>>) -> Result<Vec<Observation>, Fault> {
    let mut list = Vec::new();
    let places = std::iter::once("lon".to_owned());
    let wanted = |number: &usize| *number > 0 || layer.moving;
    for (number, column) in places
        .chain(layer.observed.iter().map(|one| quoted(&one.name)))
        .enumerate()
        .filter(|(number, _)| wanted(number))
    {
        // From one feature to the next by the key, and back a little from its last reading: not a look at each reading.
        let query = format!(
            "WITH RECURSIVE features (feature) AS (SELECT min(feature) FROM {table} UNION ALL \
             SELECT (SELECT min(feature) FROM {table} AS later WHERE later.feature > features.feature) FROM features \
             WHERE feature IS NOT NULL) \
             SELECT newest.* FROM features CROSS JOIN LATERAL (SELECT * FROM (SELECT feature, time, {kept} FROM {table} AS own \
             WHERE own.feature = features.feature AND ($1::timestamptz IS NULL OR time <= $1) ORDER BY time DESC LIMIT {LOOKED_BACK}) AS last \
             WHERE last.{column} IS NOT NULL ORDER BY time DESC LIMIT 1) AS newest",
            table = name(layer),
            kept = kept(layer).join(", "),
        );
        for row in client.query_typed(&query, &[(&until, Type::TIMESTAMPTZ)]).await? {
            let Some(mut found) = reading(&row, layer) else { continue };
            found.position = found.position.filter(|_| number == 0);
            let keep = |place: usize| place + 1 == number;
            found.values.iter_mut().enumerate().for_each(|(place, value)| *value = value.filter(|_| keep(place)));
            list.push(found);
        }
    }
    Ok(list)
}

/// How long others may wait behind us while we wait for those who read a month that is to go.
const IN_THE_WAY: &str = "200ms";

/// Forgets what was measured before a moment: whole months at once, the rest row by row. A month that somebody reads is left for the next
/// time: whoever waits for the lock that drops it keeps all readings of the layer waiting, old and new.
pub async fn forget(client: &Client, layer: &Layer, before: DateTime<Utc>) -> Result<(), Fault> {
    let query = "SELECT child.relname::text FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid \
                 WHERE inhparent = to_regclass($1) ORDER BY 1";
    let this = month(before).unwrap_or(NaiveDate::MIN);
    let gone = partition(layer, this);
    let mut are_read = false;
    for row in client.query_typed(query, &[(&name(layer), Type::TEXT)]).await? {
        let child: String = row.get(0);
        // Whoever else attached a partition gave it another name.
        if child.len() == gone.len() && child < gone && child.starts_with(&format!("{}_", layer.id)) {
            // Both statements are one transaction (PostgreSQL 15, section 55.2.2.1).
            let own = quoted(&child);
            let statement = format!("SET LOCAL lock_timeout = '{IN_THE_WAY}'; DROP TABLE IF EXISTS citylayers.{own}");
            match client.batch_execute(&statement).await.map_err(Fault::from) {
                Err(fault) if fault.is_locked_out() => {
                    are_read = true;
                    tracing::info!(partition = child, "old readings are being read by somebody; they go the next time");
                }
                dropped => dropped?,
            }
        }
    }
    // What is dropped as a whole the next time is not taken out row by row now.
    let from = are_read.then(|| this.and_time(NaiveTime::MIN).and_utc());
    let statement = format!("DELETE FROM {} WHERE time < $1 AND ($2::timestamptz IS NULL OR time >= $2)", name(layer));
    client.execute_typed(&statement, &[(&before, Type::TIMESTAMPTZ), (&from, Type::TIMESTAMPTZ)]).await?;
    Ok(())
}
