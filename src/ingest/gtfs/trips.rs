//! `trips.txt` and `frequencies.txt`.

use std::collections::{HashMap, HashSet};

use super::FeedError;
use super::calendar::Services;
use super::calls::{Calls, time};
use super::ledger::Ledger;
use super::routes::Routes;
use super::stops::Stops;
use crate::ingest::report::{Fault, Reason, Refusal};
use crate::model::timetable::{Frequency, TimetableBuilder};

/// The trips of a feed.
pub struct Trips {
    pub list: Vec<TripRow>,
    numbers: HashMap<String, u32>,
    route_ids: HashMap<u32, String>,
}

/// One of them.
pub struct TripRow {
    row: u64,
    id: String,
    /// Its number among the listed routes.
    pub route: u32,
    service: String,
    headsign: Option<String>,
    direction: Option<u8>,
    pub shape: Option<String>,
    /// Whether it calls at two stops at least.
    pub calls: bool,
}

pub fn read(ledger: &Ledger<'_>, routes: &Routes, services: &Services) -> Result<Trips, FeedError> {
    let mut trips = Trips { list: Vec::new(), numbers: HashMap::new(), route_ids: HashMap::new() };
    let names = ["trip_id", "route_id", "service_id", "trip_headsign", "direction_id", "shape_id"];
    ledger.rows("trips.txt", &names, |row| {
        let id = row.need(0)?.into_owned();
        let route = row.need(1)?;
        let number = routes.number(&route).ok_or_else(|| row.unknown(1, "routes.txt"))?;
        let service = row.need(2)?.into_owned();
        if !services.has(&service) {
            return Err(row.unknown(2, "calendar.txt or calendar_dates.txt"));
        }
        let direction = row.read(4, "direction: 0 or 1", |text| match text {
            "0" => Some(0),
            "1" => Some(1),
            _ => None,
        })?;
        if trips.numbers.contains_key(&id) {
            return Err(row.again(0));
        }
        trips.route_ids.entry(number).or_insert_with(|| route.into_owned());
        trips.numbers.insert(id.clone(), u32::try_from(trips.list.len()).unwrap_or(u32::MAX));
        let (headsign, shape) = (row.owned(3), row.owned(5));
        trips.list.push(TripRow {
            row: row.number,
            id,
            route: number,
            service,
            headsign,
            direction,
            shape,
            calls: false,
        });
        Ok(())
    })?;
    Ok(trips)
}

impl Trips {
    pub fn number(&self, id: &str) -> Option<u32> {
        self.numbers.get(id).copied()
    }

    /// The routes of which any trip calls anywhere.
    pub fn busy_routes(&self) -> HashSet<u32> {
        self.list.iter().filter(|trip| trip.calls).map(|trip| trip.route).collect()
    }

    /// Refuses one that calls nowhere.
    pub fn refuse(&self, ledger: &Ledger<'_>, number: usize, calls: usize) {
        let trip = &self.list[number];
        let message =
            format!("it has {calls} rows in stop_times.txt that can be taken, and a trip calls at two stops at least");
        let fault = Fault::new(Reason::TooFewCalls, message);
        ledger.refuse("trips.txt", Refusal { row: trip.row, id: Some(trip.id.clone()), fault, also: Vec::new() });
    }

    /// Puts the trips of the routes that were taken, and their calls.
    pub fn put(&self, calls: &Calls, stops: &Stops, builder: &mut TimetableBuilder) {
        let mut taken: HashSet<u32> = HashSet::new();
        for (number, trip) in (0..).zip(&self.list) {
            let route = self.route_ids.get(&trip.route).map_or("", String::as_str);
            if !trip.calls || !builder.has_route(route) {
                continue;
            }
            let put = builder.trip(&trip.id, [route, &trip.service], trip.headsign.clone(), trip.direction);
            if put.is_ok() {
                taken.insert(number);
            }
        }
        for call in calls.list.iter().filter(|call| taken.contains(&call.trip)) {
            // Both are there: they were looked up.
            let _known = builder.call(&self.list[call.trip as usize].id, stops.id(call.stop), call.settled());
        }
    }
}

/// `frequencies.txt`.
pub fn put_frequencies(ledger: &Ledger<'_>, builder: &mut TimetableBuilder) -> Result<(), FeedError> {
    let names = ["trip_id", "start_time", "end_time", "headway_secs", "exact_times"];
    ledger.rows("frequencies.txt", &names, |row| {
        let trip = row.need(0)?;
        let (start, end) = (time(row, 1)?, time(row, 2)?);
        let headway = row.need_read(3, "number of seconds from 1", |text| text.parse().ok().filter(|one| *one > 0))?;
        let exact = row.read(4, "0 or 1", |text| match text {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        })?;
        let missing =
            |place: usize| Fault::new(Reason::MissingField, "it has no value, and GTFS requires one").of(names[place]);
        let (start, end) = (start.ok_or_else(|| missing(1))?, end.ok_or_else(|| missing(2))?);
        if end <= start {
            let message = "it is not after start_time: exchange the two";
            return Err(Fault::new(Reason::TimesBackwards, message).of("end_time"));
        }
        let frequency = Frequency { trip: 0, start, end, headway, exact: exact.unwrap_or_default() };
        builder.frequency(&trip, frequency).map_err(|_unknown| row.unknown(0, "trips.txt"))
    })
}
