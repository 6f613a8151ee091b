//! Single places: power plants, sights, stations, parking, cameras.

use std::sync::Arc;

use chrono::NaiveDate;
use rand::Rng;

use super::facts::{self, Ward};
use super::noise::dice;
use super::plane::{Place, moved, point};
use super::sheet::{Sheet, tenths};
use super::territory::Territory;
use super::town::{Rank, Town};
use crate::model::ValueRef::{Date, Integer, Real, Text};
use crate::model::{Layer, Rows};

/// The ward at a place.
pub fn ward_at(territory: &Territory, at: Place) -> Option<&Ward> {
    territory.ward_at(at).map(|number| &territory.wards[number as usize])
}

pub fn hydropower(territory: &Territory, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    for plant in facts::plants() {
        let scale = if plant.capacity_mw > 100.0 {
            "large"
        } else if plant.capacity_mw > 30.0 {
            "medium"
        } else {
            "small"
        };
        let ward = ward_at(territory, plant.place());
        let mut values = vec![
            ("name", Text(&plant.name)),
            ("status", Text(&plant.status)),
            ("scale", Text(scale)),
            ("capacity_mw", Real(plant.capacity_mw)),
            ("river", Text(&plant.river)),
            ("reservoir", Text(if plant.storage_mcm.is_some() { "yes" } else { "unknown" })),
            ("region", Text("Bắc Trung Bộ")),
        ];
        values.extend(ward.map(|ward| ("commune", Text(&ward.name))));
        values.extend(
            ward.map(|ward| ("province", Text(if ward.province_code == "40" { "Nghệ An" } else { "Thanh Hoá" }))),
        );
        values.extend(plant.output_gwh.map(|output| ("output_gwh", Real(output))));
        values.extend(plant.storage_mcm.map(|storage| ("storage_mcm", Real(storage))));
        values.extend(plant.operation_year.map(|year| ("operation_year", Integer(year))));
        values.extend(plant.owner.as_deref().map(|owner| ("owner", Text(owner))));
        sheet.put(&format!("TD-{:02}", sheet.len() + 1), &point(plant.place()), &values);
    }
    sheet.finished()
}

pub fn sights(territory: &Territory, seed: u64, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let mut dice = dice(seed, "sights");
    for sight in facts::sights() {
        // Several sights of a town share a rounded place; each moves by up to 450 m, but not into the sea.
        let spread = |dice: &mut dyn rand::RngCore| {
            moved(sight.place(), [1.0, 0.0], dice.random_range(-450.0..450.0), dice.random_range(-450.0..450.0))
        };
        let near = (0..12).map(|_| spread(&mut dice)).find(|&at| territory.is_inland(at, 0.0)).unwrap_or(sight.place());
        let ward = ward_at(territory, near);
        let address = ward.map(|ward| format!("{} {}", ward.unit_type.to_lowercase(), ward.name)).unwrap_or_default();
        let open = matches!(sight.kind.as_str(), "museum" | "monument" | "temple");
        let mut values = vec![
            ("name", Text(&sight.name)),
            ("name_en", Text(&sight.name_en)),
            ("kind", Text(&sight.kind)),
            ("address", Text(&address)),
            ("opening_hours", Text(if open { "Mo-Su 07:00-17:30" } else { "24/7" })),
        ];
        values.extend(ward.map(|ward| ("ward_code", Text(&ward.code))));
        values.extend(sight.grade.as_deref().map(|grade| ("grade", Text(grade))));
        values.extend(sight.ticket_vnd.map(|ticket| ("ticket_vnd", Integer(ticket))));
        sheet.put(&format!("DL-{:03}", sheet.len() + 1), &point(near), &values);
    }
    sheet.finished()
}

/// How many air stations there are.
const STATIONS: usize = 14;

pub fn air_stations(territory: &Territory, towns: &[Town], layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let mut names: Vec<String> = Vec::new();
    // Two in each of the two cities, one in the next towns.
    let spots = [(0, 0), (0, 9), (1, 0), (1, 9)].into_iter().chain((2..).map(|town| (town, 0)));
    for (number, (town, block)) in spots.take(STATIONS).enumerate() {
        let town = &towns[town];
        let Some(&[i, j]) = town.built_blocks().get(block) else { continue };
        let [u, v] = town.grid.middle(i, j);
        let at = town.grid.place(u, v);
        let address = format!("Đường {}", town.grid.us[i].name);
        let ward = ward_at(territory, at);
        let mut name = format!("Trạm quan trắc không khí {}", ward.map_or(&town.name, |ward| &ward.name));
        if names.contains(&name) {
            name.push_str(" 2");
        }
        names.push(name.clone());
        let installed = NaiveDate::from_ymd_opt(2016, 3, 1).map(|day| day + chrono::Days::new(190 * number as u64));
        let mut values = vec![
            ("name", Text(&name)),
            ("kind", Text(["automatic", "sensor", "periodic"][if number < 4 { 0 } else { number % 3 }])),
            ("address", Text(&address)),
        ];
        values.extend(ward.map(|ward| ("ward_code", Text(&ward.code))));
        values.extend(installed.map(|day| ("installed_on", Date(day))));
        sheet.put(&format!("KK-{:02}", number + 1), &point(at), &values);
    }
    sheet.finished()
}

/// A crossing of two streets of a town, with the place just off it.
struct Corner<'t> {
    town: &'t Town,
    streets: [&'t str; 2],
    at: Place,
    /// The larger of the two streets.
    rank: Rank,
}

/// One in `every` crossing of avenues and streets, towns in turn, those near the middle first; `off` metres beside it.
fn corners(towns: &[Town], every: usize, off: f64) -> Vec<Corner<'_>> {
    let mut turns: Vec<(usize, usize, Corner<'_>)> = Vec::new();
    for (number, town) in towns.iter().enumerate() {
        let large = |[i, j]: &[usize; 2]| town.grid.us[*i].rank.max(town.grid.vs[*j].rank) >= Rank::Street;
        for (turn, [i, j]) in town.built_blocks().into_iter().filter(large).step_by(every).enumerate() {
            let (u, v) = (&town.grid.us[i], &town.grid.vs[j]);
            let at = town.grid.place(u.offset + off, v.offset + off);
            // A town of twice the size comes twice as often.
            let order = turn * 2_700 / super::curve::steps(town.radius, 1.0) as usize;
            turns.push((order, number, Corner { town, streets: [&u.name, &v.name], at, rank: u.rank.max(v.rank) }));
        }
    }
    turns.sort_by_key(|&(turn, town, _)| (turn, town));
    turns.into_iter().map(|(_, _, corner)| corner).collect()
}

pub fn parking(towns: &[Town], seed: u64, count: usize, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let mut dice = dice(seed, "parking");
    for corner in corners(towns, 9, 24.0).iter().take(count) {
        let kinds = [
            ("surface", 40..180),
            ("surface", 30..120),
            ("street_side", 15..45),
            ("underground", 120..420),
            ("multi_storey", 150..500),
        ];
        let wish =
            if corner.town.radius >= 1_000.0 { dice.random_range(0..5_u32) } else { dice.random_range(0..3_u32) };
        let (kind, capacity) = kinds[wish as usize].clone();
        let [street, crossing] = corner.streets;
        let values = [
            ("name", Text(&format!("Bãi đỗ xe {street}") as &str)),
            ("kind", Text(kind)),
            ("capacity", Integer(dice.random_range(capacity))),
            ("address", Text(&format!("Đường {street}, gần ngã tư {crossing}"))),
            ("city", Text(&corner.town.name)),
            ("fee_vnd", Integer(5_000 * dice.random_range(1..=4_i64))),
        ];
        sheet.put(&format!("DX-{:03}", sheet.len() + 1), &point(corner.at), &values);
    }
    sheet.finished()
}

pub fn cameras(territory: &Territory, towns: &[Town], seed: u64, count: usize, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let mut dice = dice(seed, "cameras");
    for corner in corners(towns, 3, 9.0).iter().take(count) {
        let draw = dice.random_range(0..20_u32);
        let kind = match draw {
            0..=10 => "traffic",
            11..=14 => "plate",
            15..=18 => "security",
            _ => "flood",
        };
        let status = if draw == 3 {
            "offline"
        } else if draw == 12 {
            "maintenance"
        } else {
            "working"
        };
        let [street, crossing] = corner.streets;
        let junction = if corner.rank == Rank::Avenue { "Ngã tư" } else { "Giao lộ" };
        let name = format!("{junction} {street} – {crossing}, {}", corner.town.name);
        let mut values = vec![
            ("name", Text(&name)),
            ("kind", Text(kind)),
            ("status", Text(status)),
            ("direction_deg", Real(tenths(dice.random_range(0.0..360.0)))),
            ("owner", Text("Công an tỉnh")),
        ];
        values.extend(ward_at(territory, corner.at).map(|ward| ("ward_code", Text(&ward.code))));
        sheet.put(&format!("CAM-{:03}", sheet.len() + 1), &point(corner.at), &values);
    }
    sheet.finished()
}
