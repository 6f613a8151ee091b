//! `shapes.txt`, and the ways of routes.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::FeedError;
use super::calls::Calls;
use super::ledger::Ledger;
use super::stops::Stops;
use super::trips::Trips;
use crate::geo::measure::distance;

/// Lines by shape.
#[derive(Default)]
pub struct Shapes(HashMap<String, Vec<[f64; 2]>>);

pub fn read(ledger: &Ledger<'_>) -> Result<Shapes, FeedError> {
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut points: Vec<(u32, u32, [f64; 2])> = Vec::new();
    ledger.rows("shapes.txt", &["shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"], |row| {
        let id = row.need(0)?;
        let degrees = |most: f64| move |text: &str| text.parse::<f64>().ok().filter(|degrees| degrees.abs() <= most);
        let lat = row.need_read(1, "latitude in degrees", degrees(90.0))?;
        let lon = row.need_read(2, "longitude in degrees", degrees(180.0))?;
        let sequence = row.need_read(3, "whole number from 0", |text| text.parse().ok())?;
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        let number = match numbers.get(id.as_ref()) {
            Some(number) => *number,
            None => *numbers.entry(id.into_owned()).or_insert(next),
        };
        points.push((number, sequence, [lon, lat]));
        Ok(())
    })?;
    points.sort_by_key(|(number, sequence, _)| (*number, *sequence));
    let mut lines: Vec<Vec<[f64; 2]>> = vec![Vec::new(); numbers.len()];
    for (number, _, place) in points {
        let line = &mut lines[number as usize];
        if line.last() != Some(&place) {
            line.push(place);
        }
    }
    Ok(Shapes(numbers.into_iter().map(|(id, number)| (id, std::mem::take(&mut lines[number as usize]))).collect()))
}

impl Shapes {
    /// The way of each route, by its number: all that its trips' shapes pass, each stretch once, the longest shape first. A trip without
    /// a shape goes straight from stop to stop.
    pub fn lines(&self, trips: &Trips, calls: &Calls, stops: &Stops) -> HashMap<u32, Vec<Vec<[f64; 2]>>> {
        let mut drawn: HashMap<u32, BTreeSet<&str>> = HashMap::new();
        let mut patterns: HashMap<u32, BTreeSet<Vec<u32>>> = HashMap::new();
        for calls in calls.by_trip() {
            let trip = &trips.list[calls[0].trip as usize];
            let shape = trip.shape.as_deref().filter(|shape| self.0.get(*shape).is_some_and(|line| line.len() > 1));
            if let Some(shape) = shape {
                drawn.entry(trip.route).or_default().insert(shape);
            } else {
                patterns.entry(trip.route).or_default().insert(calls.iter().map(|call| call.stop).collect());
            }
        }
        let routes: BTreeSet<u32> = drawn.keys().chain(patterns.keys()).copied().collect();
        let way = |route: u32| {
            let shaped = drawn.get(&route).into_iter().flatten().map(|shape| self.0[*shape].clone());
            let straight = patterns.get(&route).into_iter().flatten();
            let straight =
                straight.map(|stops_on_it| stops_on_it.iter().map(|stop| stops.place(*stop)).collect::<Vec<_>>());
            united(shaped.chain(straight).collect())
        };
        routes.into_iter().map(|route| (route, way(route))).filter(|(_, lines)| !lines.is_empty()).collect()
    }
}

/// Lines without the stretches that one before has, in either direction: what is drawn twice looks as if it were more.
fn united(mut lines: Vec<Vec<[f64; 2]>>) -> Vec<Vec<[f64; 2]>> {
    let length = |line: &[[f64; 2]]| line.windows(2).map(|pair| distance(pair[0], pair[1])).sum::<f64>();
    lines.sort_by(|one, other| length(other).total_cmp(&length(one)));
    let mut passed: HashSet<[[u64; 2]; 2]> = HashSet::new();
    let mut union = Vec::new();
    for line in lines {
        let mut own: Vec<[f64; 2]> = Vec::new();
        for pair in line.windows(2) {
            let mut stretch = [pair[0], pair[1]].map(|place| place.map(f64::to_bits));
            stretch.sort_unstable();
            if stretch[0] == stretch[1] {
                continue;
            }
            if passed.insert(stretch) {
                if own.is_empty() {
                    own.push(pair[0]);
                }
                own.push(pair[1]);
            } else if !own.is_empty() {
                union.push(std::mem::take(&mut own));
            }
        }
        if !own.is_empty() {
            union.push(own);
        }
    }
    union
}

#[cfg(test)]
mod tests {
    use super::united;

    #[test]
    #[expect(clippy::many_single_char_names, reason = "places of a drawing")]
    fn what_was_passed_is_not_drawn_again() {
        let [a, b, c, d, e] = [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [1.0, 1.0]];
        let back = vec![d, c, b, a];
        assert_eq!(united(vec![vec![a, b, c, d], back]), [vec![a, b, c, d]]);
        assert_eq!(united(vec![vec![a, b, e], vec![a, b, c, d]]), [vec![a, b, c, d], vec![b, e]]);
        assert_eq!(united(vec![vec![a, a]]), Vec::<Vec<[f64; 2]>>::new());
    }
}
