//! What a land-use plan makes of the land around the large towns, and its amendment: what that replaced is kept.

use std::sync::Arc;

use chrono::NaiveDate;
use rand::Rng;

use super::land_use::{Ground, Piece, each_piece};
use super::noise::dice;
use super::places::ward_at;
use super::plane::squared;
use super::sheet::{Sheet, square_metres};
use super::town::Town;
use crate::geo::Geometry;
use crate::model::ValueRef::{Date, Real, Text};
use crate::model::{Layer, Rows};

const PERIOD: &str = "2021–2030";

const BEGUN: NaiveDate = NaiveDate::from_ymd_opt(2021, 7, 1).expect("a day of the calendar");
const AMENDED: NaiveDate = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day of the calendar");

/// Land that towns grow over.
const FIELDS: [&str; 6] = ["LUC", "LUK", "HNK", "CLN", "NTS", "BCS"];

/// What comes beside a town, and out in the fields.
const BESIDE: [&str; 8] = ["ODT", "ODT", "ODT", "ODT", "TMD", "DKV", "DGD", "SKN"];
const OUTSIDE: [&str; 5] = ["SKK", "SKN", "ONT", "DNL", "TMD"];

/// The share of the new uses that the amendment gives up or changes, and of the fields that it takes besides.
const TOUCHED: [f64; 2] = [0.35, 0.08];

pub fn rows(ground: &Ground<'_>, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let mut dice = dice(ground.seed, "plan");
    each_piece(ground, |town, piece, polygons| {
        let area = square_metres(&polygons).round();
        let shape = Geometry::Polygons(polygons);
        let ward = ward_at(ground.territory, piece.at);
        let mut put = |code: &str, from: NaiveDate, to: Option<NaiveDate>| {
            let mut values = vec![
                ("land_code", Text(code)),
                ("period", Text(PERIOD)),
                ("area_m2", Real(area)),
                ("valid_from", Date(from)),
            ];
            values.extend(ward.map(|ward| ("ward_code", Text(&ward.code))));
            values.extend(to.map(|day| ("valid_to", Date(day))));
            sheet.put(&(sheet.len() + 1).to_string(), &shape, &values);
        };
        let planned = planned(town, piece, &mut dice);
        match amendment(town, piece, planned, &mut dice) {
            Some(other) if other != planned => {
                put(planned, BEGUN, AMENDED.pred_opt());
                put(other, AMENDED, None);
            }
            _ => put(planned, BEGUN, None),
        }
    });
    sheet.finished()
}

/// Built land stays what it is; fields become town, the more of them the nearer they are.
fn planned(town: &Town, piece: &Piece, dice: &mut impl Rng) -> &'static str {
    let near = is_beside(town, piece);
    let taken = dice.random_bool(if near { 0.4 } else { 0.05 });
    if taken && is_field(piece) { new_use(near, dice) } else { piece.land_code }
}

fn amendment(town: &Town, piece: &Piece, planned: &'static str, dice: &mut impl Rng) -> Option<&'static str> {
    let is_new = planned != piece.land_code;
    let touched = is_field(piece) && dice.random_bool(TOUCHED[usize::from(!is_new)]);
    // One in three of what is given up stays the field that it is.
    let given_up = is_new && dice.random_bool(1.0 / 3.0);
    touched.then(|| if given_up { piece.land_code } else { new_use(is_beside(town, piece), dice) })
}

fn is_field(piece: &Piece) -> bool {
    !piece.built && FIELDS.contains(&piece.land_code)
}

fn is_beside(town: &Town, piece: &Piece) -> bool {
    squared(town.centre(), piece.at) < (1.8 * town.radius) * (1.8 * town.radius)
}

fn new_use(near: bool, dice: &mut impl Rng) -> &'static str {
    let uses: &[&str] = if near { &BESIDE } else { &OUTSIDE };
    uses[dice.random_range(0..uses.len())]
}
