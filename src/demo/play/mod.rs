//! A day of the demo city: what its sensors, buses and vessels tell from midnight to midnight.
//!
//! A pure function of the seed, the same on every machine, as the province is; who plays it says when the day is.

mod air;
mod buses;
mod lamps;
mod parking;
mod vessels;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::World;
use super::plane::{Place, lon_lat};
use super::sheet::tenths;
use crate::model::{Layer, Rows, ValueRef};

/// Seconds of a day.
pub const DAY: u32 = 24 * 3600;

/// What one feature tells at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Seconds since midnight.
    pub at: u32,
    /// Its layer.
    pub layer: &'static str,
    /// Its id.
    pub feature: Arc<str>,
    /// Where it is, `[lon, lat]`, if it moves.
    pub position: Option<[f64; 2]>,
    /// Properties that its layer observes.
    pub values: Vec<(&'static str, f64)>,
}

/// The day of the features that [`super::province`] makes of the same seed, layers and scale: by time, and no feature twice at a moment.
/// What a layer does not observe is left out.
#[must_use]
pub fn day(seed: u64, layers: &[Arc<Layer>], scale: f64) -> Vec<Told> {
    let world = World::new(seed, scale);
    let mut told = Vec::new();
    for layer in layers {
        let rows = || world.rows(layer);
        let of_layer = match layer.id.as_str() {
            "parking" => rows().map(|rows| parking::day(&rows, seed)),
            "street_lights" => rows().map(|rows| lamps::day(&rows, seed)),
            "air_stations" => rows().map(|rows| air::day(&rows, seed)),
            "buses" => rows().map(|rows| buses::day(&rows, &super::bus::routes(&world.roads), seed)),
            "vessels" => rows().map(|rows| vessels::day(&rows, seed)),
            _ => None,
        };
        let observed: BTreeSet<&str> = layer.observed.iter().map(|observed| observed.name.as_str()).collect();
        told.extend(of_layer.into_iter().flatten().filter_map(|mut one| {
            one.values.retain(|(name, _)| observed.contains(name));
            one.position = one.position.filter(|_| layer.moving);
            (!one.values.is_empty() || one.position.is_some()).then_some(one)
        }));
    }
    told.sort_by(|one, other| (one.at, one.layer, &one.feature).cmp(&(other.at, other.layer, &other.feature)));
    told
}

/// What everything of one layer tells.
struct Diary {
    layer: &'static str,
    told: Vec<Told>,
}

impl Diary {
    fn new(layer: &'static str) -> Self {
        Self { layer, told: Vec::new() }
    }

    fn note(&mut self, at: u32, feature: &Arc<str>, position: Option<Place>, values: &[(&'static str, f64)]) {
        if at < DAY {
            let (feature, position, values) = (Arc::clone(feature), position.map(lon_lat), values.to_vec());
            self.told.push(Told { at, layer: self.layer, feature, position, values });
        }
    }
}

/// The value of a day's rhythm, straight between `(hour, value)`s that begin at 0 and end at 24.
fn rhythm(table: &[(f64, f64)], second: u32) -> f64 {
    let hour = f64::from(second) / 3600.0;
    let pair = table.windows(2).find(|pair| hour < pair[1].0);
    pair.map_or(0.0, |pair| {
        let [(from, start), (to, end)] = [pair[0], pair[1]];
        start + (end - start) * (hour - from) / (to - from)
    })
}

/// The number of a row in a field, 0 without one.
#[expect(clippy::cast_precision_loss, reason = "places of a car park")]
fn number(rows: &Rows, row: usize, field: &str) -> f64 {
    let value = rows.layer().field_index(field).and_then(|field| rows.columns()[field].get(row));
    match value {
        Some(ValueRef::Integer(number)) => number as f64,
        Some(ValueRef::Real(number)) => number,
        Some(ValueRef::Text(text)) => text.parse().unwrap_or(0.0),
        _ => 0.0,
    }
}

/// The text of a row in a field, empty without one.
fn text<'r>(rows: &'r Rows, row: usize, field: &str) -> &'r str {
    let value = rows.layer().field_index(field).and_then(|field| rows.columns()[field].get(row));
    if let Some(ValueRef::Text(text)) = value { text } else { "" }
}

/// Clockwise from north in whole degrees, 0 to 359, of a unit vector `[east, north]`. Off by a quarter of a degree (S. Rajan et al.,
/// "Efficient approximations for the arctangent function", 2006): an arctangent is not the same on every machine.
fn bearing([east, north]: Place) -> f64 {
    let (small, large) = if east.abs() < north.abs() { (east, north) } else { (north, east) };
    let ratio = if large == 0.0 { 0.0 } else { small / large };
    let angle = ratio * (45.0 + 15.64 * (1.0 - ratio.abs()));
    let degrees = match (east.abs() < north.abs(), large > 0.0) {
        (true, true) => angle,
        (true, false) => 180.0 + angle,
        (false, true) => 90.0 - angle,
        (false, false) => 270.0 - angle,
    };
    degrees.round().rem_euclid(360.0)
}

/// A value to one digit behind the point, within what can be.
fn within(value: f64, least: f64, most: f64) -> f64 {
    tenths(value.clamp(least, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearing_is_that_of_the_arctangent() {
        for degree in 0..3600_u32 {
            let angle = f64::from(degree) / 10.0;
            let told = bearing([angle.to_radians().sin(), angle.to_radians().cos()]);
            let off = (told - angle + 540.0).rem_euclid(360.0) - 180.0;
            assert!(off.abs() < 0.8, "{angle} is told as {told}");
        }
    }

    #[test]
    fn a_rhythm_goes_straight_from_hour_to_hour() {
        let table = [(0.0, 10.0), (6.0, 10.0), (12.0, 40.0), (24.0, 4.0)];
        let expected = [(0, 10.0), (6, 10.0), (9, 25.0), (12, 40.0), (18, 22.0)];
        for (hour, value) in expected {
            assert!((rhythm(&table, hour * 3600) - value).abs() < 1e-9, "{hour}");
        }
    }
}
