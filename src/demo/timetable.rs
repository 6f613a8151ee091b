//! When the demo's buses go: there and back every so many minutes, every day.

use chrono::NaiveDate;
use chrono_tz::Asia::Ho_Chi_Minh;

use super::bus::{CURRENCY, Route, Way, fare, stop_id};
use crate::model::LayerId;
use crate::model::timetable::{Agency, Call, Fare, Frequency, Service, Timetable, TimetableBuilder, Unknown};

/// Seconds for a metre of way, and at each stop.
const PACE: f64 = 0.11;
const HALT: u32 = 20;

/// Days of service: the first and the last.
const DAYS: [(i32, u32, u32); 2] = [(2025, 1, 1), (2034, 12, 31)];

const AGENCY: &str = "demo";
const SERVICE: &str = "daily";

pub fn of(routes: &[Route], ways: &[Way], stops_layer: LayerId, routes_layer: LayerId) -> Timetable {
    let mut builder = TimetableBuilder::new(stops_layer, routes_layer, Ho_Chi_Minh);
    builder.feed(Some("citylayers demo".to_owned()), None, true);
    builder.agency(Agency { id: AGENCY.to_owned(), name: "Xe buýt minh hoạ".to_owned(), url: None });
    let days = DAYS.map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day));
    builder.service(Service { id: SERVICE.to_owned(), weekdays: 0x7f, span: days[0].zip(days[1]) });
    for stop in ways.iter().flatten().map(|(stop, _)| *stop) {
        builder.stop(&stop_id(stop), None);
    }
    for (route, way) in routes.iter().zip(ways) {
        line(&mut builder, route, way).expect("what it names is put before");
    }
    builder.finish()
}

fn line(builder: &mut TimetableBuilder, route: &Route, way: &Way) -> Result<(), Unknown> {
    let (fact, number) = (&route.fact, &route.fact.number);
    builder.route(number, Some(AGENCY), Some(number.clone()))?;
    let (first, last) = (seconds(&fact.first_departure), seconds(&fact.last_departure));
    let headway = u32::try_from(fact.headway_min).unwrap_or(30).max(1) * 60;
    let whole = way.last().map_or(0.0, |(_, along)| *along);
    let back: Way = way.iter().rev().map(|(stop, along)| (*stop, whole - along)).collect();
    for (direction, headsign, way) in [(0, &fact.to, way), (1, &fact.from, &back)] {
        let trip = format!("{number}-{direction}");
        builder.trip(&trip, [number, SERVICE], Some(headsign.clone()), Some(direction))?;
        for (sequence, (stop, along)) in (0..).zip(way) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of a ride")]
            let arrival = first + (along * PACE / 10.0).round() as u32 * 10 + HALT * sequence;
            let departure = arrival + if sequence == 0 { 0 } else { HALT };
            let call = Call { sequence, stop: 0, arrival, departure, no_pickup: false, approximate: false };
            builder.call(&trip, &stop_id(*stop), call)?;
        }
        builder.frequency(&trip, Frequency { trip: 0, start: first, end: last + 1, headway, exact: true })?;
    }
    let price = fare(&route.line);
    let (id, currency) = (number.clone(), CURRENCY.to_owned());
    builder.fare(Fare { id, price, currency, prepaid: false, transfers: Some(0), agency: None }, Some(AGENCY))?;
    builder.fare_rule(number, Some(number), [None, None, None])
}

/// Seconds of the day of `05:30`.
fn seconds(clock: &str) -> u32 {
    let mut parts = clock.split(':').filter_map(|part| part.parse::<u32>().ok());
    parts.next().unwrap_or_default() * 3_600 + parts.next().unwrap_or_default() * 60
}
