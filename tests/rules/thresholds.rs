//! Thresholds against a walk by hand over readings that come late, twice, and in batches of any size.

use citylayers::model::Observation;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Town, at, level_of, seconds};

const RULE: &str = "id = 'high'\ntitle = { vi = 'Cao', en = 'High' }\nlayer = 'stations'\nseverity = 'Minor'\n\
                    [when]\ntype = 'threshold'\nproperty = 'level'\nabove = 6\nclear = 4";

/// Raised and ended (or not) of each station, in order.
type Spans = Vec<(String, i64, Option<i64>)>;

/// What should come of readings in the order in which they came.
fn oracle(batches: &[Vec<Observation>]) -> Spans {
    let mut spans: Spans = Vec::new();
    for station in ["A", "B", "C"] {
        let (mut newest, mut open): (Option<i64>, Option<usize>) = (None, None);
        for batch in batches {
            let mut own: Vec<(i64, f64)> = batch
                .iter()
                .filter(|reading| reading.feature.as_str() == station)
                .map(|reading| (seconds(reading.time), reading.values[0].unwrap()))
                .collect();
            own.sort_by_key(|(second, _)| *second);
            // Of one moment the reading that came first counts.
            own.dedup_by_key(|(second, _)| *second);
            let known = newest;
            for (second, level) in own.into_iter().filter(|(second, _)| known.is_none_or(|known| known < *second)) {
                newest = Some(second);
                match open {
                    None if level > 6.0 => {
                        open = Some(spans.len());
                        spans.push((station.to_owned(), second, None));
                    }
                    Some(place) if level <= 4.0 => {
                        spans[place].2 = Some(second);
                        open = None;
                    }
                    _ => {}
                }
            }
        }
    }
    spans.sort();
    spans
}

#[test]
fn thresholds_are_what_a_walk_by_hand_finds() {
    for seed in 0..200 {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let mut readings: Vec<Observation> = (0..dice.random_range(1..120))
            .map(|_| {
                let station = ["A", "B", "C"][dice.random_range(0..3_usize)];
                level_of(station, dice.random_range(0..200), f64::from(dice.random_range(0..100)) / 10.0)
            })
            .collect();
        readings.sort_by_key(|reading| reading.time);
        let len = readings.len();
        for _ in 0..len / 4 {
            let (one, other) = (dice.random_range(0..len), dice.random_range(0..len));
            readings.swap(one, other);
        }
        if seed % 10 == 0 {
            readings.shuffle(&mut dice);
        }
        let mut batches: Vec<Vec<Observation>> = Vec::new();
        while !readings.is_empty() {
            let rest = readings.split_off(dice.random_range(1..=readings.len().min(9)));
            batches.push(std::mem::replace(&mut readings, rest));
        }
        let mut town = Town::new(&[RULE]);
        for station in ["A", "B", "C"] {
            town.point("stations", station, [105.0, 19.0]);
        }
        for batch in &batches {
            town.observe("stations", batch.clone(), at(1000));
        }
        let mut found: Spans = town
            .alerts
            .iter()
            .map(|alert| {
                let over = (!alert.status.is_open()).then(|| seconds(alert.changed_at));
                (alert.feature.clone(), seconds(alert.raised_at), over)
            })
            .collect();
        found.sort();
        assert_eq!(found, oracle(&batches), "seed {seed}: {batches:?}");
    }
}
