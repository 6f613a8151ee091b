//! Street lights along the streets of the towns.

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};
use rand::Rng;

use super::curve::{length, walked};
use super::noise::dice;
use super::plane::{moved, point};
use super::sheet::Sheet;
use super::streets::Street;
use super::town::Rank;
use crate::model::ValueRef::{self, DateTime as Moment, Real, Text};
use crate::model::{Layer, Rows};

/// The first lamp of the demo was put up on this day.
const FIRST: NaiveDate = NaiveDate::from_ymd_opt(2008, 1, 5).expect("a day of the calendar");

/// About `count` lamps, evenly along all streets, one side after the other.
pub fn rows(streets: &[Street<'_>], seed: u64, count: f64, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let mut dice = dice(seed, "lamps");
    let total: f64 = streets.iter().map(|street| length(&street.line)).sum();
    let spacing = total / count.max(1.0);
    // What is left of the spacing at a street's end is taken into the next, so that the number comes out.
    let mut start = spacing / 2.0;
    for street in streets {
        let mut cabinet = Cabinet { number: sheet.len() / 60 + 1, lamps: 0 };
        for (number, (at, heading)) in walked(&street.line, start, spacing).into_iter().enumerate() {
            let side = if number % 2 == 0 { 1.0 } else { -1.0 };
            let lamp = Lamp::new(street.rank, &mut dice);
            let place = point(moved(at, heading, 0.0, side * (street.rank.width() / 2.0 - 1.5)));
            cabinet.lamps += 1;
            put(&mut sheet, street, &lamp, &cabinet, &place);
        }
        start = (start - length(&street.line)).rem_euclid(spacing);
    }
    sheet.finished()
}

struct Cabinet {
    number: usize,
    lamps: usize,
}

struct Lamp {
    kind: &'static str,
    watts: &'static str,
    status: &'static str,
    luminaire: &'static str,
    pole: &'static str,
    height: f64,
    arm: &'static str,
    installed: DateTime<Utc>,
}

impl Lamp {
    fn new(rank: Rank, dice: &mut impl Rng) -> Self {
        let mut percent = |below: u32| dice.random_range(0..100) < below;
        let led = percent(78);
        let (kind, luminaire) = if led { ("led", "Đèn LED") } else { ("hps", "Đèn cao áp") };
        let status = if percent(96) {
            "working"
        } else if percent(70) {
            "faulty"
        } else {
            "maintenance"
        };
        let (watts, height, arm) = match (rank, led) {
            (Rank::Avenue, true) => ("150", 10.0, "Cần đôi"),
            (Rank::Avenue, false) => ("250", 10.0, "Cần đôi"),
            (Rank::Street, true) => ("100", 8.0, "Cần đơn"),
            (Rank::Street, false) => ("150", 8.0, "Cần đơn"),
            (Rank::Lane, true) => ("50", 6.0, "Cần đơn"),
            (Rank::Lane, false) => ("70", 6.0, "Cần đơn"),
        };
        let pole = if percent(70) { "steel" } else { "concrete" };
        let day = FIRST + Days::new(u64::from(dice.random_range(0..6_300_u32)));
        Self {
            kind,
            watts,
            status,
            luminaire,
            pole,
            height,
            arm,
            installed: day.and_time(chrono::NaiveTime::MIN).and_utc(),
        }
    }
}

fn put(sheet: &mut Sheet, street: &Street<'_>, lamp: &Lamp, cabinet: &Cabinet, place: &crate::geo::Geometry) {
    let id = (sheet.len() + 1).to_string();
    let values: [(&str, ValueRef<'_>); 11] = [
        ("asset_no", Text(&format!("{}-{id:0>6}", street.town.code))),
        ("lamp_type", Text(lamp.kind)),
        ("wattage", Text(lamp.watts)),
        ("status", Text(lamp.status)),
        ("luminaire_type", Text(lamp.luminaire)),
        ("pole_material", Text(lamp.pole)),
        ("pole_height", Real(lamp.height)),
        ("arm_type", Text(lamp.arm)),
        ("cabinet", Text(&format!("TĐ-{}-{:03}", street.town.code, cabinet.number))),
        ("installed_at", Moment(lamp.installed)),
        ("street", Text(street.name)),
    ];
    let circuit = ["A", "B", "C"][cabinet.lamps % 3];
    let all: Vec<(&str, ValueRef<'_>)> = values.into_iter().chain([("circuit", Text(circuit))]).collect();
    sheet.put(&id, place, &all);
}
