//! Fences against `geo`, which is asked about each of them for each place.

use std::collections::BTreeMap;

use citylayers::model::Observation;
use geo::Contains;
use geo_types::{Coord, LineString, Point, Polygon};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Town, at, sailed, seconds};

fn rule(kind: &str) -> String {
    format!(
        "id = '{kind}'\ntitle = {{ vi = 'Tin', en = 'News' }}\nlayer = 'boats'\nseverity = 'Minor'\n[when]\ntype = '{kind}'\nfence = 'zones'\nmargin = 0"
    )
}

/// A star with few or many corners.
fn star(dice: &mut ChaCha8Rng) -> Vec<[f64; 2]> {
    let [x, y] = [dice.random_range(106.0..107.0), dice.random_range(18.5..19.5)];
    let corners = dice.random_range(3..40_u32);
    let mut ring: Vec<[f64; 2]> = (0..corners)
        .map(|corner| {
            let angle = f64::from(corner) / f64::from(corners) * std::f64::consts::TAU;
            let reach = dice.random_range(0.02..0.2);
            [x + reach * angle.cos(), y + reach * angle.sin()]
        })
        .collect();
    ring.push(ring[0]);
    ring
}

/// By rule, boat, zone and second: how often it was found, and when it was over.
type Found<'a> = BTreeMap<(&'a str, String, String, i64), (u32, Option<i64>)>;

/// Boats begin at a place far from all zones, and jump.
#[test]
fn fences_are_what_geo_says_of_each() {
    let mut dice = ChaCha8Rng::seed_from_u64(5);
    let mut most = 0;
    for round in 0..20 {
        let texts = ["enter", "exit", "inside"].map(rule);
        let mut town = Town::new(&texts.each_ref().map(String::as_str));
        let zones: Vec<Vec<[f64; 2]>> = (0..60).map(|_| star(&mut dice)).collect();
        let mut polygons: BTreeMap<String, Polygon<f64>> = BTreeMap::new();
        for (number, ring) in zones.iter().enumerate() {
            town.zone(&format!("Z{number}"), ring);
            let line = LineString::from(ring.iter().map(|[x, y]| Coord { x: *x, y: *y }).collect::<Vec<_>>());
            polygons.insert(format!("Z{number}"), Polygon::new(line, Vec::new()));
        }
        for boat in ["a", "b"] {
            town.point("boats", boat, [100.0, 10.0]);
        }
        let readings: Vec<Observation> = (1..80)
            .map(|second| {
                let place = [dice.random_range(105.9..107.1), dice.random_range(18.4..19.6)];
                sailed(["a", "b"][dice.random_range(0..2_usize)], second, place)
            })
            .collect();
        for batch in readings.chunks(dice.random_range(1..8)) {
            town.observe("boats", batch.to_vec(), at(1000));
        }
        // By rule, boat and zone: when it was found, how often, and when it was over.
        let mut expected: Found = BTreeMap::new();
        for boat in ["a", "b"] {
            for (zone, polygon) in &polygons {
                let mut inside = false;
                let (mut entered, mut left, mut stay) = (Vec::new(), Vec::new(), None);
                for reading in readings.iter().filter(|reading| reading.feature.as_str() == boat) {
                    let ([x, y], second) = (reading.position.unwrap(), seconds(reading.time));
                    let now = polygon.contains(&Point::new(x, y));
                    if now && !inside {
                        entered.push(second);
                        stay = Some(second);
                        expected.insert(("inside", boat.to_owned(), zone.clone(), second), (1, None));
                    }
                    if inside && !now {
                        left.push(second);
                        let key = ("inside", boat.to_owned(), zone.clone(), stay.unwrap());
                        expected.insert(key, (1, Some(second)));
                    }
                    inside = now;
                }
                for (name, seconds) in [("enter", entered), ("exit", left)] {
                    if let Some(first) = seconds.first() {
                        let count = u32::try_from(seconds.len()).unwrap();
                        expected.insert((name, boat.to_owned(), zone.clone(), *first), (count, None));
                    }
                }
            }
        }
        let found: Found = town
            .alerts
            .iter()
            .map(|alert| {
                let over = (!alert.status.is_open()).then(|| seconds(alert.changed_at));
                let zone = alert.fence.as_ref().unwrap().feature.clone();
                ((alert.rule.as_str(), alert.feature.clone(), zone, seconds(alert.raised_at)), (alert.count, over))
            })
            .collect();
        assert_eq!(found, expected, "round {round}");
        most = most.max(found.len());
    }
    assert!(most > 50, "the boats met {most} fences at most");
}
