//! What only the PostGIS store promises: that it starts beside others and on tables of others, hears what they do,
//! and lives through lost connections. The promises that both stores make are in `tests/store_contract`.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

#[path = "../support/mod.rs"]
mod support;

mod deeds;
mod indicators;
mod journal;
mod lost;
mod mirror;
mod races;
mod readings;
mod start;
mod tables;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use citylayers::geo::{Geometry, GeometryKind};
use citylayers::model::{Change, Feature, FeatureId, FieldType, Indications, Layer, LayerId, Revision, Rows, Value};
use citylayers::store::postgis::PostGis;
use citylayers::store::{Foreign, Store};

use support::database::Database;
use support::layers::layer;

/// Longer than a node waits before it looks by itself, so that a lost bell shows as slowness and not as failure only
/// where a test says so.
const LONG: Duration = Duration::from_mins(1);

/// A layer of points with one text and one number.
fn lamps() -> Arc<Layer> {
    layer("lamps", GeometryKind::Point, FieldType::Text, &[("name", FieldType::Text), ("watt", FieldType::Integer)])
}

fn lamp(id: &str, name: &str, watt: i64) -> Feature {
    Feature {
        layer: LayerId::new("lamps").unwrap(),
        id: FeatureId::new(id).unwrap(),
        geometry: Geometry::Point(geo_types::Point::new(105.5, 18.25)),
        properties: vec![Some(Value::Text(name.to_owned())), Some(Value::Integer(watt))],
    }
}

fn put(id: &str, watt: i64) -> Change {
    Change::Put(lamp(id, "đèn", watt))
}

/// What somebody else writes to do the same as [`put`].
fn insert(id: &str, watt: i64) -> String {
    format!("INSERT INTO lamps (geom, code, name, watt) VALUES ('SRID=4326;POINT(105.5 18.25)', '{id}', 'đèn', {watt})")
}

fn removal(id: &str) -> Change {
    Change::Remove { layer: LayerId::new("lamps").unwrap(), id: FeatureId::new(id).unwrap() }
}

/// A node that serves the lamps.
async fn node(database: &Database) -> PostGis {
    let store = PostGis::open(&database.url).await.expect("the database opens");
    store.prepare(&[lamps()]).await.expect("the table is made");
    store
}

async fn load(store: &PostGis) -> Rows {
    store.load(&lamps(), &|_| ()).await.expect("the layer loads").0
}

fn ids(rows: &Rows) -> Vec<&str> {
    (0..rows.len()).map(|row| rows.id(row)).collect()
}

/// The next thing that a node hears, in short: `+id=watt` for a put, `-id` for a removal, `reload layer`; and the
/// revision of the changes.
async fn heard(store: &PostGis) -> (Vec<String>, Option<Revision>) {
    let foreign = tokio::time::timeout(LONG, listen(store)).await.expect("something is heard");
    let mut words = Vec::new();
    let mut last = None;
    for one in foreign {
        match one {
            Foreign::Reload(layer) => words.push(format!("reload {layer}")),
            Foreign::Indicated(all, _) => {
                let values = all.iter().flat_map(Indications::list);
                words.extend(values.map(|one| format!("{} {} {}={}", one.indicator, one.unit, one.period, one.value)));
            }
            Foreign::Changed(changes, revision) => {
                last = Some(revision);
                words.extend(changes.iter().map(word));
            }
        }
    }
    words.sort();
    (words, last)
}

/// Waits for the next thing that a node hears. What cannot be read is read again, as a city does.
async fn listen(store: &PostGis) -> Vec<Foreign> {
    loop {
        if let Ok(foreign) = store.foreign().await
            && !foreign.is_empty()
        {
            return foreign;
        }
        store.wait().await.expect("the store is open");
    }
}

fn word(change: &Change) -> String {
    match change {
        Change::Put(feature) => match &feature.properties[1] {
            Some(Value::Integer(watt)) => format!("+{}={watt}", feature.id),
            other => format!("+{}={other:?}", feature.id),
        },
        Change::Remove { id, .. } => format!("-{id}"),
        Change::Move(_) => "a move, which no node tells".to_owned(),
        Change::Replace(_) => "a replacement, which no node tells".to_owned(),
        Change::Observe(observations) => format!("{} readings", observations.list().len()),
        Change::Document(document) => format!("{:?} {}", document.kind, document.key),
        Change::Timetable(_) => "a timetable, which no node tells".to_owned(),
        Change::Indicate(indications) => format!("{} values", indications.list().len()),
    }
}
