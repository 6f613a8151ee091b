//! Vessels trawl around where they were. One sails into the protected waters of Hòn Mê and out again, and one lies on their border,
//! where its receiver tells it to be now inside and now outside.

use std::sync::Arc;

use rand::Rng;

use super::{DAY, Diary, Told, bearing, tenths};
use crate::demo::noise::dice;
use crate::demo::plane::{Place, between, direction, distance, moved, place};
use crate::demo::protected::hon_me;
use crate::model::Rows;

/// Seconds between two readings of who trawls, and of who sails.
const EVERY: u32 = 600;
const OFTEN: u32 = 120;

/// When the one sails to the middle of the protected waters, turns around, and is home again.
pub const RAID: [u32; 3] = [8 * 3600, 11 * 3600, 14 * 3600];

/// When the other one lies on their border.
pub const JITTER: std::ops::Range<u32> = 10 * 3600..12 * 3600;

/// Metres beyond the protected waters in which nobody else moves.
const CLEAR: f64 = 6_000.0;

/// Knots of a metre a second.
const KNOTS: f64 = 1.9438;

/// What all of them tell.
pub fn day(rows: &Rows, seed: u64) -> Vec<Told> {
    let mut diary = Diary::new("vessels");
    let mut dice = dice(seed, "day of the vessels");
    let ring = hon_me(seed);
    let middle = middle(&ring);
    let reach = ring.iter().map(|&at| distance(at, middle)).fold(0.0, f64::max);
    let home = |row: usize| place(rows.arena().lon_lat()[row]);
    let far = |row: &usize| distance(home(*row), middle) > reach + CLEAR;
    let mut nearest: Vec<usize> = (0..rows.len()).filter(far).collect();
    nearest.sort_by(|&a, &b| distance(home(a), middle).total_cmp(&distance(home(b), middle)));
    for row in 0..rows.len() {
        let id: Arc<str> = rows.id(row).into();
        let first = dice.random_range(0..EVERY);
        let legs: Vec<Place> = (0..8)
            .map(|_| {
                moved(
                    home(row),
                    [1.0, 0.0],
                    dice.random_range(-1.0..1.0) * 2_500.0,
                    dice.random_range(-1.0..1.0) * 2_500.0,
                )
            })
            .collect();
        let places: Vec<(u32, Place)> = if nearest.first() == Some(&row) {
            raid(home(row), middle)
        } else if nearest.get(1) == Some(&row) {
            jitter(&ring, middle)
        } else {
            let lies = !far(&row);
            let at = |at: u32| if lies { home(row) } else { trawl(home(row), &legs, at) };
            (first..DAY).step_by(EVERY as usize).map(|second| (second, at(second))).collect()
        };
        note(&mut diary, &id, &places);
    }
    diary.told
}

fn note(diary: &mut Diary, id: &Arc<str>, places: &[(u32, Place)]) {
    let mut before: Option<(u32, Place)> = None;
    for &(at, here) in places {
        let (speed, course) = before.map_or((0.0, 0.0), |(since, there)| {
            let speed = distance(there, here) / f64::from(at - since) * KNOTS;
            let course = if distance(there, here) > 0.0 { bearing(direction(there, here)) } else { 0.0 };
            (tenths(speed.min(40.0)), course)
        });
        diary.note(at, id, Some(here), &[("speed_kn", speed), ("course_deg", course)]);
        before = Some((at, here));
    }
}

/// From leg to leg, three hours each, and home at midnight.
fn trawl(home: Place, legs: &[Place], at: u32) -> Place {
    let step = DAY / 8;
    let turn = |number: u32| if number.is_multiple_of(8) { home } else { legs[number as usize % legs.len()] };
    let number = at / step;
    between(turn(number), turn(number + 1), f64::from(at % step) / f64::from(step))
}

fn raid(home: Place, middle: Place) -> Vec<(u32, Place)> {
    let share = |at: u32, [from, to]: [u32; 2]| f64::from(at.clamp(from, to) - from) / f64::from(to - from);
    let [out, turn, back] = RAID;
    let there = |at: u32| share(at, [out, turn]) - share(at, [turn, back]);
    (60..DAY).step_by(OFTEN as usize).map(|at| (at, between(home, middle, there(at)))).collect()
}

/// A hundred metres outside all day, and in between now 25 m to this side of the border and now to that.
fn jitter(ring: &[Place], middle: Place) -> Vec<(u32, Place)> {
    let border = between(ring[40], ring[41], 0.5);
    let outwards = direction(middle, border);
    let place = |(number, at): (u32, u32)| {
        let off = match (JITTER.contains(&at), number % 2) {
            (false, _) => 100.0,
            (true, 0) => 25.0,
            (true, _) => -25.0,
        };
        (at, moved(border, outwards, off, 0.0))
    };
    (0..).zip((90..DAY).step_by(OFTEN as usize)).map(place).collect()
}

#[expect(clippy::cast_precision_loss, reason = "some dozens")]
fn middle(ring: &[Place]) -> Place {
    let sum = |axis: usize| ring.iter().map(|at| at[axis]).sum::<f64>() / ring.len() as f64;
    [sum(0), sum(1)]
}
