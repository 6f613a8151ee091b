//! A timetable as tables: one for each file of GTFS, with its names, the same in both stores. The layer of its stops stands first in
//! each row.

use chrono_tz::Tz;

use crate::model::FieldType::{self, Boolean, Date, Integer, Real, Text};
use crate::model::timetable::{Agency, Call, Fare, Frequency, LATEST, Service, Timetable, TimetableBuilder, Unknown};
use crate::model::{LayerId, Value, ValueRef};

/// A table.
pub struct Sheet {
    /// Its name, as that of the file in GTFS.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [(&'static str, FieldType)],
}

const LAYER: (&str, FieldType) = ("layer", Text);

/// The tables, in an order in which what a row names came before.
pub const SHEETS: [Sheet; 11] = [
    Sheet {
        name: "feed_info",
        columns: &[
            LAYER,
            ("routes_layer", Text),
            ("timezone", Text),
            ("publisher", Text),
            ("version", Text),
            ("demo", Boolean),
        ],
    },
    Sheet { name: "agency", columns: &[LAYER, ("agency_id", Text), ("agency_name", Text), ("agency_url", Text)] },
    Sheet { name: "routes", columns: &[LAYER, ("route_id", Text), ("agency_id", Text), ("route_name", Text)] },
    Sheet { name: "stops", columns: &[LAYER, ("stop_id", Text), ("parent_station", Text)] },
    Sheet {
        name: "calendar",
        columns: &[LAYER, ("service_id", Text), ("weekdays", Integer), ("start_date", Date), ("end_date", Date)],
    },
    Sheet { name: "calendar_dates", columns: &[LAYER, ("service_id", Text), ("date", Date), ("added", Boolean)] },
    Sheet {
        name: "trips",
        columns: &[
            LAYER,
            ("trip_id", Text),
            ("route_id", Text),
            ("service_id", Text),
            ("trip_headsign", Text),
            ("direction_id", Integer),
        ],
    },
    Sheet {
        name: "stop_times",
        columns: &[
            LAYER,
            ("trip_id", Text),
            ("stop_sequence", Integer),
            ("stop_id", Text),
            ("arrival_s", Integer),
            ("departure_s", Integer),
            ("no_pickup", Boolean),
            ("approximate", Boolean),
        ],
    },
    Sheet {
        name: "frequencies",
        columns: &[
            LAYER,
            ("trip_id", Text),
            ("start_s", Integer),
            ("end_s", Integer),
            ("headway_s", Integer),
            ("exact_times", Boolean),
        ],
    },
    Sheet {
        name: "fare_attributes",
        columns: &[
            LAYER,
            ("fare_id", Text),
            ("price", Real),
            ("currency_type", Text),
            ("prepaid", Boolean),
            ("transfers", Integer),
            ("agency_id", Text),
        ],
    },
    Sheet {
        name: "fare_rules",
        columns: &[
            LAYER,
            ("fare_id", Text),
            ("route_id", Text),
            ("origin_id", Text),
            ("destination_id", Text),
            ("contains_id", Text),
        ],
    },
];

/// Rows of one of [`SHEETS`].
#[must_use]
pub fn len(timetable: &Timetable, sheet: usize) -> usize {
    match SHEETS[sheet].name {
        "feed_info" => 1,
        "agency" => timetable.agencies.len(),
        "routes" => timetable.routes.len(),
        "stops" => timetable.stops.len(),
        "calendar" => timetable.services.len(),
        "calendar_dates" => timetable.exceptions.len(),
        "trips" => timetable.trips.len(),
        "stop_times" => timetable.calls.len(),
        "frequencies" => timetable.frequencies.len(),
        "fare_attributes" => timetable.fares.len(),
        _ => timetable.fare_rules.len(),
    }
}

fn text(text: &Option<String>) -> Option<ValueRef<'_>> {
    text.as_deref().map(ValueRef::Text)
}

fn whole(number: u32) -> Option<ValueRef<'static>> {
    Some(ValueRef::Integer(i64::from(number)))
}

fn flag(flag: bool) -> Option<ValueRef<'static>> {
    Some(ValueRef::Boolean(flag))
}

/// The values of a row, a column each.
#[must_use]
pub fn row(all: &Timetable, sheet: usize, row: usize) -> Vec<Option<ValueRef<'_>>> {
    let layer = Some(ValueRef::Text(all.stops_layer.as_str()));
    let agency = |place: Option<u32>| place.map(|place| ValueRef::Text(&all.agencies[place as usize].id));
    let trip = |place: u32| Some(ValueRef::Text(&all.trips[place as usize].id));
    let route = |place: u32| Some(ValueRef::Text(&all.routes[place as usize].id));
    let service = |place: u32| Some(ValueRef::Text(&all.services[place as usize].id));
    let stop = |place: u32| Some(ValueRef::Text(&all.stops[place as usize].id));
    let mut values = vec![layer];
    match SHEETS[sheet].name {
        "feed_info" => values.extend([
            Some(ValueRef::Text(all.routes_layer.as_str())),
            Some(ValueRef::Text(all.timezone.name())),
            text(&all.publisher),
            text(&all.version),
            flag(all.demo),
        ]),
        "agency" => {
            let one = &all.agencies[row];
            values.extend([Some(ValueRef::Text(&one.id)), Some(ValueRef::Text(&one.name)), text(&one.url)]);
        }
        "routes" => {
            let one = &all.routes[row];
            values.extend([Some(ValueRef::Text(&one.id)), agency(one.agency), text(&one.name)]);
        }
        "stops" => {
            let one = &all.stops[row];
            values.extend([Some(ValueRef::Text(&one.id)), one.parent.and_then(stop)]);
        }
        "calendar" => {
            let one = &all.services[row];
            let day = |day| Some(ValueRef::Date(day));
            let (from, to) = one.span.unzip();
            values.extend([
                Some(ValueRef::Text(&one.id)),
                whole(u32::from(one.weekdays)),
                from.and_then(day),
                to.and_then(day),
            ]);
        }
        "calendar_dates" => {
            let one = &all.exceptions[row];
            values.extend([service(one.service), Some(ValueRef::Date(one.date)), flag(one.added)]);
        }
        "trips" => {
            let one = &all.trips[row];
            values.extend([Some(ValueRef::Text(&one.id)), route(one.route), service(one.service), text(&one.headsign)]);
            values.push(one.direction.and_then(|direction| whole(u32::from(direction))));
        }
        "stop_times" => {
            let one = &all.calls[row];
            let own = all.trip_of(u32::try_from(row).unwrap_or(u32::MAX));
            values.extend([trip(own), whole(one.sequence), stop(one.stop), whole(one.arrival), whole(one.departure)]);
            values.extend([flag(one.no_pickup), flag(one.approximate)]);
        }
        "frequencies" => {
            let one = &all.frequencies[row];
            values.extend([trip(one.trip), whole(one.start), whole(one.end), whole(one.headway), flag(one.exact)]);
        }
        "fare_attributes" => {
            let one = &all.fares[row];
            values.extend([
                Some(ValueRef::Text(&one.id)),
                Some(ValueRef::Real(one.price)),
                Some(ValueRef::Text(&one.currency)),
                flag(one.prepaid),
            ]);
            values.extend([one.transfers.and_then(|count| whole(u32::from(count))), agency(one.agency)]);
        }
        _ => {
            let one = &all.fare_rules[row];
            values.extend([Some(ValueRef::Text(&all.fares[one.fare as usize].id)), one.route.and_then(route)]);
            values.extend([text(&one.origin), text(&one.destination), text(&one.contains)]);
        }
    }
    values
}

/// Rows on their way back. Somebody else may have written some: what names nothing, or lacks what it needs, is left out and counted.
pub struct Reading {
    stops: LayerId,
    builder: Option<TimetableBuilder>,
    left_out: usize,
}

impl Reading {
    /// Of the layer of its stops.
    #[must_use]
    pub fn new(stops: &LayerId) -> Self {
        Self { stops: stops.clone(), builder: None, left_out: 0 }
    }

    /// Whether there is a timetable at all: known after the first sheet.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.builder.is_some()
    }

    /// Takes a row of a sheet.
    pub fn take(&mut self, sheet: usize, row: &[Option<Value>]) {
        let cells = Cells(row);
        let taken = if sheet == 0 { self.begin(&cells) } else { self.rest(SHEETS[sheet].name, &cells) };
        self.left_out += usize::from(taken.is_none());
    }

    fn begin(&mut self, cells: &Cells<'_>) -> Option<()> {
        let timezone: Tz = cells.text(2)?.parse().ok()?;
        let mut builder = TimetableBuilder::new(self.stops.clone(), LayerId::new(cells.text(1)?)?, timezone);
        builder.feed(cells.owned(3), cells.owned(4), cells.flag(5)?);
        self.builder = Some(builder);
        Some(())
    }

    fn rest(&mut self, sheet: &str, cells: &Cells<'_>) -> Option<()> {
        let builder = self.builder.as_mut()?;
        let known: Result<(), Unknown> = match sheet {
            "agency" => {
                builder.agency(Agency { id: cells.held(1), name: cells.owned(2)?, url: cells.owned(3) });
                Ok(())
            }
            "routes" => builder.route(cells.text(1)?, cells.text(2), cells.owned(3)),
            "stops" => {
                builder.stop(cells.text(1)?, cells.text(2));
                Ok(())
            }
            "calendar" => {
                let weekdays = cells.number(2).and_then(|days| u8::try_from(days).ok())? & 0x7f;
                builder.service(Service { id: cells.owned(1)?, weekdays, span: cells.date(3).zip(cells.date(4)) });
                Ok(())
            }
            "calendar_dates" => {
                builder.exception(cells.text(1)?, cells.date(2)?, cells.flag(3)?);
                Ok(())
            }
            "trips" => {
                let direction = cells.number(5).and_then(|direction| u8::try_from(direction).ok());
                builder.trip(cells.text(1)?, [cells.text(2)?, cells.text(3)?], cells.owned(4), direction)
            }
            "stop_times" => {
                let call = Call {
                    sequence: cells.number(2)?,
                    stop: 0,
                    arrival: cells.second(4)?,
                    departure: cells.second(5)?,
                    no_pickup: cells.flag(6)?,
                    approximate: cells.flag(7)?,
                };
                builder.call(cells.text(1)?, cells.text(3)?, call)
            }
            "frequencies" => {
                let (start, end, headway) = (cells.second(2)?, cells.second(3)?, cells.number(4)?);
                builder.frequency(cells.text(1)?, Frequency { trip: 0, start, end, headway, exact: cells.flag(5)? })
            }
            "fare_attributes" => {
                let transfers = cells.number(5).and_then(|count| u8::try_from(count).ok());
                let (price, currency, prepaid) = (cells.real(2)?, cells.owned(3)?, cells.flag(4)?);
                builder.fare(
                    Fare { id: cells.owned(1)?, price, currency, prepaid, transfers, agency: None },
                    cells.text(6),
                )
            }
            _ => builder.fare_rule(cells.text(1)?, cells.text(2), [3, 4, 5].map(|place| cells.owned(place))),
        };
        known.ok()
    }

    /// The timetable, if there is one; what was left out stands in the log.
    #[must_use]
    pub fn finish(self) -> Option<Timetable> {
        if self.left_out > 0 {
            tracing::warn!(layer = %self.stops, rows = self.left_out, "rows of the timetable name what is not there, and are left out");
        }
        self.builder.map(TimetableBuilder::finish)
    }
}

/// The values of a row by place.
struct Cells<'r>(&'r [Option<Value>]);

impl Cells<'_> {
    fn text(&self, place: usize) -> Option<&str> {
        match self.0.get(place)?.as_ref()? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn owned(&self, place: usize) -> Option<String> {
        self.text(place).map(str::to_owned)
    }

    /// Empty where there is none.
    fn held(&self, place: usize) -> String {
        self.owned(place).unwrap_or_default()
    }

    fn number(&self, place: usize) -> Option<u32> {
        match self.0.get(place)?.as_ref()? {
            Value::Integer(number) => u32::try_from(*number).ok(),
            _ => None,
        }
    }

    fn second(&self, place: usize) -> Option<u32> {
        self.number(place).filter(|second| *second <= LATEST)
    }

    fn real(&self, place: usize) -> Option<f64> {
        match self.0.get(place)?.as_ref()? {
            Value::Real(number) => Some(*number).filter(|number| number.is_finite()),
            _ => None,
        }
    }

    fn flag(&self, place: usize) -> Option<bool> {
        match self.0.get(place)?.as_ref()? {
            Value::Boolean(flag) => Some(*flag),
            _ => None,
        }
    }

    fn date(&self, place: usize) -> Option<chrono::NaiveDate> {
        match self.0.get(place)?.as_ref()? {
            Value::Date(date) => Some(*date),
            _ => None,
        }
    }
}
