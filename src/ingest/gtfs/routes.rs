//! `routes.txt`.

use std::collections::HashMap;
use std::sync::Arc;

use super::FeedError;
use super::agencies::Agencies;
use super::layers::through_the_door;
use super::ledger::Ledger;
use super::trips::Trips;
use crate::ingest::report::{Fault, Reason};
use crate::ingest::source::{Raw, RawGeometry, Record};
use crate::model::timetable::TimetableBuilder;
use crate::model::{Layer, Rows};

/// The routes that are listed.
pub struct Routes {
    list: Vec<Listed>,
    numbers: HashMap<String, u32>,
}

struct Listed {
    row: u64,
    id: String,
    agency: Option<String>,
    name: Option<String>,
    fields: Vec<(Arc<str>, Raw)>,
}

const NAMES: [&str; 7] =
    ["route_id", "agency_id", "route_short_name", "route_long_name", "route_type", "route_color", "route_text_color"];

pub fn read(ledger: &Ledger<'_>, agencies: &Agencies) -> Result<Routes, FeedError> {
    let mut routes = Routes { list: Vec::new(), numbers: HashMap::new() };
    ledger.rows("routes.txt", &NAMES, |row| {
        let id = row.need(0)?.into_owned();
        let agency = agencies.meant(row.text(1).as_deref());
        if agency.is_none() {
            return Err(if row.text(1).is_some() { row.unknown(1, "agency.txt") } else { missing_agency() });
        }
        let kind =
            row.need_read(4, "type of route: 0 to 7, 11, 12, or 100 to 1799", |text| basic(text.parse().ok()?))?;
        let color = |place: usize| row.read(place, "colour of six hexadecimal digits", color);
        let (color, text_color) = (color(5)?, color(6)?);
        if routes.numbers.contains_key(&id) {
            return Err(row.again(0));
        }
        let number = u32::try_from(routes.list.len()).unwrap_or(u32::MAX);
        routes.numbers.insert(id.clone(), number);
        let own = ["agency_id", "route_type", "route_color", "route_text_color"];
        let fields = row.all().filter(|(name, _)| !own.contains(name));
        let mut fields: Vec<(Arc<str>, Raw)> = fields.map(|(name, value)| (name.into(), Raw::Text(value))).collect();
        let mut more = |name: &str, value: Option<String>| {
            fields.extend(value.map(|value| (Arc::from(name), Raw::Text(value))));
        };
        more("operator", agency.map(|agency| agency.name.clone()));
        more("route_type", Some(kind.to_owned()));
        more("route_color", color);
        more("text_color", text_color);
        let name = row.owned(2).or_else(|| row.owned(3));
        routes.list.push(Listed { row: row.number, id, agency: agency.map(|agency| agency.id.clone()), name, fields });
        Ok(())
    })?;
    Ok(routes)
}

fn missing_agency() -> Fault {
    Fault::new(Reason::MissingField, "it has no value, and the feed has several agencies").of("agency_id")
}

/// What is written of a type whose kind none of the basic ones is: taxis, aircraft.
const OTHER: &str = "";

/// The basic type that an extended one is a kind of (developers.google.com/transit/gtfs/reference/extended-route-types), or [`OTHER`];
/// `None` of what is no type.
fn basic(kind: u16) -> Option<&'static str> {
    Some(match kind {
        0 | 900..=999 => "0",
        1 | 400..=404 | 406..=699 => "1",
        2 | 100..=199 => "2",
        3 | 200..=299 | 700..=799 => "3",
        4 | 1000..=1099 | 1200..=1299 => "4",
        5 => "5",
        6 | 1300..=1399 => "6",
        7 | 1400..=1499 => "7",
        11 | 800..=899 => "11",
        12 | 405 => "12",
        1100..=1199 | 1500..=1799 => OTHER,
        _ => return None,
    })
}

fn color(text: &str) -> Option<String> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let good = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    good.then(|| format!("#{}", digits.to_lowercase()))
}

impl Routes {
    pub fn number(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// The features of those that have a way. `lines` are by number.
    pub fn drawn(
        &mut self,
        ledger: &Ledger<'_>,
        layer: &Arc<Layer>,
        trips: &Trips,
        lines: &HashMap<u32, Vec<Vec<[f64; 2]>>>,
    ) -> Result<Rows, FeedError> {
        let busy = trips.busy_routes();
        let mut idle = 0;
        let mut records = Vec::new();
        for (number, listed) in (0..).zip(&mut self.list) {
            // Of no trip, nothing is known but a name.
            if !busy.contains(&number) {
                idle += 1;
                continue;
            }
            let geometry = lines.get(&number).cloned().map(RawGeometry::Lines);
            let fields = std::mem::take(&mut listed.fields);
            records.push(Ok(Record { row: listed.row, id: None, geometry, had_z: false, fields }));
        }
        if idle > 0 {
            ledger.note(format!("routes.txt: {idle} routes have no trip that calls anywhere, and were left aside"));
        }
        through_the_door(ledger, "routes.txt", layer, records)
    }

    /// Those that became features.
    pub fn put(&self, rows: &Rows, builder: &mut TimetableBuilder) {
        for row in 0..rows.len() {
            let Some(number) = self.number(rows.id(row)) else { continue };
            let listed = &self.list[number as usize];
            // Its agency is one of the list: it was looked up.
            let _known = builder.route(&listed.id, listed.agency.as_deref(), listed.name.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{basic, color};

    #[test]
    fn extended_types_are_kinds_of_basic_ones() {
        let table = [
            (3, Some("3")),
            (704, Some("3")),
            (200, Some("3")),
            (109, Some("2")),
            (401, Some("1")),
            (405, Some("12")),
            (1500, Some("")),
            (8, None),
            (99, None),
            (1800, None),
        ];
        for (kind, expected) in table {
            assert_eq!(basic(kind), expected, "{kind}");
        }
    }

    #[test]
    fn colours_are_six_digits() {
        assert_eq!(color("00AFef").as_deref(), Some("#00afef"));
        assert_eq!(color("#123456").as_deref(), Some("#123456"));
        assert_eq!(color("red"), None);
        assert_eq!(color("đỏđỏđỏ"), None);
    }
}
