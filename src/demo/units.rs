//! Provinces and wards of today, districts of 2024: three cuts of the same ground, with the same borders.

use std::sync::Arc;

use chrono::NaiveDate;

use super::facts::{self, plain};
use super::sheet::{Sheet, hundredths, square_metres};
use super::territory::Territory;
use crate::geo::Geometry;
use crate::model::ValueRef::{Date, Real, Text};
use crate::model::{Layer, Rows};

/// Two tiers of local government since then.
const TWO_TIERS: NaiveDate = NaiveDate::from_ymd_opt(2025, 7, 1).expect("a day of the calendar");

pub fn wards(territory: &Territory, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    for (number, polygons) in territory.ward_polygons() {
        let ward = &territory.wards[number as usize];
        let english = if ward.unit_type == "Phường" { "Ward" } else { "Commune" };
        let values = [
            ("name", Text(&ward.name)),
            ("name_en", Text(&plain(&ward.name))),
            ("full_name", Text(&format!("{} {}", ward.unit_type, ward.name))),
            ("full_name_en", Text(&format!("{} {english}", plain(&ward.name)))),
            ("unit_type", Text(&ward.unit_type)),
            ("province_code", Text(&ward.province_code)),
            ("area_km2", Real(hundredths(square_metres(&polygons) / 1e6))),
            ("valid_from", Date(TWO_TIERS)),
        ];
        sheet.put(&ward.code, &Geometry::Polygons(polygons), &values);
    }
    sheet.finished()
}

pub fn provinces(territory: &Territory, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let provinces = facts::provinces();
    let group =
        |code: &str| (0..).zip(&provinces).find(|(_, province)| province.code == code).map(|(number, _)| number);
    for (number, polygons) in territory.polygons(|ward| group(&ward.province_code)) {
        let province = &provinces[number as usize];
        let values = [
            ("name", Text(&province.name)),
            ("name_en", Text(&plain(&province.name))),
            ("full_name", Text(&format!("Tỉnh {}", province.name))),
            ("full_name_en", Text(&format!("{} Province", plain(&province.name)))),
            ("unit_type", Text("Tỉnh")),
            ("area_km2", Real(hundredths(square_metres(&polygons) / 1e6))),
            ("valid_from", Date(TWO_TIERS)),
        ];
        sheet.put(&province.code, &Geometry::Polygons(polygons), &values);
    }
    sheet.finished()
}

pub fn districts(territory: &Territory, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    let districts = facts::districts();
    let group =
        |code: &str| (0..).zip(&districts).find(|(_, district)| district.code == code).map(|(number, _)| number);
    for (number, polygons) in territory.polygons(|ward| group(&ward.district_code)) {
        let district = &districts[number as usize];
        let heirs = territory.wards.iter().filter(|ward| ward.district_code == district.code);
        let successors = heirs.map(|ward| ward.code.as_str()).collect::<Vec<_>>().join(", ");
        let values = [
            ("name", Text(&district.name)),
            ("name_en", Text(&english(&district.name))),
            ("level", Text("2")),
            ("province_code", Text(&district.province_code)),
            ("area_km2", Real(hundredths(square_metres(&polygons) / 1e6))),
            ("valid_to", Date(district.valid_to)),
            ("successors", Text(&successors)),
        ];
        sheet.put(&district.code, &Geometry::Polygons(polygons), &values);
    }
    sheet.finished()
}

/// `Huyện Kỳ Sơn` is `Ky Son District`.
fn english(name: &str) -> String {
    let kinds = [("Thành phố ", "City"), ("Thị xã ", "Town"), ("Huyện ", "District")];
    let found = kinds.iter().find_map(|(kind, english)| Some((name.strip_prefix(kind)?, english)));
    found.map_or_else(|| plain(name), |(bare, english)| format!("{} {english}", plain(bare)))
}
