//! Where water and hills endanger the land around the large towns: by the shapes of its land use.

use std::sync::Arc;

use super::land_use::{Ground, Piece, each_piece};
use super::sheet::Sheet;
use crate::geo::Geometry;
use crate::model::ValueRef::{Integer, Text};
use crate::model::{Layer, Rows};

/// Metres from a river's middle that it floods, and that it floods often.
const FLOODED: [f64; 2] = [450.0, 180.0];

/// Metres from the coast that a storm drives water over.
const SURGE: f64 = 900.0;

/// Forests and orchards are where the hills are.
const SLOPES: [&str; 4] = ["RSX", "RPH", "RDD", "CLN"];

pub fn rows(ground: &Ground<'_>, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    each_piece(ground, |_, piece, polygons| {
        if let Some((hazard, level)) = hazard(ground, piece) {
            let values = [("hazard", Text(hazard)), ("risk_level", Integer(level))];
            sheet.put(&(sheet.len() + 1).to_string(), &Geometry::Polygons(polygons), &values);
        }
    });
    sheet.finished()
}

fn hazard(ground: &Ground<'_>, piece: &Piece) -> Option<(&'static str, i64)> {
    let [far, near] = FLOODED;
    // As wide as the widest river is, besides.
    let rivers = ground.rivers.near(piece.at, far + 1_000.0);
    if piece.built || piece.land_code == "SON" {
        None
    } else if rivers.holds(piece.at, far) {
        Some(("flood", if rivers.holds(piece.at, near) { 3 } else { 2 }))
    } else if !ground.territory.is_inland(piece.at, SURGE) {
        Some(("storm_surge", 3))
    } else {
        SLOPES.contains(&piece.land_code).then_some(("landslide", 1))
    }
}
