//! What is real in the demo: names, official codes, and where things roughly are (0.01 degree, about 1 km).

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::plane::{Place, place};

/// The rows of one file of facts.
fn records<T: DeserializeOwned>(text: &str) -> Vec<T> {
    let rows: Result<Vec<T>, _> = csv::Reader::from_reader(text.as_bytes()).into_deserialize().collect();
    rows.expect("the facts are part of the program, and the tests read them all")
}

/// One of the 296 ward-level units since 2025-07-01 (Resolutions 1678 and 1686/NQ-UBTVQH15).
#[derive(Debug, Deserialize)]
pub struct Ward {
    pub code: String,
    pub name: String,
    pub unit_type: String,
    pub province_code: String,
    /// The district that most of it belonged to in 2024.
    pub district_code: String,
    lon: f64,
    lat: f64,
}

/// A district-level unit of 2024.
#[derive(Debug, Deserialize)]
pub struct District {
    pub code: String,
    pub name: String,
    pub province_code: String,
    pub valid_to: chrono::NaiveDate,
}

/// A province since 2025-07-01.
#[derive(Debug, Deserialize)]
pub struct Province {
    pub code: String,
    pub name: String,
}

/// A corner of the coarse outline of the land.
#[derive(Debug, Deserialize)]
pub struct Corner {
    pub ring: String,
    /// What the edge to the next corner borders on: `sea`, `laos` or `land`.
    pub border: String,
    lon: f64,
    lat: f64,
}

/// A town: wards of today or the seat of a district of 2024.
#[derive(Debug, Deserialize)]
pub struct TownFact {
    /// Three letters for the numbers of its lamps and parcels.
    pub code: String,
    pub name: String,
    lon: f64,
    lat: f64,
    pub radius_m: f64,
    /// How much longer than wide.
    pub stretch: f64,
    axis_x: f64,
    axis_y: f64,
}

/// A way point of a national road or of the railway.
#[derive(Debug, Deserialize)]
pub struct RoadPoint {
    /// Numbers the lines: one road may be built in parts.
    pub road: u32,
    #[serde(rename = "ref")]
    pub number: String,
    pub name: String,
    pub road_class: String,
    pub width_m: f64,
    lon: f64,
    lat: f64,
}

/// A way point of a river.
#[derive(Debug, Deserialize)]
pub struct RiverPoint {
    pub name: String,
    pub width_m: f64,
    lon: f64,
    lat: f64,
}

/// A hydropower plant.
#[derive(Debug, Deserialize)]
pub struct Plant {
    pub name: String,
    pub status: String,
    pub capacity_mw: f64,
    pub output_gwh: Option<f64>,
    pub storage_mcm: Option<f64>,
    pub river: String,
    pub operation_year: Option<i64>,
    pub owner: Option<String>,
    lon: f64,
    lat: f64,
}

/// A point of the spine of a protected area.
#[derive(Debug, Deserialize)]
pub struct Spine {
    pub id: String,
    pub name: String,
    pub designation: String,
    pub level: String,
    pub year: i64,
    pub manager: String,
    pub area_ha: f64,
    lon: f64,
    lat: f64,
}

/// A sight.
#[derive(Debug, Deserialize)]
pub struct Sight {
    pub name: String,
    pub name_en: String,
    pub kind: String,
    pub grade: Option<String>,
    pub ticket_vnd: Option<i64>,
    lon: f64,
    lat: f64,
}

/// A bus route: the part of a national road between two towns.
#[derive(Debug, Deserialize)]
pub struct BusFact {
    pub number: String,
    pub from: String,
    pub to: String,
    pub road: String,
    pub headway_min: i64,
    pub first_departure: String,
    pub last_departure: String,
    from_lon: f64,
    from_lat: f64,
    to_lon: f64,
    to_lat: f64,
}

#[derive(Debug, Deserialize)]
struct StreetName {
    name: String,
}

/// Facts that have one place each.
macro_rules! placed {
    ($($fact:ident),*) => {$(
        impl $fact {
            /// Where it is.
            pub fn place(&self) -> Place {
                place([self.lon, self.lat])
            }
        }
    )*};
}
placed!(Ward, Corner, TownFact, RoadPoint, RiverPoint, Plant, Spine, Sight);

impl TownFact {
    /// Which way the main streets run: towards north as the second number, to the east as the first.
    pub fn axis(&self) -> Place {
        [self.axis_x, self.axis_y]
    }
}

impl BusFact {
    /// Both ends.
    pub fn ends(&self) -> [Place; 2] {
        [place([self.from_lon, self.from_lat]), place([self.to_lon, self.to_lat])]
    }
}

pub fn wards() -> Vec<Ward> {
    records(include_str!("../../data/demo/wards.csv"))
}

pub fn districts() -> Vec<District> {
    records(include_str!("../../data/demo/districts.csv"))
}

pub fn provinces() -> Vec<Province> {
    records(include_str!("../../data/demo/provinces.csv"))
}

pub fn outline() -> Vec<Corner> {
    records(include_str!("../../data/demo/outline.csv"))
}

pub fn towns() -> Vec<TownFact> {
    records(include_str!("../../data/demo/towns.csv"))
}

pub fn national_roads() -> Vec<RoadPoint> {
    records(include_str!("../../data/demo/national_roads.csv"))
}

pub fn rivers() -> Vec<RiverPoint> {
    records(include_str!("../../data/demo/rivers.csv"))
}

pub fn plants() -> Vec<Plant> {
    records(include_str!("../../data/demo/hydropower.csv"))
}

pub fn spines() -> Vec<Spine> {
    records(include_str!("../../data/demo/protected_areas.csv"))
}

pub fn sights() -> Vec<Sight> {
    records(include_str!("../../data/demo/sights.csv"))
}

pub fn buses() -> Vec<BusFact> {
    records(include_str!("../../data/demo/bus_routes.csv"))
}

pub fn street_names() -> Vec<String> {
    let rows: Vec<StreetName> = records(include_str!("../../data/demo/street_names.csv"));
    rows.into_iter().map(|row| row.name).collect()
}

/// Without tone marks and letters beyond ASCII, as English text writes Vietnamese names.
pub fn plain(name: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::is_combining_mark;
    let letters = name.nfd().filter(|&letter| !is_combining_mark(letter));
    letters
        .map(|letter| {
            if letter == 'đ' {
                'd'
            } else if letter == 'Đ' {
                'D'
            } else {
                letter
            }
        })
        .collect()
}
