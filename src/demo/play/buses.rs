//! Buses drive up and down their routes while these run, and wait at the ends.

use std::collections::HashMap;
use std::sync::Arc;

use rand::Rng;

use super::{Diary, Told, bearing, number, text};
use crate::demo::bus::Route;
use crate::demo::curve::length;
use crate::demo::noise::dice;
use crate::demo::plane::{Place, between, direction, distance, place};
use crate::model::Rows;

/// Seconds between two readings.
const EVERY: u32 = 60;

/// Seconds at each end of the route.
const REST: f64 = 480.0;

/// What all of them tell.
pub fn day(rows: &Rows, routes: &[Route], seed: u64) -> Vec<Told> {
    let routes: HashMap<&str, &Route> = routes.iter().map(|route| (route.fact.number.as_str(), route)).collect();
    let mut diary = Diary::new("buses");
    let mut dice = dice(seed, "day of the buses");
    for row in 0..rows.len() {
        let Some(route) = routes.get(text(rows, row, "route")) else { continue };
        let id: Arc<str> = rows.id(row).into();
        let capacity = number(rows, row, "capacity").max(20.0);
        let whole = length(&route.line);
        let start = along(&route.line, place(rows.arena().lon_lat()[row]));
        let metres_a_second = dice.random_range(6.5..10.5);
        let hours = [&route.fact.first_departure, &route.fact.last_departure].map(|text| clock(text));
        for at in (hours[0] + dice.random_range(0..EVERY)..hours[1] + 3600).step_by(EVERY as usize) {
            let driven = f64::from(at - hours[0]) * metres_a_second;
            let there = drive(&route.line, whole, start + driven, REST * metres_a_second);
            let crowd =
                if (6 * 3600..9 * 3600).contains(&at) || (16 * 3600..19 * 3600).contains(&at) { 0.8 } else { 0.4 };
            let passengers = (capacity * crowd * dice.random_range(0.4..1.2)).round().min(capacity);
            let driving = if there.rests { 0.0 } else { (metres_a_second * 3.6 * dice.random_range(0.8..1.2)).round() };
            let values = [("speed_kmh", driving), ("bearing_deg", bearing(there.heading)), ("passengers", passengers)];
            diary.note(at, &id, Some(there.at), &values);
        }
    }
    diary.told
}

/// `05:30` in seconds since midnight.
fn clock(text: &str) -> u32 {
    let (hours, minutes) = text.split_once(':').unwrap_or(("0", "0"));
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    number(hours) * 3600 + number(minutes) * 60
}

struct Whereabouts {
    at: Place,
    heading: Place,
    rests: bool,
}

/// Where somebody is who has gone so far up and down a line and waits at its ends as long as `rest` metres take.
fn drive(line: &[Place], whole: f64, gone: f64, rest: f64) -> Whereabouts {
    let gone = gone.rem_euclid(2.0 * (whole + rest));
    let back = gone >= whole + rest;
    let leg = if back { gone - whole - rest } else { gone };
    let metres = if back { whole - leg.min(whole) } else { leg.min(whole) };
    let (at, heading) = spot(line, metres);
    let heading = if back { [-heading[0], -heading[1]] } else { heading };
    Whereabouts { at, heading, rests: leg > whole }
}

fn spot(line: &[Place], metres: f64) -> (Place, Place) {
    let mut left = metres;
    for pair in line.windows(2) {
        let piece = distance(pair[0], pair[1]);
        if left <= piece && piece > 0.0 {
            return (between(pair[0], pair[1], left / piece), direction(pair[0], pair[1]));
        }
        left -= piece;
    }
    let last = line.len() - 1;
    (line[last], direction(line[last.saturating_sub(1)], line[last]))
}

/// How far along a line the vertex nearest to a place is.
fn along(line: &[Place], to: Place) -> f64 {
    let nearest = (0..line.len()).min_by(|&a, &b| distance(line[a], to).total_cmp(&distance(line[b], to))).unwrap_or(0);
    length(&line[..=nearest])
}
