//! Made-up features in any number, for measuring.

use std::sync::Arc;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::facts;
use super::noise::dice;
use super::plane::{Place, line, moved, point};
use super::sheet::Sheet;
use crate::model::ValueRef::{Real, Text};
use crate::model::{Layer, Rows};

/// `count` lamps with six attributes, as the fields of `layer` (`street_lights`) have them. Nine in ten stand in rows
/// along streets in and around the real towns, more in the larger ones; the rest is scattered over the province.
/// Deterministic for a seed; the first lamps are the same whatever the count.
#[must_use]
pub fn points(seed: u64, count: u32, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let mut dice = dice(seed, "synthetic");
    let towns: Vec<(Place, f64)> = facts::towns().iter().map(|town| (town.place(), town.radius_m)).collect();
    let total: f64 = towns.iter().map(|(_, radius)| radius * radius).sum();
    let mut street = Street::new(&towns, total, &mut dice);
    for number in 1..=count {
        if street.left == 0 {
            street = Street::new(&towns, total, &mut dice);
        }
        let at = street.next();
        let led = dice.random_range(0..5_u32) > 0;
        let values = [
            ("asset_no", Text(&format!("L{number:08}") as &str)),
            ("lamp_type", Text(if led { "led" } else { "hps" })),
            ("wattage", Text(["50", "70", "100", "150"][dice.random_range(0..4_u32) as usize])),
            ("status", Text(if dice.random_range(0..25_u32) == 0 { "faulty" } else { "working" })),
            ("pole_height", Real(f64::from(dice.random_range(6..=10_u32)))),
            ("street", Text(&street.name)),
        ];
        sheet.put(&number.to_string(), &point(at), &values);
    }
    sheet.finished()
}

/// `count` streets of 90 m to 600 m with five attributes, as the fields of `layer` (`roads`) have them, where [`points`] puts
/// its lamps. Most are lanes, few are avenues. Ids begin with `S`, so that they can stand beside the roads of the demo.
/// Deterministic for a seed; the first streets are the same whatever the count.
#[must_use]
pub fn roads(seed: u64, count: u32, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let mut dice = dice(seed, "synthetic roads");
    let towns: Vec<(Place, f64)> = facts::towns().iter().map(|town| (town.place(), town.radius_m)).collect();
    let total: f64 = towns.iter().map(|(_, radius)| radius * radius).sum();
    for number in 1..=count {
        let mut street = Street::new(&towns, total, &mut dice);
        let steps = dice.random_range(3..=20_u32);
        let places: Vec<Place> = (0..=steps)
            .map(|_| {
                let at = street.next();
                moved(at, street.heading, 0.0, dice.random_range(-2.0..2.0))
            })
            .collect();
        let (class, width) = match dice.random_range(0..20_u32) {
            0 => ("secondary", 18.0),
            1..5 => ("tertiary", 10.5),
            _ => ("residential", 5.5),
        };
        let values = [
            ("name", Text(&street.name as &str)),
            ("road_class", Text(class)),
            ("level", Text("urban")),
            ("width_m", Real(width)),
            ("length_m", Real(f64::from(steps) * 30.0)),
        ];
        sheet.put(&format!("S{number}"), &line(&places), &values);
    }
    sheet.finished()
}

/// A straight row of lamps, 30 m apart.
struct Street {
    at: Place,
    heading: Place,
    left: u32,
    name: String,
}

impl Street {
    fn new(towns: &[(Place, f64)], total: f64, dice: &mut ChaCha8Rng) -> Self {
        let mut ticket = dice.random_range(0.0..total);
        let town = towns.iter().find(|(_, radius)| {
            ticket -= radius * radius;
            ticket <= 0.0
        });
        let (centre, radius) = *town.unwrap_or(&towns[0]);
        let far = if dice.random_range(0..10_u32) == 0 { 18.0 } else { 2.2 };
        // The sum of three draws is near the middle more often than not.
        let mut spread = || (0..3).map(|_| dice.random_range(-1.0..1.0)).sum::<f64>() / 3.0 * radius * far;
        let at = moved(centre, [1.0, 0.0], spread(), spread());
        let slope = dice.random_range(-0.3..0.3);
        let length = f64::sqrt(1.0 + slope * slope);
        let heading = if dice.random_range(0..2_u32) == 0 {
            [1.0 / length, slope / length]
        } else {
            [-slope / length, 1.0 / length]
        };
        let name = format!("Đường số {}", dice.random_range(1..2_000_u32));
        Self { at, heading, left: dice.random_range(8..60), name }
    }

    fn next(&mut self) -> Place {
        self.left = self.left.saturating_sub(1);
        let at = self.at;
        self.at = moved(at, self.heading, 30.0, 0.0);
        at
    }
}
