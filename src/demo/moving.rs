//! What moves: buses on their routes, and fishing vessels off the coast. Where they are is where they were seen first; readings move
//! them on.

use std::sync::Arc;

use geo_types::Point;
use rand::Rng;

use super::bus::Route;
use super::curve::{length, walked};
use super::noise::dice;
use super::plane::point;
use super::sheet::{Sheet, tenths};
use crate::geo::Geometry;
use crate::model::ValueRef::{Integer, Real, Text};
use crate::model::{Layer, Rows};

/// Buses of a route at once.
const BUSES: u32 = 4;

/// Fishing harbours with the letters of their vessels' numbers, to 0.01 degree. East of each is open sea.
const HARBOURS: [(&str, &str, [f64; 2]); 5] = [
    ("Cửa Hội", "NA", [105.77, 18.77]),
    ("Lạch Vạn", "NA", [105.64, 18.99]),
    ("Lạch Quèn", "NA", [105.75, 19.11]),
    ("Lạch Bạng", "TH", [105.82, 19.38]),
    ("Lạch Hới", "TH", [105.95, 19.79]),
];

/// Vessels of a harbour.
const VESSELS: i64 = 16;

pub fn buses(routes: &[Route], seed: u64, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let mut dice = dice(seed, "buses");
    for route in routes {
        let whole = length(&route.line);
        for number in 0..BUSES {
            let along = (f64::from(number) + dice.random_range(0.2..0.8)) / f64::from(BUSES) * whole;
            let Some((at, _)) = walked(&route.line, along, whole).into_iter().next() else { continue };
            let id = format!("XB-{}-{:02}", route.fact.number, number + 1);
            let plate = format!("37B-{:03}.{:02}", dice.random_range(100..1000_u32), dice.random_range(0..100_u32));
            let values = [
                ("plate", Text(plate.as_str())),
                ("route", Text(&route.fact.number)),
                ("capacity", Integer([29, 45, 60][dice.random_range(0..3_usize)])),
            ];
            sheet.put(&id, &point(at), &values);
        }
    }
    sheet.finished()
}

pub fn vessels(seed: u64, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let mut dice = dice(seed, "vessels");
    for (harbour, letters, [lon, lat]) in HARBOURS {
        for number in 0..VESSELS {
            let id = format!("{letters}-{:05}-TS", 90_000 + sheet.len() * 137 % 9_973);
            let off = [lon + dice.random_range(0.04..0.75), lat + dice.random_range(-0.1..0.1)];
            let [lon, lat] = off.map(|degrees| (degrees * 1e5_f64).round() / 1e5);
            let length_m = tenths(dice.random_range(11.0..26.0));
            let values = [
                ("name", Text(&format!("{harbour} {:02}", number + 1) as &str)),
                ("harbour", Text(harbour)),
                ("kind", Text(if length_m < 15.0 { "coastal" } else { "offshore" })),
                ("length_m", Real(length_m)),
            ];
            sheet.put(&id, &Geometry::Point(Point::new(lon, lat)), &values);
        }
    }
    sheet.finished()
}
