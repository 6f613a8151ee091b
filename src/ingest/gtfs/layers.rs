//! Rows of a feed through the door of a layer, and what only the timetable knows of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::FeedError;
use super::ledger::Ledger;
use crate::geo::Geometry;
use crate::geo::measure::length;
use crate::ingest::report::Refusal;
use crate::ingest::source::{Format, Record, Source};
use crate::ingest::{Existing, ImportOptions, import};
use crate::model::timetable::{DAY, Timetable};
use crate::model::{FieldType, Layer, Rows, Value};

/// Judges the features of a file as those of any file are judged.
pub fn through_the_door(
    ledger: &Ledger<'_>,
    file: &str,
    layer: &Arc<Layer>,
    records: Vec<Result<Record, Refusal>>,
) -> Result<Rows, FeedError> {
    let options = ImportOptions {
        refuse_share: ledger.options.refuse_share,
        ..ImportOptions::new(&format!("{}: {file}", ledger.options.file))
    };
    let source = Source {
        format: Format::Gtfs,
        crs: Some("EPSG:4326".to_owned()),
        encoding: "utf-8".to_owned(),
        len: None,
        records: Box::new(records.into_iter()),
    };
    match import(source, layer, &options, &Existing::nothing(), &|_| ()) {
        Ok((rows, report)) => {
            ledger.take_over(file, &report);
            Ok(rows)
        }
        Err(error) => {
            if let Some(report) = error.report() {
                ledger.take_over(file, report);
            }
            Err(FeedError::Layer { error, report: ledger.so_far() })
        }
    }
}

/// Stops with the routes that call there.
pub fn with_routes(rows: &Rows, timetable: &Timetable) -> Rows {
    let mut routes: Vec<BTreeSet<u32>> = vec![BTreeSet::new(); timetable.stops.len()];
    for trip in &timetable.trips {
        for call in timetable.calls_of(trip) {
            routes[call.stop as usize].insert(trip.route);
            routes[timetable.stops[call.stop as usize].parent.unwrap_or(call.stop) as usize].insert(trip.route);
        }
    }
    let name = |route: &u32| timetable.routes[*route as usize].name.clone();
    filled(rows, |id| {
        let here = timetable.stop(id).map(|stop| &routes[stop as usize]).into_iter().flatten();
        let mut names: Vec<String> = here.filter_map(name).collect();
        names.sort_by_key(|name| (leading(name), name.clone()));
        names.dedup();
        let names = names.join(", ");
        if names.is_empty() { Vec::new() } else { vec![("routes", Value::Text(names))] }
    })
}

/// The number that a name begins with: 2 comes before 10, and what has none last.
fn leading(name: &str) -> u64 {
    let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(u64::MAX)
}

/// Routes with first and last departure, headway, length and fare.
pub fn with_service(rows: &Rows, timetable: &Timetable) -> Rows {
    let summaries = timetable.summaries();
    let mut row = 0;
    filled(rows, |id| {
        let geometry = rows.arena().geometry(row);
        row += 1;
        let mut values = Vec::new();
        if let Geometry::Lines(lines) = &geometry {
            let longest = lines.iter().map(length).fold(0.0, f64::max);
            values.push(("length_km", Value::Real((longest / 100.0).round() / 10.0)));
        }
        let Some(route) = timetable.route(id) else { return values };
        if let Some(summary) = summaries[route as usize] {
            values.push(("first_departure", Value::Text(clock(summary.first))));
            values.push(("last_departure", Value::Text(clock(summary.last))));
            let minutes = summary.headway.map(|seconds| i64::from((seconds + 30) / 60).max(1));
            values.extend(minutes.map(|minutes| ("headway_min", Value::Integer(minutes))));
        }
        if let Some((fare, _)) = timetable.fares_of(route).first() {
            values.push(("fare", Value::Real(fare.price)));
            values.push(("currency", Value::Text(fare.currency.clone())));
        }
        values
    })
}

/// The time on the clock of seconds of a service day: `05:30`, `01:10 (+1)` on the day after.
pub fn clock(seconds: u32) -> String {
    let (hours, minutes) = (seconds % DAY / 3_600, seconds % 3_600 / 60);
    match seconds / DAY {
        0 => format!("{hours:02}:{minutes:02}"),
        days => format!("{hours:02}:{minutes:02} (+{days})"),
    }
}

/// The same rows with values in fields that have none. What a layer has no field for is left out.
fn filled(rows: &Rows, mut values: impl FnMut(&str) -> Vec<(&'static str, Value)>) -> Rows {
    let layer = rows.layer();
    let mut filled = Rows::new(Arc::clone(layer));
    for row in 0..rows.len() {
        let mut feature = rows.feature(row);
        for (name, value) in values(feature.id.as_str()) {
            let Some(place) = layer.field_index(name) else { continue };
            let slot = &mut feature.properties[place];
            if slot.is_none() && fits(layer.fields[place].field_type, &value) {
                *slot = Some(value);
            }
        }
        filled.push_feature(&feature);
    }
    filled.finish();
    filled
}

fn fits(field_type: FieldType, value: &Value) -> bool {
    matches!(
        (field_type, value),
        (FieldType::Text, Value::Text(_)) | (FieldType::Integer, Value::Integer(_)) | (FieldType::Real, Value::Real(_))
    )
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn the_clock_goes_on_after_midnight() {
        for (seconds, expected) in [(0, "00:00"), (19_830, "05:30"), (86_399, "23:59"), (90_600, "01:10 (+1)")] {
            assert_eq!(clock(seconds), expected);
        }
    }
}
