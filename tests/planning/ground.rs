//! A small piece of Nghệ An, drawn in metres about a place in Vinh: a province, a ward, a plan, a flood zone.

use std::fs;
use std::path::Path;

use citylayers::catalog::Catalog;
use citylayers::crs::{Crs, Transform};
use citylayers::geo::Geometry;
use citylayers::model::{Change, Feature, FeatureId, Layer, Value};
use geo_types::{Coord, LineString, MultiLineString, MultiPolygon, Polygon};
use serde_json::json;

use crate::support::service::Service;

/// Where the metres begin, EPSG:9208.
pub const ORIGIN: [f64; 2] = [597_068.62, 2_064_850.59];

/// The system of the fixtures.
pub fn grid() -> Transform {
    Crs::from_code(9208).expect("a zone").transform().expect("a transformation")
}

/// Corners in EPSG:9208, from metres about the origin.
pub fn corners(places: &[[f64; 2]]) -> Vec<[f64; 2]> {
    places.iter().map(|[x, y]| [ORIGIN[0] + x, ORIGIN[1] + y]).collect()
}

/// The corners of a box in metres about the origin, counter-clockwise.
pub fn square([west, south, east, north]: [f64; 4]) -> Vec<[f64; 2]> {
    vec![[west, south], [east, south], [east, north], [west, north]]
}

/// The same in degrees.
pub fn degrees(places: &[[f64; 2]]) -> LineString<f64> {
    let grid = grid();
    corners(places).into_iter().map(|place| Coord::from(grid.lon_lat(place).expect("a place"))).collect()
}

pub fn polygon(places: &[[f64; 2]]) -> Geometry {
    Geometry::Polygons(MultiPolygon(vec![Polygon::new(degrees(places), Vec::new())]))
}

pub fn line(places: &[[f64; 2]]) -> Geometry {
    Geometry::Lines(MultiLineString(vec![degrees(places)]))
}

pub fn feature(layer: &Layer, id: &str, geometry: Geometry, values: &[(&str, Value)]) -> Change {
    let mut properties = vec![None; layer.fields.len()];
    for (name, value) in values {
        properties[layer.field_index(name).unwrap_or_else(|| panic!("no {name}"))] = Some(value.clone());
    }
    Change::Put(Feature { layer: layer.id.clone(), id: FeatureId::new(id).expect("an id"), geometry, properties })
}

pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub fn day(text: &str) -> Value {
    Value::Date(text.parse().expect("a day"))
}

/// The shipped layers and one of flood zones: a city adds a system by adding a file.
pub fn catalog() -> Catalog {
    let folder = tempfile::tempdir().expect("a folder");
    let layers = folder.path().join("layers");
    fs::create_dir(&layers).expect("a folder");
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/layers")).expect("the shipped layers") {
        let path = entry.expect("a file").path();
        fs::copy(&path, layers.join(path.file_name().expect("a name"))).expect("a copy");
    }
    let flood = r##"
id = "flood_zones"
title = { vi = "Vùng ngập", en = "Flood zones" }
description = { vi = "Vùng ngập.", en = "Flood zones." }
agency = { vi = "Sở", en = "Department" }
source = "s"
licence = "l"
attribution = "a"
geometry = "polygon"
zoom = [5, 15]
[id_field]
name = "id"
title = { vi = "Mã", en = "Id" }
[[field]]
name = "depth"
type = "code"
title = { vi = "Độ sâu", en = "Depth" }
codes = [{ code = "deep", title = { vi = "Sâu", en = "Deep" }, color = "#0000aa" }]
[planning]
role = "hazard"
code = "depth"
[style]
color = "#0000aa"
group = "environment"
"##;
    fs::write(layers.join("flood_zones.toml"), flood).expect("a file");
    Catalog::read(folder.path()).unwrap_or_else(|error| panic!("{error}"))
}

/// A service that holds the piece. The parcel of the tests is 20 m by 15 m with its corner at the origin: 120 m² of it are planned
/// as homes, 120 m² as orchard, 60 m² as nothing; 75 m² are flooded; a road runs through for 15 m.
pub async fn served() -> Service {
    let service = Service::of(catalog(), 1 << 20).await;
    let box_ = |bounds| polygon(&square(bounds));
    let (plan, roads) = (service.layer("land_use"), service.layer("roads"));
    let planned =
        |code: &str| vec![("land_code", text(code)), ("stage", text("planned")), ("year", Value::Integer(2030))];
    let present = vec![("land_code", text("LUC")), ("stage", text("present")), ("year", Value::Integer(2025))];
    service
        .commit(vec![
            feature(&service.layer("provinces"), "40", box_([-90e3, -20e3, 60e3, 100e3]), &[("name", text("Nghệ An"))]),
            feature(
                &service.layer("wards"),
                "16681",
                box_([-1000.0, -1000.0, 1000.0, 1000.0]),
                &[("name", text("Thành Vinh")), ("merged_from", text("Phường Hưng Bình"))],
            ),
            feature(
                &service.layer("districts"),
                "412",
                box_([-5000.0, -5000.0, 5000.0, 5000.0]),
                &[("name", text("Thành phố Vinh")), ("valid_to", day("2025-06-30"))],
            ),
            feature(&plan, "1", box_([-100.0, -100.0, 8.0, 100.0]), &planned("ODT")),
            feature(&plan, "2", box_([8.0, -100.0, 100.0, 10.0]), &planned("CLN")),
            feature(&plan, "3", box_([200.0, -100.0, 300.0, 10.0]), &planned("TMD")),
            feature(&plan, "4", box_([-100.0, -100.0, 100.0, 100.0]), &present),
            feature(&service.layer("flood_zones"), "F", box_([-9.0, -9.0, 5.0, 30.0]), &[("depth", text("deep"))]),
            feature(&roads, "R1", line(&[[2.0, -50.0], [2.0, 50.0]]), &[("name", text("Đường Quang Trung"))]),
            feature(&roads, "R2", line(&[[60.0, -50.0], [60.0, 50.0]]), &[]),
            feature(
                &service.layer("parcels"),
                "P-1",
                box_([0.0, 0.0, 20.0, 15.0]),
                &[("parcel_no", text("12")), ("certificate_no", text("secret"))],
            ),
        ])
        .await;
    service
}

/// The corner table of the parcel.
pub fn parcel() -> serde_json::Value {
    json!({ "crs": "EPSG:9208", "corners": corners(&square([0.0, 0.0, 20.0, 15.0])) })
}
