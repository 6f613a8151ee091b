//! A timetable row by row: names become numbers, and everything is put in order.

use std::collections::HashMap;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::{Agency, Call, Exception, Fare, FareRule, Frequency, Route, Service, Stop, Timetable, Trip, number};
use crate::model::LayerId;

/// A row that names what is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no {kind} `{id}`")]
pub struct Unknown {
    /// `route`, `stop` and so on.
    pub kind: &'static str,
    /// The name.
    pub id: String,
}

/// Things of one kind by their ids. One that comes again is the same.
struct Known {
    kind: &'static str,
    places: HashMap<Box<str>, u32>,
}

impl Known {
    fn new(kind: &'static str) -> Self {
        Self { kind, places: HashMap::new() }
    }

    /// The place of a new one; `None` when it is there.
    fn add(&mut self, id: &str) -> Option<u32> {
        let next = number(self.places.len());
        if self.places.contains_key(id) {
            return None;
        }
        self.places.insert(id.into(), next);
        Some(next)
    }

    fn get(&self, id: &str) -> Result<u32, Unknown> {
        self.places.get(id).copied().ok_or_else(|| Unknown { kind: self.kind, id: id.to_owned() })
    }
}

/// Takes rows in the order of the fields of [`Timetable`]; what a row names must have come before, but for the stations of stops.
pub struct TimetableBuilder {
    timetable: Timetable,
    agencies: Known,
    routes: Known,
    stops: Known,
    services: Known,
    trips: Known,
    fares: Known,
    parents: Vec<Option<Box<str>>>,
    /// By the place of each call: its trip.
    trip_of_call: Vec<u32>,
}

impl TimetableBuilder {
    /// Nothing yet, of the stops of one layer and the routes of another.
    #[must_use]
    pub fn new(stops: LayerId, routes: LayerId, timezone: Tz) -> Self {
        let timetable = Timetable {
            stops_layer: stops,
            routes_layer: routes,
            demo: false,
            timezone,
            publisher: None,
            version: None,
            agencies: Vec::new(),
            routes: Vec::new(),
            stops: Vec::new(),
            services: Vec::new(),
            exceptions: Vec::new(),
            trips: Vec::new(),
            calls: Vec::new(),
            frequencies: Vec::new(),
            fares: Vec::new(),
            fare_rules: Vec::new(),
            by_stop: Vec::new(),
            stop_calls: Vec::new(),
        };
        Self {
            timetable,
            agencies: Known::new("agency"),
            routes: Known::new("route"),
            stops: Known::new("stop"),
            services: Known::new("service"),
            trips: Known::new("trip"),
            fares: Known::new("fare"),
            parents: Vec::new(),
            trip_of_call: Vec::new(),
        }
    }

    /// What is said of the feed as a whole.
    pub fn feed(&mut self, publisher: Option<String>, version: Option<String>, demo: bool) {
        (self.timetable.publisher, self.timetable.version, self.timetable.demo) = (publisher, version, demo);
    }

    /// An agency.
    pub fn agency(&mut self, agency: Agency) {
        if self.agencies.add(&agency.id).is_some() {
            self.timetable.agencies.push(agency);
        }
    }

    /// A route.
    pub fn route(&mut self, id: &str, agency: Option<&str>, name: Option<String>) -> Result<(), Unknown> {
        let agency = agency.map(|agency| self.agencies.get(agency)).transpose()?;
        if self.routes.add(id).is_some() {
            self.timetable.routes.push(Route { id: id.to_owned(), agency, name });
        }
        Ok(())
    }

    /// A stop. A station that never comes is none.
    pub fn stop(&mut self, id: &str, parent: Option<&str>) {
        if self.stops.add(id).is_some() {
            self.timetable.stops.push(Stop { id: id.to_owned(), parent: None });
            self.parents.push(parent.map(Into::into));
        }
    }

    /// A service.
    pub fn service(&mut self, service: Service) {
        if self.services.add(&service.id).is_some() {
            self.timetable.services.push(service);
        }
    }

    /// A day of a service, which may have come or not.
    pub fn exception(&mut self, service: &str, date: NaiveDate, added: bool) {
        self.service(Service { id: service.to_owned(), weekdays: 0, span: None });
        if let Ok(service) = self.services.get(service) {
            self.timetable.exceptions.push(Exception { service, date, added });
        }
    }

    /// A trip.
    pub fn trip(
        &mut self,
        id: &str,
        [route, service]: [&str; 2],
        headsign: Option<String>,
        direction: Option<u8>,
    ) -> Result<(), Unknown> {
        let (route, service) = (self.routes.get(route)?, self.services.get(service)?);
        if self.trips.add(id).is_some() {
            let id = id.to_owned();
            self.timetable.trips.push(Trip { id, route, service, headsign, direction, first_call: 0, calls: 0 });
        }
        Ok(())
    }

    /// A call of a trip; its `stop` is looked up.
    pub fn call(&mut self, trip: &str, stop: &str, call: Call) -> Result<(), Unknown> {
        let (trip, stop) = (self.trips.get(trip)?, self.stops.get(stop)?);
        self.timetable.calls.push(Call { stop, ..call });
        self.trip_of_call.push(trip);
        Ok(())
    }

    /// A frequency; its `trip` is looked up.
    pub fn frequency(&mut self, trip: &str, frequency: Frequency) -> Result<(), Unknown> {
        let trip = self.trips.get(trip)?;
        self.timetable.frequencies.push(Frequency { trip, headway: frequency.headway.max(1), ..frequency });
        Ok(())
    }

    /// A fare; its `agency` is looked up.
    pub fn fare(&mut self, fare: Fare, agency: Option<&str>) -> Result<(), Unknown> {
        let agency = agency.map(|agency| self.agencies.get(agency)).transpose()?;
        if self.fares.add(&fare.id).is_some() {
            self.timetable.fares.push(Fare { agency, ..fare });
        }
        Ok(())
    }

    /// Where a fare holds: fare and route are looked up; the three zones are origin, destination, and on the way.
    pub fn fare_rule(&mut self, fare: &str, route: Option<&str>, zones: [Option<String>; 3]) -> Result<(), Unknown> {
        let fare = self.fares.get(fare)?;
        let route = route.map(|route| self.routes.get(route)).transpose()?;
        let [origin, destination, contains] = zones;
        self.timetable.fare_rules.push(FareRule { fare, route, origin, destination, contains });
        Ok(())
    }

    /// Whether a route was taken.
    #[must_use]
    pub fn has_route(&self, id: &str) -> bool {
        self.routes.get(id).is_ok()
    }

    /// Everything in order.
    #[must_use]
    pub fn finish(mut self) -> Timetable {
        for (place, parent) in self.parents.iter().enumerate() {
            self.timetable.stops[place].parent = parent.as_deref().and_then(|parent| self.stops.get(parent).ok());
        }
        let Self { timetable: mut all, mut trip_of_call, .. } = self;
        let agencies = sorted(&mut all.agencies, |agency| agency.id.clone());
        let routes = sorted(&mut all.routes, |route| route.id.clone());
        let stops = sorted(&mut all.stops, |stop| stop.id.clone());
        let services = sorted(&mut all.services, |service| service.id.clone());
        let trips = sorted(&mut all.trips, |trip| trip.id.clone());
        let fares = sorted(&mut all.fares, |fare| fare.id.clone());
        let moved = |places: &[u32], place: &mut u32| *place = places[*place as usize];
        all.routes.iter_mut().filter_map(|route| route.agency.as_mut()).for_each(|one| moved(&agencies, one));
        all.stops.iter_mut().filter_map(|stop| stop.parent.as_mut()).for_each(|one| moved(&stops, one));
        all.exceptions.iter_mut().for_each(|one| moved(&services, &mut one.service));
        all.exceptions.sort_unstable();
        all.exceptions.dedup_by_key(|one| (one.service, one.date));
        for trip in &mut all.trips {
            moved(&routes, &mut trip.route);
            moved(&services, &mut trip.service);
        }
        all.calls.iter_mut().for_each(|call| moved(&stops, &mut call.stop));
        trip_of_call.iter_mut().for_each(|trip| moved(&trips, trip));
        all.frequencies.iter_mut().for_each(|one| moved(&trips, &mut one.trip));
        all.frequencies.sort_unstable();
        all.frequencies.dedup();
        all.fares.iter_mut().filter_map(|fare| fare.agency.as_mut()).for_each(|one| moved(&agencies, one));
        for rule in &mut all.fare_rules {
            moved(&fares, &mut rule.fare);
            rule.route.iter_mut().for_each(|route| moved(&routes, route));
        }
        all.fare_rules.sort_unstable();
        all.fare_rules.dedup();
        lay_calls(&mut all, &trip_of_call);
        all
    }
}

/// Sorts a list by its ids and tells where each place has gone.
fn sorted<T>(list: &mut Vec<T>, id: impl Fn(&T) -> String) -> Vec<u32> {
    let mut places: Vec<(String, usize, T)> =
        list.drain(..).enumerate().map(|(place, one)| (id(&one), place, one)).collect();
    places.sort_by(|one, other| one.0.cmp(&other.0));
    let mut moved = vec![0; places.len()];
    for (new, (_, old, one)) in places.into_iter().enumerate() {
        moved[old] = number(new);
        list.push(one);
    }
    moved
}

/// Puts the calls of each trip beside each other, and finds those of each stop.
fn lay_calls(all: &mut Timetable, trip_of_call: &[u32]) {
    let mut order: Vec<u32> = (0..number(all.calls.len())).collect();
    order.sort_unstable_by_key(|&place| (trip_of_call[place as usize], all.calls[place as usize].sequence));
    for &place in &order {
        all.trips[trip_of_call[place as usize] as usize].calls += 1;
    }
    all.calls = order.iter().map(|&place| all.calls[place as usize]).collect();
    let mut next = 0;
    for trip in &mut all.trips {
        trip.first_call = next;
        next += trip.calls;
    }
    let mut first = vec![0_u32; all.stops.len() + 1];
    for call in &all.calls {
        first[call.stop as usize + 1] += 1;
    }
    for place in 1..first.len() {
        first[place] += first[place - 1];
    }
    let mut free = first.clone();
    let mut calls = vec![0; all.calls.len()];
    for (place, call) in (0..).zip(&all.calls) {
        let own = &mut free[call.stop as usize];
        calls[*own as usize] = place;
        *own += 1;
    }
    (all.by_stop, all.stop_calls) = (first, calls);
}
