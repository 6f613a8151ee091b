//! The air is worst when people drive. One station falls silent in the morning, and one jumps in the afternoon.

use std::sync::Arc;

use rand::Rng;

use super::{DAY, Diary, Told, rhythm, within};
use crate::demo::noise::dice;
use crate::model::Rows;

/// Seconds between two readings.
const EVERY: u32 = 600;

/// Fine dust in µg/m³, by the hour.
const PM25: [(f64, f64); 8] =
    [(0.0, 22.0), (5.0, 18.0), (7.5, 58.0), (10.0, 34.0), (15.0, 26.0), (18.0, 66.0), (21.0, 36.0), (24.0, 22.0)];

/// Degrees, by the hour.
const TEMPERATURE: [(f64, f64); 4] = [(0.0, 23.5), (5.5, 21.5), (14.0, 31.0), (24.0, 23.5)];

/// From when on the third station says nothing.
pub const SILENT_FROM: u32 = 9 * 3600;

/// When the fifth tells of ten times the dust.
pub const JUMP: std::ops::Range<u32> = 14 * 3600..14 * 3600 + 1800;

/// Dust in µg/m³ and the index that it comes to, straight in between (the table of decision 1459/QĐ-TCMT of 2019 for `PM2.5`).
const INDEX: [(f64, f64); 8] = [
    (0.0, 0.0),
    (25.0, 50.0),
    (50.0, 100.0),
    (80.0, 150.0),
    (150.0, 200.0),
    (250.0, 300.0),
    (350.0, 400.0),
    (500.0, 500.0),
];

/// What all of them tell.
pub fn day(rows: &Rows, seed: u64) -> Vec<Told> {
    let mut diary = Diary::new("air_stations");
    let mut dice = dice(seed, "day of the air");
    for row in 0..rows.len() {
        let id: Arc<str> = rows.id(row).into();
        let place = dice.random_range(0.6..1.25);
        let first = dice.random_range(0..EVERY);
        for at in (first..DAY).step_by(EVERY as usize) {
            let jump = if row == 4 && JUMP.contains(&at) { 10.0 } else { 1.0 };
            let pm25 = within(place * jump * rhythm(&PM25, at) * dice.random_range(0.92..1.08), 0.0, 1_000.0);
            let pm10 = within(pm25 * dice.random_range(1.4..1.8), 0.0, 2_000.0);
            let temperature = rhythm(&TEMPERATURE, at) + dice.random_range(-0.4..0.4);
            let humidity = within(96.0 - (temperature - 21.0) * 3.4 + dice.random_range(-2.0..2.0), 0.0, 100.0);
            if row == 2 && at >= SILENT_FROM {
                continue;
            }
            let values = [
                ("pm25", pm25),
                ("pm10", pm10),
                ("aqi", index(pm25)),
                ("temperature", within(temperature, -20.0, 60.0)),
                ("humidity", humidity),
            ];
            diary.note(at, &id, None, &values);
        }
    }
    diary.told
}

fn index(pm25: f64) -> f64 {
    let pair = INDEX.windows(2).find(|pair| pm25 < pair[1].0);
    let straight = |pair: &[(f64, f64)]| {
        let [(from, start), (to, end)] = [pair[0], pair[1]];
        start + (end - start) * (pm25 - from) / (to - from)
    };
    pair.map_or(500.0, straight).round()
}
