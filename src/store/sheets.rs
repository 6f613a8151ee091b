//! A timetable as tables: one for each file of GTFS, with its names, the same in both stores. The layer of its stops stands first in
//! each row.

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::model::FieldType::{self, Boolean, Date, Integer, Real, Text};
use crate::model::timetable::{Agency, Call, Fare, Frequency, LATEST, Service, Timetable, TimetableBuilder};
use crate::model::{LayerId, Value, ValueRef};

/// A row as it is kept, a value for each column behind the layer's.
type Kept<'t> = Vec<Option<ValueRef<'t>>>;

/// A table.
pub struct Sheet {
    /// Its name, as that of the file in GTFS.
    pub name: &'static str,
    /// Its columns.
    pub columns: &'static [(&'static str, FieldType)],
    len: fn(&Timetable) -> usize,
    row: for<'t> fn(&'t Timetable, usize) -> Kept<'t>,
    /// `None` for a row that names what is not there, or lacks what it needs.
    take: fn(&mut TimetableBuilder, &Cells<'_>) -> Option<()>,
}

impl Sheet {
    /// Its rows.
    #[must_use]
    pub fn len(&self, timetable: &Timetable) -> usize {
        (self.len)(timetable)
    }

    /// The values of a row, a column each.
    #[must_use]
    pub fn row<'t>(&self, timetable: &'t Timetable, row: usize) -> Vec<Option<ValueRef<'t>>> {
        let mut values = vec![word(timetable.stops_layer.as_str())];
        values.extend((self.row)(timetable, row));
        values
    }
}

const LAYER: (&str, FieldType) = ("layer", Text);

/// The tables, in an order in which what a row names came before.
pub const SHEETS: [Sheet; 11] = [
    FEED_INFO,
    AGENCY,
    ROUTES,
    STOPS,
    CALENDAR,
    CALENDAR_DATES,
    TRIPS,
    STOP_TIMES,
    FREQUENCIES,
    FARE_ATTRIBUTES,
    FARE_RULES,
];

#[expect(clippy::unnecessary_wraps, reason = "as a row holds it")]
fn word(text: &str) -> Option<ValueRef<'_>> {
    Some(ValueRef::Text(text))
}

fn text(text: Option<&String>) -> Option<ValueRef<'_>> {
    text.map(|text| ValueRef::Text(text))
}

#[expect(clippy::unnecessary_wraps, reason = "as a row holds it")]
fn whole(number: u32) -> Option<ValueRef<'static>> {
    Some(ValueRef::Integer(i64::from(number)))
}

#[expect(clippy::unnecessary_wraps, reason = "as a row holds it")]
fn flag(flag: bool) -> Option<ValueRef<'static>> {
    Some(ValueRef::Boolean(flag))
}

fn agency(all: &Timetable, place: Option<u32>) -> Option<ValueRef<'_>> {
    word(&all.agencies[place? as usize].id)
}

fn route(all: &Timetable, place: u32) -> Option<ValueRef<'_>> {
    word(&all.routes[place as usize].id)
}

fn service(all: &Timetable, place: u32) -> Option<ValueRef<'_>> {
    word(&all.services[place as usize].id)
}

fn stop(all: &Timetable, place: u32) -> Option<ValueRef<'_>> {
    word(&all.stops[place as usize].id)
}

fn trip(all: &Timetable, place: u32) -> Option<ValueRef<'_>> {
    word(&all.trips[place as usize].id)
}

const FEED_INFO: Sheet = Sheet {
    name: "feed_info",
    columns: &[
        LAYER,
        ("routes_layer", Text),
        ("timezone", Text),
        ("publisher", Text),
        ("version", Text),
        ("demo", Boolean),
    ],
    len: |_| 1,
    row: |all, _| {
        let [publisher, version] = [&all.publisher, &all.version].map(|one| text(one.as_ref()));
        vec![word(all.routes_layer.as_str()), word(all.timezone.name()), publisher, version, flag(all.demo)]
    },
    // It begins a timetable: see [`Reading`].
    take: |_, _| None,
};

const AGENCY: Sheet = Sheet {
    name: "agency",
    columns: &[LAYER, ("agency_id", Text), ("agency_name", Text), ("agency_url", Text)],
    len: |all| all.agencies.len(),
    row: |all, row| {
        let one = &all.agencies[row];
        vec![word(&one.id), word(&one.name), text(one.url.as_ref())]
    },
    take: |builder, cells| {
        builder.agency(Agency { id: cells.owned(1)?, name: cells.owned(2)?, url: cells.owned(3) });
        Some(())
    },
};

const ROUTES: Sheet = Sheet {
    name: "routes",
    columns: &[LAYER, ("route_id", Text), ("agency_id", Text), ("route_name", Text)],
    len: |all| all.routes.len(),
    row: |all, row| {
        let one = &all.routes[row];
        vec![word(&one.id), agency(all, one.agency), text(one.name.as_ref())]
    },
    take: |builder, cells| builder.route(cells.text(1)?, cells.text(2), cells.owned(3)).ok(),
};

const STOPS: Sheet = Sheet {
    name: "stops",
    columns: &[LAYER, ("stop_id", Text), ("parent_station", Text)],
    len: |all| all.stops.len(),
    row: |all, row| {
        let one = &all.stops[row];
        vec![word(&one.id), one.parent.and_then(|parent| stop(all, parent))]
    },
    take: |builder, cells| {
        builder.stop(cells.text(1)?, cells.text(2));
        Some(())
    },
};

const CALENDAR: Sheet = Sheet {
    name: "calendar",
    columns: &[LAYER, ("service_id", Text), ("weekdays", Integer), ("start_date", Date), ("end_date", Date)],
    len: |all| all.services.len(),
    row: |all, row| {
        let one = &all.services[row];
        let (from, to) = one.span.unzip();
        vec![word(&one.id), whole(u32::from(one.weekdays)), from.map(ValueRef::Date), to.map(ValueRef::Date)]
    },
    take: |builder, cells| {
        let weekdays = u8::try_from(cells.number(2)?).ok()? & 0x7f;
        builder.service(Service { id: cells.owned(1)?, weekdays, span: cells.date(3).zip(cells.date(4)) });
        Some(())
    },
};

const CALENDAR_DATES: Sheet = Sheet {
    name: "calendar_dates",
    columns: &[LAYER, ("service_id", Text), ("date", Date), ("added", Boolean)],
    len: |all| all.exceptions.len(),
    row: |all, row| {
        let one = &all.exceptions[row];
        vec![service(all, one.service), Some(ValueRef::Date(one.date)), flag(one.added)]
    },
    take: |builder, cells| {
        builder.exception(cells.text(1)?, cells.date(2)?, cells.flag(3)?);
        Some(())
    },
};

const TRIPS: Sheet = Sheet {
    name: "trips",
    columns: &[
        LAYER,
        ("trip_id", Text),
        ("route_id", Text),
        ("service_id", Text),
        ("trip_headsign", Text),
        ("direction_id", Integer),
    ],
    len: |all| all.trips.len(),
    row: |all, row| {
        let one = &all.trips[row];
        let direction = one.direction.and_then(|direction| whole(u32::from(direction)));
        vec![word(&one.id), route(all, one.route), service(all, one.service), text(one.headsign.as_ref()), direction]
    },
    take: |builder, cells| {
        let direction = cells.number(5).and_then(|direction| u8::try_from(direction).ok());
        builder.trip(cells.text(1)?, [cells.text(2)?, cells.text(3)?], cells.owned(4), direction).ok()
    },
};

const STOP_TIMES: Sheet = Sheet {
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
    len: |all| all.calls.len(),
    row: |all, row| {
        let one = &all.calls[row];
        let own = trip(all, all.trip_of(u32::try_from(row).unwrap_or(u32::MAX)));
        let times = [one.arrival, one.departure].map(whole);
        let flags = [one.no_pickup, one.approximate].map(flag);
        [own, whole(one.sequence), stop(all, one.stop)].into_iter().chain(times).chain(flags).collect()
    },
    take: |builder, cells| {
        let (arrival, departure) = (cells.second(4)?, cells.second(5)?);
        let (no_pickup, approximate) = (cells.flag(6)?, cells.flag(7)?);
        let call = Call { sequence: cells.number(2)?, stop: 0, arrival, departure, no_pickup, approximate };
        builder.call(cells.text(1)?, cells.text(3)?, call).ok()
    },
};

const FREQUENCIES: Sheet = Sheet {
    name: "frequencies",
    columns: &[
        LAYER,
        ("trip_id", Text),
        ("start_s", Integer),
        ("end_s", Integer),
        ("headway_s", Integer),
        ("exact_times", Boolean),
    ],
    len: |all| all.frequencies.len(),
    row: |all, row| {
        let one = &all.frequencies[row];
        vec![trip(all, one.trip), whole(one.start), whole(one.end), whole(one.headway), flag(one.exact)]
    },
    take: |builder, cells| {
        let (start, end, headway) = (cells.second(2)?, cells.second(3)?, cells.number(4)?);
        let frequency = Frequency { trip: 0, start, end, headway, exact: cells.flag(5)? };
        builder.frequency(cells.text(1)?, frequency).ok()
    },
};

const FARE_ATTRIBUTES: Sheet = Sheet {
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
    len: |all| all.fares.len(),
    row: |all, row| {
        let one = &all.fares[row];
        let (price, transfers) = (Some(ValueRef::Real(one.price)), one.transfers.and_then(|count| whole(count.into())));
        vec![word(&one.id), price, word(&one.currency), flag(one.prepaid), transfers, agency(all, one.agency)]
    },
    take: |builder, cells| {
        let transfers = cells.number(5).and_then(|count| u8::try_from(count).ok());
        let (id, price, currency, prepaid) = (cells.owned(1)?, cells.real(2)?, cells.owned(3)?, cells.flag(4)?);
        builder.fare(Fare { id, price, currency, prepaid, transfers, agency: None }, cells.text(6)).ok()
    },
};

const FARE_RULES: Sheet = Sheet {
    name: "fare_rules",
    columns: &[
        LAYER,
        ("fare_id", Text),
        ("route_id", Text),
        ("origin_id", Text),
        ("destination_id", Text),
        ("contains_id", Text),
    ],
    len: |all| all.fare_rules.len(),
    row: |all, row| {
        let one = &all.fare_rules[row];
        let zones = [&one.origin, &one.destination, &one.contains].map(|zone| text(zone.as_ref()));
        let named = [word(&all.fares[one.fare as usize].id), one.route.and_then(|place| route(all, place))];
        named.into_iter().chain(zones).collect()
    },
    take: |builder, cells| {
        builder.fare_rule(cells.text(1)?, cells.text(2), [3, 4, 5].map(|place| cells.owned(place))).ok()
    },
};

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

    /// Whether a sheet is worth reading: without a row in the first there is no timetable.
    #[must_use]
    pub fn wants(&self, sheet: usize) -> bool {
        sheet == 0 || self.builder.is_some()
    }

    /// Takes a row of a sheet.
    pub fn take(&mut self, sheet: usize, row: &[Option<Value>]) {
        let cells = Cells(row);
        let taken = match &mut self.builder {
            Some(builder) => (SHEETS[sheet].take)(builder, &cells),
            None => self.begin(&cells),
        };
        self.left_out += usize::from(taken.is_none());
    }

    fn begin(&mut self, cells: &Cells<'_>) -> Option<()> {
        let timezone: Tz = cells.text(2)?.parse().ok()?;
        let mut builder = TimetableBuilder::new(self.stops.clone(), LayerId::new(cells.text(1)?)?, timezone);
        builder.feed(cells.owned(3), cells.owned(4), cells.flag(5)?);
        self.builder = Some(builder);
        Some(())
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

    fn date(&self, place: usize) -> Option<NaiveDate> {
        match self.0.get(place)?.as_ref()? {
            Value::Date(date) => Some(*date),
            _ => None,
        }
    }
}
