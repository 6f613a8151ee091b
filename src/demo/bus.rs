//! Buses along the national roads, with stops where towns are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::curve::{length, walked};
use super::facts::{self, BusFact};
use super::network::Road;
use super::places::ward_at;
use super::plane::{Place, distance, line, moved, point, squared};
use super::sheet::{Sheet, tenths};
use super::territory::Territory;
use super::town::Town;
use crate::model::ValueRef::{Boolean, Integer, Real, Text};
use crate::model::{Layer, Rows};

/// A route: part of a road.
pub struct Route {
    pub fact: BusFact,
    pub line: Vec<Place>,
}

pub fn routes(roads: &[Road]) -> Vec<Route> {
    let found = facts::buses().into_iter().filter_map(|fact| {
        let road = roads.iter().find(|road| road.number.as_deref() == Some(&fact.road))?;
        let line = part(&road.line, fact.ends());
        Some(Route { fact, line })
    });
    found.collect()
}

/// The part of a line between the places nearest to two others, from the first to the second.
fn part(line: &[Place], ends: [Place; 2]) -> Vec<Place> {
    let nearest =
        |to: Place| (0..line.len()).min_by(|&a, &b| squared(line[a], to).total_cmp(&squared(line[b], to))).unwrap_or(0);
    let [from, to] = ends.map(nearest);
    let mut part = line[from.min(to)..=from.max(to)].to_vec();
    if from > to {
        part.reverse();
    }
    part
}

pub fn route_rows(routes: &[Route], layer: &Arc<Layer>) -> Rows {
    let colors = ["#5f8fa8", "#b5785f", "#7f9e72", "#8d86ad", "#c9a66b"];
    let mut sheet = Sheet::new(layer);
    for (number, Route { fact, line: places }) in routes.iter().enumerate() {
        let values = [
            ("number", Text(fact.number.as_str())),
            ("name", Text(&format!("{} – {}", fact.from, fact.to))),
            ("mode", Text("bus")),
            ("description", Text(&format!("Từ {} đến {} theo {}", fact.from, fact.to, fact.road))),
            ("headway_min", Integer(fact.headway_min)),
            ("first_departure", Text(&fact.first_departure)),
            ("last_departure", Text(&fact.last_departure)),
            ("length_km", Real(tenths(length(places) / 1_000.0))),
            ("fare", Real(fare(places))),
            ("currency", Text(CURRENCY)),
            ("route_color", Text(colors[number % colors.len()])),
        ];
        sheet.put(&fact.number, &line(places), &values);
    }
    sheet.finished()
}

/// What a ride on a route costs, in [`CURRENCY`]: more on a longer one.
pub fn fare(line: &[Place]) -> f64 {
    (8.0 + (length(line) / 5_000.0).floor()) * 1_000.0
}

pub const CURRENCY: &str = "VND";

struct Stop {
    at: Place,
    routes: Vec<String>,
    terminal: bool,
}

/// The stops of a route on its way: which one, and how many metres from its beginning.
pub type Way = Vec<(usize, f64)>;

/// The id of the stop with a number.
pub fn stop_id(number: usize) -> String {
    format!("DX-{:03}", number + 1)
}

pub fn stop_rows(routes: &[Route], territory: &Territory, towns: &[Town], layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let mut used: BTreeMap<String, u32> = BTreeMap::new();
    for stop in stops(routes, towns).0 {
        let ward = ward_at(territory, stop.at).map_or("", |ward| ward.name.as_str()).to_owned();
        let count = used.entry(ward.clone()).or_default();
        *count += 1;
        let kind = if stop.terminal { "station" } else { "stop" };
        let name = if stop.terminal { format!("Bến xe buýt {ward}") } else { format!("{ward} {count}") };
        let id = stop_id(sheet.len());
        let values = [
            ("name", Text(name.as_str())),
            ("stop_code", Text(&id)),
            ("kind", Text(kind)),
            ("shelter", Boolean(stop.terminal || !count.is_multiple_of(3))),
            ("wheelchair", Text(if stop.terminal { "yes" } else { "unknown" })),
            ("routes", Text(&stop.routes.join(", "))),
        ];
        sheet.put(&id, &point(stop.at), &values);
    }
    sheet.finished()
}

/// Stops every 700 m in towns and every 2.8 km between them; routes that share a road share its stops.
fn stops(routes: &[Route], towns: &[Town]) -> (Vec<Stop>, Vec<Way>) {
    let mut stops: Vec<Stop> = Vec::new();
    let mut ways = Vec::new();
    for Route { fact, line } in routes {
        let mut way = Way::new();
        let whole = length(line);
        let mut since = f64::INFINITY;
        for (number, (at, heading)) in (0_u32..).zip(walked(line, 0.0, 100.0)) {
            since += 100.0;
            let urban = towns.iter().any(|town| distance(town.centre(), at) < town.radius * 1.3);
            let last = f64::from(number + 1) * 100.0 > whole;
            if !last && since < if urban { 700.0 } else { 2_800.0 } {
                continue;
            }
            since = 0.0;
            let near = stops.iter().position(|stop| distance(stop.at, at) < 260.0);
            way.push((near.unwrap_or(stops.len()), f64::from(number) * 100.0));
            match near {
                Some(near) => {
                    let stop = &mut stops[near];
                    stop.terminal |= last || number == 0;
                    if !stop.routes.contains(&fact.number) {
                        stop.routes.push(fact.number.clone());
                    }
                }
                None => stops.push(Stop {
                    at: moved(at, heading, 0.0, -8.0),
                    routes: vec![fact.number.clone()],
                    terminal: last || number == 0,
                }),
            }
        }
        way.dedup_by_key(|(stop, _)| *stop);
        ways.push(way);
    }
    (stops, ways)
}

/// Where each route calls.
pub fn ways(routes: &[Route], towns: &[Town]) -> Vec<Way> {
    stops(routes, towns).1
}
