//! Changes into tables, inside one transaction.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, Statement, TransactionBehavior, params};

use super::table::{Table, has_integer_ids};
use super::{blob, documents, indicated, read, text, timetable};
use crate::geo::{BBox, Geometry};
use crate::model::{Change, Feature, FeatureId, LayerId, Observations, Relocation, Revision, Rows, ValueRef};

/// The tables that were prepared.
pub type Tables = HashMap<LayerId, Table>;

/// Why nothing was kept.
pub enum Unkept {
    /// A layer without a table.
    UnknownLayer(LayerId),
    /// What cannot be kept, and why.
    Refused(String),
    /// A document of a kind and key that does not follow the one that is there.
    Overtaken(&'static str, String),
    /// SQLite could not do it.
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Unkept {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}

/// What became of a layer's extent.
#[derive(Default)]
struct Touch {
    /// Around what was put.
    bbox: Option<BBox>,
    /// Nothing is left of what was there before.
    replaced: bool,
    /// Something was put over or taken away: the true extent may be smaller.
    loose: bool,
}

/// What a commit left behind.
pub struct Kept {
    pub revision: Revision,
    /// Layers whose extent may be smaller than `gpkg_contents` says.
    pub loose: Vec<LayerId>,
}

/// Keeps all of `changes`, or none. On the disk when it returns.
pub fn commit(connection: &mut Connection, tables: &Tables, changes: &[Change]) -> Result<Kept, Unkept> {
    if let Some(stranger) = changes.iter().map(Change::layer).find(|layer| !tables.contains_key(*layer)) {
        return Err(Unkept::UnknownLayer(stranger.clone()));
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut touched: HashMap<&LayerId, Touch> = HashMap::new();
    for change in changes {
        let table = &tables[change.layer()];
        apply(&transaction, table, change, &mut touched)?;
    }
    for (layer, touch) in &touched {
        write_extent(&transaction, &tables[*layer], touch)?;
    }
    let revision = next_revision(&transaction)?;
    transaction.commit()?;
    let loose = touched.into_iter().filter(|(_, touch)| touch.loose).map(|(layer, _)| layer.clone()).collect();
    Ok(Kept { revision, loose })
}

/// Takes the next revision.
pub fn next_revision(connection: &Connection) -> rusqlite::Result<Revision> {
    connection.execute("UPDATE citylayers_revision SET revision = revision + 1", [])?;
    read::revision(connection)
}

fn apply<'c>(
    connection: &Connection,
    table: &Table,
    change: &'c Change,
    touched: &mut HashMap<&'c LayerId, Touch>,
) -> Result<(), Unkept> {
    let layer = change.layer();
    match change {
        Change::Put(feature) => {
            let mut row = Rows::new(Arc::clone(&table.layer));
            row.push_feature(feature);
            put(connection, table, &row, touched.entry(layer).or_default())
        }
        Change::Move(relocation) => relocate(connection, table, relocation, touched.entry(layer).or_default()),
        Change::Remove { id, .. } => remove(connection, table, id, touched.entry(layer).or_default()),
        Change::Replace(rows) => replace(connection, table, rows, touched.entry(layer).or_default()),
        Change::Observe(observations) => observe(connection, table, observations),
        Change::Document(document) if documents::keep(connection, document)? => Ok(()),
        Change::Document(document) => Err(Unkept::Overtaken(document.kind.as_str(), document.key.clone())),
        Change::Timetable(timetable) => Ok(timetable::replace(connection, timetable)?),
        Change::Indicate(indications) => Ok(indicated::keep(connection, indications)?),
    }
}

fn observe(connection: &Connection, table: &Table, observations: &Observations) -> Result<(), Unkept> {
    match &table.readings {
        Some(readings) => Ok(readings.keep(connection, observations)?),
        None => Err(Unkept::Refused(format!("nothing is observed in `{}`", table.layer.id))),
    }
}

/// Not `INSERT ... ON CONFLICT`: that fails on tables with the R-tree triggers of GeoPackage 1.3 and before.
fn put(connection: &Connection, table: &Table, row: &Rows, touch: &mut Touch) -> Result<(), Unkept> {
    let mut scratch = Scratch::default();
    let mut update = connection.prepare_cached(&table.update)?;
    if scratch.keep(&mut update, table, row, 0)? > 0 {
        touch.loose = true;
    } else {
        let mut insert = connection.prepare_cached(&table.insert)?;
        scratch.keep(&mut insert, table, row, 0)?;
    }
    touch.bbox = around(touch.bbox, row);
    Ok(())
}

/// What is not there any more stays away.
fn relocate(connection: &Connection, table: &Table, relocation: &Relocation, touch: &mut Touch) -> Result<(), Unkept> {
    let mut row = Rows::new(Arc::clone(&table.layer));
    row.push_feature(&Feature {
        layer: relocation.layer.clone(),
        id: relocation.id.clone(),
        geometry: Geometry::Point(geo_types::Point::from(relocation.to)),
        properties: vec![None; table.layer.fields.len()],
    });
    let mut scratch = Scratch::default();
    let mut statement = connection.prepare_cached(&table.relocate)?;
    scratch.bind_place(&mut statement, table, &row, 0)?;
    if statement.raw_execute()? > 0 {
        touch.loose = true;
        touch.bbox = around(touch.bbox, &row);
    }
    Ok(())
}

fn remove(connection: &Connection, table: &Table, id: &FeatureId, touch: &mut Touch) -> Result<(), Unkept> {
    let mut delete = connection.prepare_cached(&table.delete)?;
    let removed = match number(id.as_str()) {
        Some(number) if has_integer_ids(&table.layer) => delete.execute([number])?,
        _ if has_integer_ids(&table.layer) => 0, // no such feature can be there
        _ => delete.execute([id.as_str()])?,
    };
    touch.loose |= removed > 0;
    Ok(())
}

fn replace(connection: &Connection, table: &Table, rows: &Rows, touch: &mut Touch) -> Result<(), Unkept> {
    connection.execute(&table.clear(), [])?;
    let mut scratch = Scratch::default();
    let mut insert = connection.prepare_cached(&table.insert)?;
    for row in 0..rows.len() {
        scratch.keep(&mut insert, table, rows, row)?;
    }
    *touch = Touch { bbox: around(None, rows), replaced: true, loose: false };
    mark_demo(connection, &table.layer.id, rows.is_demo())?;
    Ok(())
}

fn mark_demo(connection: &Connection, layer: &LayerId, demo: bool) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM citylayers_demo WHERE layer = ?1", [layer.as_str()])?;
    if demo {
        connection.execute("INSERT INTO citylayers_demo VALUES (?1)", [layer.as_str()])?;
    }
    Ok(())
}

fn around(bbox: Option<BBox>, rows: &Rows) -> Option<BBox> {
    let found = BBox::around(rows.arena().lon_lat().iter().copied());
    bbox.into_iter().chain(found).reduce(BBox::union)
}

/// What is written over from row to row instead of being allocated for each.
#[derive(Default)]
pub struct Scratch {
    blob: Vec<u8>,
    text: String,
}

impl Scratch {
    /// Runs a statement with the parameters of [`Table::insert`]; says how many rows it changed.
    fn keep(&mut self, statement: &mut Statement<'_>, table: &Table, rows: &Rows, row: usize) -> Result<usize, Unkept> {
        self.bind_place(statement, table, rows, row)?;
        for (place, value) in (3..).zip(rows.values(row)) {
            self.bind(statement, place, value)?;
        }
        Ok(statement.raw_execute()?)
    }

    /// Binds geometry and id.
    fn bind_place(
        &mut self,
        statement: &mut Statement<'_>,
        table: &Table,
        rows: &Rows,
        row: usize,
    ) -> Result<(), Unkept> {
        blob::encode(rows.arena(), row, &mut self.blob);
        statement.raw_bind_parameter(1, self.blob.as_slice())?;
        let id = rows.id(row);
        if !has_integer_ids(&table.layer) {
            statement.raw_bind_parameter(2, id)?;
        } else if let Some(number) = number(id) {
            statement.raw_bind_parameter(2, number)?;
        } else {
            let (layer, name) = (&table.layer.id, &table.layer.id_field.name);
            return Err(Unkept::Refused(format!(
                "`{id}` cannot name a feature of `{layer}`: its `{name}` is a whole number"
            )));
        }
        Ok(())
    }

    /// Binds one value.
    pub fn bind(
        &mut self,
        statement: &mut Statement<'_>,
        place: usize,
        value: Option<ValueRef<'_>>,
    ) -> rusqlite::Result<()> {
        match value {
            None => statement.raw_bind_parameter(place, rusqlite::types::Null),
            Some(ValueRef::Text(text)) => statement.raw_bind_parameter(place, text),
            Some(ValueRef::Integer(number)) => statement.raw_bind_parameter(place, number),
            Some(ValueRef::Real(number)) => statement.raw_bind_parameter(place, number),
            Some(ValueRef::Boolean(flag)) => statement.raw_bind_parameter(place, flag),
            Some(ValueRef::Date(day)) => {
                text::write_date(&mut self.text, day);
                statement.raw_bind_parameter(place, self.text.as_str())
            }
            Some(ValueRef::DateTime(moment)) => {
                text::write_moment(&mut self.text, moment);
                statement.raw_bind_parameter(place, self.text.as_str())
            }
        }
    }
}

/// The number that is written exactly so: `007` and `+7` would come back as another text.
fn number(id: &str) -> Option<i64> {
    id.parse().ok().filter(|number: &i64| number.to_string() == id)
}

fn write_extent(connection: &Connection, table: &Table, touch: &Touch) -> rusqlite::Result<()> {
    let (bbox, name) = (touch.bbox.map(BBox::to_array), &table.name);
    let sql = if touch.replaced {
        "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
             min_x = ?2, min_y = ?3, max_x = ?4, max_y = ?5 WHERE table_name = ?1 COLLATE NOCASE"
    } else {
        "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
             min_x = coalesce(min(min_x, ?2), min_x, ?2), min_y = coalesce(min(min_y, ?3), min_y, ?3),
             max_x = coalesce(max(max_x, ?4), max_x, ?4), max_y = coalesce(max(max_y, ?5), max_y, ?5)
         WHERE table_name = ?1 COLLATE NOCASE"
    };
    let bound = |place: usize| bbox.map(|bbox| bbox[place]);
    connection.prepare_cached(sql)?.execute(params![name, bound(0), bound(1), bound(2), bound(3)])?;
    Ok(())
}

/// Makes the extent of a layer in `gpkg_contents` as small as its features allow.
pub fn tighten(connection: &Connection, table: &Table) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&table.geometries())?;
    let mut found = statement.query([])?;
    let mut bbox: Option<BBox> = None;
    while let Some(row) = found.next()? {
        let held = row.get_ref(0)?.as_blob().ok().and_then(blob::bbox);
        bbox = bbox.into_iter().chain(held).reduce(BBox::union);
    }
    let bound = |place: usize| bbox.map(|bbox| bbox.to_array()[place]);
    connection.execute(
        "UPDATE gpkg_contents SET min_x = ?2, min_y = ?3, max_x = ?4, max_y = ?5 WHERE table_name = ?1 COLLATE NOCASE",
        params![table.name, bound(0), bound(1), bound(2), bound(3)],
    )?;
    Ok(())
}
