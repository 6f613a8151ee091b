//! Car parks fill in the morning, and again in the evening.

use std::sync::Arc;

use rand::Rng;

use super::{DAY, Diary, Told, number, rhythm};
use crate::demo::noise::dice;
use crate::model::Rows;

/// Seconds between two readings.
const EVERY: u32 = 300;

/// The share that is taken, by the hour.
const TAKEN: [(f64, f64); 9] = [
    (0.0, 0.22),
    (5.5, 0.18),
    (8.0, 0.72),
    (11.0, 0.86),
    (13.5, 0.62),
    (17.0, 0.7),
    (19.5, 0.93),
    (22.0, 0.4),
    (24.0, 0.22),
];

/// What all of them tell. The first is full at the busiest hour, whatever chance says.
pub fn day(rows: &Rows, seed: u64) -> Vec<Told> {
    let mut diary = Diary::new("parking");
    let mut dice = dice(seed, "day of the car parks");
    for row in 0..rows.len() {
        let id: Arc<str> = rows.id(row).into();
        let capacity = number(rows, row, "capacity");
        if capacity < 1.0 {
            continue;
        }
        let liked = dice.random_range(0.75..1.1);
        let first = dice.random_range(0..EVERY);
        for at in (first..DAY).step_by(EVERY as usize) {
            let chance = dice.random_range(-0.04..0.04);
            let taken = if row == 0 && (19 * 3600..20 * 3600).contains(&at) {
                1.0
            } else {
                liked * rhythm(&TAKEN, at) + chance
            };
            let free = (capacity * (1.0 - taken.clamp(0.0, 1.0))).round();
            diary.note(at, &id, None, &[("free", free)]);
        }
    }
    diary.told
}
