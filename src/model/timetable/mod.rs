//! The timetable of public transport, with the words of GTFS Schedule (gtfs.org/schedule/reference): which trips call at which stops,
//! on which days, and what they cost. Times are seconds after noon minus twelve hours of a service day, so that a night's last bus
//! may call at 25:10.

mod build;
mod calendar;
mod departures;
mod summary;

pub use build::{TimetableBuilder, Unknown};
pub use calendar::{CalendarState, Exception, Service};
pub use departures::{Departure, HORIZON};
pub use summary::RouteSummary;

use chrono_tz::Tz;

use super::layer::LayerId;

/// Seconds of a day of 24 hours.
pub const DAY: u32 = 86_400;

/// Latest time of a service day: a trip that is under way for a week.
pub const LATEST: u32 = 7 * DAY - 1;

/// One feed as it is asked. Everything is sorted by its id, so that two of the same content are equal; numbers (`u32`) are places in
/// the lists here.
#[derive(Clone, Debug, PartialEq)]
pub struct Timetable {
    /// The layer whose features are its stops: the timetable's own name.
    pub stops_layer: LayerId,
    /// The layer whose features are its routes.
    pub routes_layer: LayerId,
    /// Whether it was generated for a demo.
    pub demo: bool,
    /// The zone of all its times (`agency_timezone`).
    pub timezone: Tz,
    /// Who published it (`feed_publisher_name`).
    pub publisher: Option<String>,
    /// Its version (`feed_version`).
    pub version: Option<String>,
    /// `agency.txt`.
    pub agencies: Vec<Agency>,
    /// `routes.txt`; what is drawn of them is in their layer.
    pub routes: Vec<Route>,
    /// `stops.txt`; the same.
    pub stops: Vec<Stop>,
    /// `calendar.txt`.
    pub services: Vec<Service>,
    /// `calendar_dates.txt`, by service and day.
    pub exceptions: Vec<Exception>,
    /// `trips.txt`.
    pub trips: Vec<Trip>,
    /// `stop_times.txt`, by trip and sequence.
    pub calls: Vec<Call>,
    /// `frequencies.txt`, by trip and start.
    pub frequencies: Vec<Frequency>,
    /// `fare_attributes.txt`.
    pub fares: Vec<Fare>,
    /// `fare_rules.txt`.
    pub fare_rules: Vec<FareRule>,
    /// The calls at each stop: those of stop n begin at `by_stop[n]`.
    by_stop: Vec<u32>,
    stop_calls: Vec<u32>,
}

/// Who runs routes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Agency {
    /// `agency_id`; empty where a feed has one agency without an id.
    pub id: String,
    /// `agency_name`.
    pub name: String,
    /// `agency_url`.
    pub url: Option<String>,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The feature's id.
    pub id: String,
    /// Its agency.
    pub agency: Option<u32>,
    /// `route_short_name`, else `route_long_name`.
    pub name: Option<String>,
}

/// A place where trips call, or a station of several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stop {
    /// The feature's id.
    pub id: String,
    /// The station that it is a part of.
    pub parent: Option<u32>,
}

/// One way along a route, or one that is repeated (see [`Frequency`]).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trip {
    /// `trip_id`.
    pub id: String,
    /// Its route.
    pub route: u32,
    /// Its service.
    pub service: u32,
    /// Where it goes, as it is written on the vehicle.
    pub headsign: Option<String>,
    /// 0 or 1: there and back.
    pub direction: Option<u8>,
    /// The first of its calls.
    pub first_call: u32,
    /// How many calls it has.
    pub calls: u32,
}

/// A trip at a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// `stop_sequence`.
    pub sequence: u32,
    /// Where.
    pub stop: u32,
    /// Seconds of the service day.
    pub arrival: u32,
    /// Not before `arrival`.
    pub departure: u32,
    /// Nobody may get on (`pickup_type` 1).
    pub no_pickup: bool,
    /// The times are estimates (`timepoint` 0, or no times in the feed).
    pub approximate: bool,
}

/// A trip that goes again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frequency {
    /// Which one; the times of its calls count from its first departure.
    pub trip: u32,
    /// The first departure, seconds of the service day.
    pub start: u32,
    /// No departure from then on.
    pub end: u32,
    /// Seconds between departures, at least 1.
    pub headway: u32,
    /// Whether the departures are at these very times (`exact_times` 1).
    pub exact: bool,
}

/// What a way costs.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub struct Fare {
    /// `fare_id`.
    pub id: String,
    /// In the currency's unit.
    pub price: f64,
    /// ISO 4217.
    pub currency: String,
    /// Paid before boarding (`payment_method` 1), or on board.
    pub prepaid: bool,
    /// How often one may change; `None` is as often as one likes.
    pub transfers: Option<u8>,
    /// The agency whose fare it is.
    pub agency: Option<u32>,
}

/// Where a fare holds; without any rule it holds everywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FareRule {
    /// The fare.
    pub fare: u32,
    /// On this route; `None` on all.
    pub route: Option<u32>,
    /// The zone of the beginning.
    pub origin: Option<String>,
    /// The zone of the end.
    pub destination: Option<String>,
    /// A zone on the way.
    pub contains: Option<String>,
}

impl Timetable {
    /// The stop of an id.
    #[must_use]
    pub fn stop(&self, id: &str) -> Option<u32> {
        found(self.stops.binary_search_by(|stop| stop.id.as_str().cmp(id)))
    }

    /// The route of an id.
    #[must_use]
    pub fn route(&self, id: &str) -> Option<u32> {
        found(self.routes.binary_search_by(|route| route.id.as_str().cmp(id)))
    }

    /// The calls of a trip, in order.
    #[must_use]
    pub fn calls_of(&self, trip: &Trip) -> &[Call] {
        &self.calls[trip.first_call as usize..][..trip.calls as usize]
    }

    /// The trip that a call belongs to.
    #[must_use]
    pub fn trip_of(&self, call: u32) -> u32 {
        number(self.trips.partition_point(|trip| trip.first_call <= call).saturating_sub(1))
    }

    /// The frequencies of a trip; none of one that goes once.
    #[must_use]
    pub fn frequencies_of(&self, trip: u32) -> &[Frequency] {
        let from = self.frequencies.partition_point(|frequency| frequency.trip < trip);
        let rest = &self.frequencies[from..];
        &rest[..rest.partition_point(|frequency| frequency.trip == trip)]
    }

    /// The fares that hold on a route, with the rules that say so, cheapest first.
    #[must_use]
    pub fn fares_of(&self, route: u32) -> Vec<(&Fare, Vec<&FareRule>)> {
        let agency = self.routes[route as usize].agency;
        let mut held: Vec<(&Fare, Vec<&FareRule>)> = Vec::new();
        for (fare, place) in self.fares.iter().zip(0..) {
            if fare.agency.is_some() && agency.is_some() && fare.agency != agency {
                continue;
            }
            let rules = &self.fare_rules[self.fare_rules.partition_point(|rule| rule.fare < place)..];
            let rules = &rules[..rules.partition_point(|rule| rule.fare == place)];
            let here: Vec<&FareRule> = rules.iter().filter(|rule| rule.route.is_none_or(|one| one == route)).collect();
            if rules.is_empty() || !here.is_empty() {
                held.push((fare, here));
            }
        }
        held.sort_by(|(one, _), (other, _)| one.price.total_cmp(&other.price));
        held
    }

    /// The places in [`Self::calls`] where a stop is called at.
    fn calls_at(&self, stop: u32) -> &[u32] {
        let [from, to] = [0, 1].map(|next| self.by_stop[stop as usize + next] as usize);
        &self.stop_calls[from..to]
    }
}

fn found(place: Result<usize, usize>) -> Option<u32> {
    place.ok().map(number)
}

/// Places are counted in 32 bits: the builder takes no more.
fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
