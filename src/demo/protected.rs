//! Protected areas: real names and sizes, grown around a spine over the ground of the wards.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::coverage::{Label, OUTSIDE};
use super::facts::{self, Spine, Ward};
use super::noise::Noise;
use super::plane::{Place, between, direction, distance, moved, place, polygon};
use super::sheet::{Sheet, square_metres};
use super::territory::Territory;
use crate::geo::Geometry;
use crate::model::ValueRef::{Integer, Real, Text};
use crate::model::{Layer, Rows};

/// The districts of 2024 in the biosphere reserve of western Nghệ An (UNESCO, 2007).
const BIOSPHERE: [&str; 9] = ["415", "416", "417", "418", "420", "422", "423", "424", "428"];

/// The island of Hòn Mê, to 0.01 degree.
const HON_ME: [f64; 2] = [105.93, 19.37];

pub fn rows(territory: &Territory, seed: u64, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let mut spines: BTreeMap<String, Vec<Spine>> = BTreeMap::new();
    for spine in facts::spines() {
        spines.entry(spine.id.clone()).or_default().push(spine);
    }
    let areas: Vec<Vec<Spine>> = spines.into_values().collect();
    let labels = grown(territory, &areas, Noise::new(seed, "protected areas"));
    for (number, polygons) in territory.cut(&labels).polygons(Some) {
        let fact = &areas[number as usize][0];
        let values = [
            ("name", Text(&fact.name)),
            ("designation", Text(&fact.designation)),
            ("level", Text(&fact.level)),
            ("status", Text("Đã thành lập")),
            ("year", Integer(fact.year)),
            ("manager", Text(&fact.manager)),
            ("area_ha", Real((square_metres(&polygons) / 1e4).round())),
        ];
        sheet.put(&fact.id, &Geometry::Polygons(polygons), &values);
    }
    biosphere(territory, &mut sheet);
    marine(seed, &mut sheet);
    sheet.finished()
}

fn marine(seed: u64, sheet: &mut Sheet) {
    let Geometry::Polygons(polygons) = polygon(&hon_me(seed)) else { return };
    let values = [
        ("name", Text("Khu bảo tồn biển Hòn Mê")),
        ("designation", Text("marine")),
        ("level", Text("national")),
        ("status", Text("Quy hoạch")),
        ("year", Integer(2010)),
        ("manager", Text("Ủy ban nhân dân tỉnh Thanh Hóa")),
        ("area_ha", Real((square_metres(&polygons) / 1e4).round())),
    ];
    sheet.put("hon-me", &Geometry::Polygons(polygons), &values);
}

/// The waters around the island of Hòn Mê, about 6,700 ha (decision 742/QĐ-TTg of 2010), counter-clockwise from the south-west.
pub fn hon_me(seed: u64) -> Vec<Place> {
    const SIDE: u32 = 16;
    let field = Noise::new(seed, "marine area");
    let middle = place(HON_ME);
    // Around the edge of a square, each place then drawn to its distance from the middle: no sine.
    let edge = (0..4 * SIDE).map(|number| {
        let along = f64::from(number % SIDE) / f64::from(SIDE) * 2.0 - 1.0;
        [[along, -1.0], [1.0, along], [-along, 1.0], [-1.0, -along]][(number / SIDE) as usize]
    });
    let rim = edge.map(|[x, y]| {
        let towards = direction([0.0, 0.0], [x, y]);
        let far = 4_620.0 * (1.0 + 0.1 * field.at([towards[0] * 5_000.0, towards[1] * 5_000.0], 4_000.0));
        moved(middle, towards, far, 0.0)
    });
    rim.collect()
}

fn biosphere(territory: &Territory, sheet: &mut Sheet) {
    let inside = |ward: &Ward| BIOSPHERE.contains(&ward.district_code.as_str()).then_some(0);
    for polygons in territory.polygons(inside).into_values() {
        let values = [
            ("name", Text("Khu dự trữ sinh quyển Tây Nghệ An")),
            ("designation", Text("biosphere")),
            ("level", Text("international")),
            ("status", Text("Đã được công nhận")),
            ("year", Integer(2007)),
            ("manager", Text("Ủy ban nhân dân tỉnh Nghệ An")),
            ("area_ha", Real((square_metres(&polygons) / 1e4).round())),
        ];
        sheet.put("tay-nghe-an", &Geometry::Polygons(polygons), &values);
    }
}

/// Gives each area the cells nearest to its spine, as many as its size wants.
fn grown(territory: &Territory, areas: &[Vec<Spine>], noise: Noise) -> Vec<Label> {
    let mut labels = vec![OUTSIDE; territory.board.len()];
    for (number, spines) in (0..).zip(areas) {
        let spine: Vec<Place> = spines.iter().map(Spine::place).collect();
        let wanted = spines[0].area_ha * 1e4;
        let field = noise.numbered(number);
        let mut near: Vec<(f64, u32)> = territory
            .inland_cells()
            .filter_map(|cell| {
                let at = territory.cell_place(cell);
                let far = to_spine(at, &spine);
                (far * far < wanted * 2.0).then(|| (far * (1.0 + 0.75 * field.fractal(at, 9_000.0, 4)), cell))
            })
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let count = super::curve::steps(wanted, territory.board.cell_area()) as usize;
        near.iter().take(count).for_each(|&(_, cell)| labels[cell as usize] = number);
    }
    territory.tidied(labels)
}

/// Metres to the nearest place of a line.
fn to_spine(at: Place, spine: &[Place]) -> f64 {
    let to_piece = |pair: &[Place]| {
        let (a, b) = (pair[0], pair[1]);
        let along = (at[0] - a[0]) * (b[0] - a[0]) + (at[1] - a[1]) * (b[1] - a[1]);
        let whole = (b[0] - a[0]) * (b[0] - a[0]) + (b[1] - a[1]) * (b[1] - a[1]);
        distance(at, between(a, b, (along / whole).clamp(0.0, 1.0)))
    };
    spine.windows(2).map(to_piece).fold(distance(at, spine[0]), f64::min)
}
