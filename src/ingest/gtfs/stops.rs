//! `stops.txt`.

use std::collections::HashMap;
use std::sync::Arc;

use super::FeedError;
use super::layers::through_the_door;
use super::ledger::Ledger;
use super::table::Row;
use crate::ingest::report::Fault;
use crate::ingest::source::{Raw, RawGeometry, Record};
use crate::model::timetable::TimetableBuilder;
use crate::model::{Layer, Rows};

/// The stops that were taken.
pub struct Stops {
    pub rows: Rows,
    /// Row numbers by id.
    numbers: HashMap<String, u32>,
    parents: HashMap<String, String>,
}

const NAMES: [&str; 5] = ["stop_id", "stop_lat", "stop_lon", "location_type", "parent_station"];

pub fn read(ledger: &Ledger<'_>, layer: &Arc<Layer>) -> Result<Stops, FeedError> {
    let mut records = Vec::new();
    let mut parents = HashMap::new();
    let mut nowhere = 0;
    ledger.rows("stops.txt", &NAMES, |row| {
        let id = row.need(0)?.into_owned();
        let place = [degrees(row, 2)?, degrees(row, 1)?];
        let kind = row.text(3).unwrap_or("0".into());
        // Nodes and boarding areas lie where their station does (stops.txt, "stop_lat").
        if matches!(kind.as_ref(), "3" | "4") && place.contains(&None) {
            nowhere += 1;
            return Ok(());
        }
        if let Some(parent) = row.text(4) {
            parents.entry(id).or_insert_with(|| parent.into_owned());
        }
        let geometry = place[0].zip(place[1]).map(|(lon, lat)| RawGeometry::Point([lon, lat]));
        let fields = row.all().filter(|(name, _)| !["stop_lat", "stop_lon", "location_type"].contains(name));
        let mut fields: Vec<(Arc<str>, Raw)> = fields.map(|(name, value)| (name.into(), Raw::Text(value))).collect();
        fields.push(("location_type".into(), Raw::Text(kind.into_owned())));
        records.push(Ok(Record { row: row.number, id: None, geometry, had_z: false, fields }));
        Ok(())
    })?;
    if nowhere > 0 {
        ledger.note(format!(
            "stops.txt: {nowhere} nodes and boarding areas without a place of their own were left aside"
        ));
    }
    let rows = through_the_door(ledger, "stops.txt", layer, records)?;
    let numbers = (0..).zip(0..rows.len()).map(|(number, row)| (rows.id(row).to_owned(), number)).collect();
    Ok(Stops { rows, numbers, parents })
}

fn degrees(row: &Row<'_>, place: usize) -> Result<Option<f64>, Fault> {
    row.read(place, "number of degrees", |text| text.parse::<f64>().ok().filter(|degrees| degrees.is_finite()))
}

impl Stops {
    pub fn number(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    pub fn id(&self, number: u32) -> &str {
        self.rows.id(number as usize)
    }

    /// `[lon, lat]`.
    pub fn place(&self, number: u32) -> [f64; 2] {
        let bbox = self.rows.arena().geometry(number as usize).bbox();
        [bbox.west, bbox.south]
    }

    pub fn put(&self, builder: &mut TimetableBuilder) {
        for row in 0..self.rows.len() {
            let id = self.rows.id(row);
            builder.stop(id, self.parents.get(id).map(String::as_str));
        }
    }
}
