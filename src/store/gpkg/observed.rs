//! Readings: one table a layer beside that of its features, `{layer}_observations`, with a column for each observed property.
//!
//! It is clustered by feature and time, so that the history of one feature lies together, and it is registered as ours
//! (`citylayers`): GDAL and QGIS do not offer it as a layer, and any program that knows SQLite can read it.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags, Row, params};

use super::columns;
use super::table::quoted;
use super::text::{read_moment, write_moment};
use crate::model::{FeatureId, Layer, Observation, Observations};
use crate::store::{LOOKED_BACK, Span};

/// Features whose old readings are forgotten in one transaction: others wait for no longer.
const TOGETHER: usize = 1000;

/// After every moment that is kept.
const LAST: &str = "9999-12-31T23:59:59.999Z";

/// The SQL of a layer's readings.
pub struct Table {
    pub layer: Arc<Layer>,
    /// Quoted.
    name: String,
    /// `?1` feature, `?2` time, `?3` lon, `?4` lat, then the properties.
    insert: String,
}

impl Table {
    /// Makes the table exist, with a column for each property; nothing is ever dropped. `None` for a layer without readings.
    pub fn prepare(connection: &Connection, layer: &Arc<Layer>) -> rusqlite::Result<Option<Self>> {
        if !layer.is_observed() {
            return Ok(None);
        }
        let plain = format!("{}_observations", layer.id);
        let name = quoted(&plain);
        if !connection.table_exists(None, plain.as_str())? {
            connection.execute(
                &format!(
                    "CREATE TABLE {name} (feature TEXT NOT NULL, time DATETIME NOT NULL, lon REAL, lat REAL, \
                     PRIMARY KEY (feature, time)) WITHOUT ROWID"
                ),
                [],
            )?;
            connection.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?1, 'citylayers', ?1)",
                [&plain],
            )?;
            connection.execute(
                "INSERT INTO gpkg_extensions VALUES (?1, NULL, 'citylayers_store', 'readings of features', 'read-write')",
                [&plain],
            )?;
        }
        let found = columns::of(connection, &plain)?;
        for observed in &layer.observed {
            if !found.iter().any(|column| column.name.eq_ignore_ascii_case(&observed.name)) {
                connection.execute(&format!("ALTER TABLE {name} ADD COLUMN {} REAL", quoted(&observed.name)), [])?;
            }
        }
        Ok(Some(Self::new(Arc::clone(layer), name)))
    }

    fn new(layer: Arc<Layer>, name: String) -> Self {
        let kept: Vec<String> = kept(&layer);
        let numbers: Vec<String> = (1..=kept.len() + 2).map(|number| format!("?{number}")).collect();
        let set: Vec<String> =
            kept.iter().map(|column| format!("{column} = coalesce({column}, excluded.{column})")).collect();
        Self {
            insert: format!(
                "INSERT INTO {name} (feature, time, {}) VALUES ({}) ON CONFLICT (feature, time) DO UPDATE SET {}",
                kept.join(", "),
                numbers.join(", "),
                set.join(", ")
            ),
            layer,
            name,
        }
    }

    /// Keeps readings. What is there already stays.
    pub fn keep(&self, connection: &Connection, observations: &Observations) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(&self.insert)?;
        let mut time = String::new();
        // In the order of the table: neighbours lie on one page.
        let mut list: Vec<&Observation> = observations.list().iter().collect();
        list.sort_unstable_by(|one, other| (&one.feature, one.time).cmp(&(&other.feature, other.time)));
        for reading in list {
            write_moment(&mut time, reading.time);
            statement.raw_bind_parameter(1, reading.feature.as_str())?;
            statement.raw_bind_parameter(2, time.as_str())?;
            statement.raw_bind_parameter(3, reading.position.map(|[lon, _]| lon))?;
            statement.raw_bind_parameter(4, reading.position.map(|[_, lat]| lat))?;
            for (place, value) in (5..).zip(&reading.values) {
                statement.raw_bind_parameter(place, *value)?;
            }
            statement.raw_execute()?;
        }
        Ok(())
    }

    /// Forgets what some features measured before a moment: those behind `after`, at most [`TOGETHER`]. Answers the last of them, behind
    /// which to go on; `None` when there are no more. What is old of one lies together, and the rest of the table is not looked at.
    pub fn forget(
        &self,
        connection: &Connection,
        before: DateTime<Utc>,
        after: &str,
    ) -> rusqlite::Result<Option<String>> {
        let mut time = String::new();
        write_moment(&mut time, before);
        let sql =
            format!("{} SELECT feature FROM features WHERE feature IS NOT NULL LIMIT {TOGETHER}", self.features());
        let mut statement = connection.prepare(&sql)?;
        let features = statement.query_map([after], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
        let transaction = connection.unchecked_transaction()?;
        let mut delete =
            transaction.prepare_cached(&format!("DELETE FROM {} WHERE feature = ?1 AND time < ?2", self.name))?;
        for feature in &features {
            delete.execute([feature, &time])?;
        }
        drop(delete);
        transaction.commit()?;
        Ok(features.into_iter().next_back())
    }

    /// The features behind `?1` that were measured, from one to the next by the key: a look at each, not at each reading.
    fn features(&self) -> String {
        let table = &self.name;
        format!(
            "WITH RECURSIVE features (feature) AS (SELECT min(feature) FROM {table} WHERE feature > ?1 UNION ALL \
             SELECT (SELECT min(feature) FROM {table} AS later WHERE later.feature > features.feature) FROM features \
             WHERE feature IS NOT NULL)"
        )
    }

    /// The newest value of each property and the newest place of each feature, up to a moment, each as a reading of its own.
    pub fn newest(&self, connection: &Connection, until: Option<DateTime<Utc>>) -> rusqlite::Result<Vec<Observation>> {
        let mut list = Vec::new();
        let mut end = LAST.to_owned();
        until.iter().for_each(|moment| write_moment(&mut end, *moment));
        let places = std::iter::once("lon".to_owned());
        let columns = places.chain(self.layer.observed.iter().map(|one| quoted(&one.name))).enumerate();
        for (number, column) in columns.filter(|(number, _)| *number > 0 || self.layer.moving) {
            let sql = format!(
                "{features} SELECT newest.* FROM features JOIN (SELECT feature, time, {kept} FROM {table}) AS newest \
                 ON newest.feature = features.feature AND newest.time = (SELECT time FROM (SELECT time, {column} AS value \
                 FROM {table} AS own WHERE own.feature = features.feature AND time <= ?2 ORDER BY time DESC LIMIT {LOOKED_BACK}) \
                 WHERE value IS NOT NULL ORDER BY time DESC LIMIT 1)",
                features = self.features(),
                table = self.name,
                kept = kept(&self.layer).join(", "),
            );
            let mut statement = connection.prepare(&sql)?;
            let found = statement.query_map(["", &end], |row| reading(row, &self.layer))?;
            for found in found {
                let Some(mut found) = found? else { continue };
                found.position = found.position.filter(|_| number == 0);
                let keep = |place: usize| place + 1 == number;
                found.values.iter_mut().enumerate().for_each(|(place, value)| *value = value.filter(|_| keep(place)));
                list.push(found);
            }
        }
        Ok(list)
    }
}

/// The columns beside feature and time.
fn kept(layer: &Layer) -> Vec<String> {
    ["lon".to_owned(), "lat".to_owned()].into_iter().chain(layer.observed.iter().map(|one| quoted(&one.name))).collect()
}

/// A row of feature, time and [`kept`]; `None` where somebody else has written no moment.
fn reading(row: &Row<'_>, layer: &Layer) -> rusqlite::Result<Option<Observation>> {
    let (feature, time): (String, String) = (row.get(0)?, row.get(1)?);
    let place: [Option<f64>; 2] = [row.get(2)?, row.get(3)?];
    let values = (0..layer.observed.len()).map(|place| row.get(place + 4)).collect::<rusqlite::Result<_>>()?;
    let known = FeatureId::new(&feature).zip(read_moment(&time));
    Ok(known.map(|(feature, time)| Observation { feature, time, position: pair(place), values }))
}

fn pair([lon, lat]: [Option<f64>; 2]) -> Option<[f64; 2]> {
    Some([lon?, lat?])
}

/// A connection that only reads: writers do not wait for whoever reads a long history.
fn beside(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

/// What was newest at a moment, see [`Table::newest`].
pub fn newest_at(path: &Path, layer: &Arc<Layer>, at: DateTime<Utc>) -> rusqlite::Result<Vec<Observation>> {
    if !layer.is_observed() {
        return Ok(Vec::new());
    }
    let name = quoted(&format!("{}_observations", layer.id));
    Table::new(Arc::clone(layer), name).newest(&beside(path)?, Some(at))
}

/// The readings of one feature.
pub fn history(path: &Path, layer: &Layer, feature: &FeatureId, span: &Span) -> rusqlite::Result<Vec<Observation>> {
    let connection = beside(path)?;
    let order = if span.newest_first { "DESC" } else { "ASC" };
    let placed = if span.placed { "AND lon IS NOT NULL" } else { "" };
    let sql = format!(
        "SELECT feature, time, {} FROM {} WHERE feature = ?1 AND time >= ?2 AND time <= ?3 {placed} ORDER BY time {order} LIMIT ?4",
        kept(layer).join(", "),
        quoted(&format!("{}_observations", layer.id))
    );
    // What looks like a number would be compared as one: a DATETIME has numeric affinity (SQLite, "Datatypes", section 3.1).
    let (mut from, mut to) = (String::new(), LAST.to_owned());
    span.from.iter().for_each(|moment| write_moment(&mut from, *moment));
    span.to.iter().for_each(|moment| write_moment(&mut to, *moment));
    let limit = i64::try_from(span.limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare(&sql)?;
    let found = statement.query_map(params![feature.as_str(), from, to, limit], |row| reading(row, layer))?;
    found.filter_map(Result::transpose).collect()
}
