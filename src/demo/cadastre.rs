//! Parcels and buildings of the large towns.

use std::sync::Arc;

use rand::Rng;

use super::noise::dice;
use super::places::ward_at;
use super::plane::polygon;
use super::plots::{Plot, plots};
use super::sheet::{Sheet, square_metres, tenths};
use super::territory::Territory;
use super::town::{LARGE, Town};
use crate::geo::Geometry;
use crate::model::ValueRef::{Integer, Real, Text};
use crate::model::{Layer, Rows};

/// The plots of the large towns: `count` in all, shared by the size of the towns.
pub fn all_plots(towns: &[Town], seed: u64, count: f64) -> Vec<(&Town, Plot)> {
    let large = || towns.iter().filter(|town| town.radius >= LARGE);
    let size = |town: &Town| town.radius * town.radius;
    let total: f64 = large().map(size).sum();
    let share = |town: &Town| super::curve::steps(count * size(town), total) as usize;
    let all = large().flat_map(|town| plots(town, seed, share(town)).into_iter().map(move |plot| (town, plot)));
    all.take(super::curve::steps(count, 1.0) as usize).collect()
}

pub fn parcels(territory: &Territory, plots: &[(&Town, Plot)], seed: u64, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let mut dice = dice(seed, "certificates");
    let mut number = 0;
    for (row, (town, plot)) in plots.iter().enumerate() {
        let same_sheet = row > 0 && plots[row - 1].1.sheet == plot.sheet && plots[row - 1].0.name == town.name;
        number = if same_sheet { number + 1 } else { 1 };
        let shape = polygon(&plot.ring);
        let address = address(town, plot);
        let certificate = format!("CT {:06}", dice.random_range(100_000..1_000_000_u32));
        let (sheet_no, parcel_no) = (plot.sheet.to_string(), number.to_string());
        let mut values = vec![
            ("sheet_no", Text(&sheet_no)),
            ("parcel_no", Text(&parcel_no)),
            ("land_code", Text(plot.land_code)),
            ("area_m2", Real(area(&shape))),
            ("address", Text(&address)),
            ("certificate_no", Text(&certificate)),
        ];
        values.extend(ward_at(territory, plot.ring[0]).map(|ward| ("ward_code", Text(&ward.code))));
        sheet.put(&format!("{}-{}-{number}", town.code, plot.sheet), &shape, &values);
    }
    sheet.finished()
}

pub fn buildings(territory: &Territory, plots: &[(&Town, Plot)], count: usize, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let houses = plots.iter().filter_map(|(town, plot)| plot.house.as_ref().map(|house| (town, plot, house)));
    for (town, plot, house) in houses.take(count) {
        let address = address(town, plot);
        let name = house.name.map(|name| format!("{name} {}", plot.street));
        let mut values = vec![
            ("building_type", Text(house.kind)),
            ("floors", Integer(i64::from(house.floors))),
            ("height_m", Real(tenths(f64::from(house.floors) * 3.4 + 0.6))),
            ("address", Text(&address)),
        ];
        values.extend(name.as_deref().map(|name| ("name", Text(name))));
        values.extend(ward_at(territory, plot.ring[0]).map(|ward| ("ward_code", Text(&ward.code))));
        sheet.put(&(sheet.len() + 1).to_string(), &polygon(&house.ring), &values);
    }
    sheet.finished()
}

fn address(town: &Town, plot: &Plot) -> String {
    format!("Số {} đường {}, {}", plot.number, plot.street, town.name)
}

fn area(shape: &Geometry) -> f64 {
    match shape {
        Geometry::Polygons(polygons) => tenths(square_metres(polygons)),
        _ => 0.0,
    }
}
