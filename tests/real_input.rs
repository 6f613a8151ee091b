//! Real files through the program: counts, names and geometry against the source, one row a test.
#![allow(clippy::float_cmp, reason = "coordinates come back to the last bit")]

#[path = "support/present.rs"]
mod present;
#[path = "support/program.rs"]
mod program;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;
use std::process::Command;

use geo::Contains;
use present::shared;
use program::Desk;
use serde_json::Value;

/// The features of a GeoJSON file, unpacked when need be.
fn source(path: &Path) -> Vec<Value> {
    let bytes = std::fs::read(path).expect("the file");
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).expect("gzip");
    } else {
        text = String::from_utf8(bytes).expect("UTF-8");
    }
    let collection: Value = serde_json::from_str(&text).expect("JSON");
    collection["features"].as_array().expect("features").clone()
}

/// Every place of a geometry; direction and start of rings do not matter, and closing places are left out.
fn places(geometry: &Value) -> BTreeMap<[u64; 2], usize> {
    fn gather(value: &Value, depth_of_rings: bool, all: &mut Vec<[u64; 2]>) {
        let Some(items) = value.as_array() else { return };
        if let [Value::Number(x), Value::Number(y), ..] = items.as_slice() {
            let bits = |number: &serde_json::Number| number.as_f64().expect("a number").to_bits();
            all.push([bits(x), bits(y)]);
            return;
        }
        let ring = depth_of_rings && items.first().is_some_and(|first| first[0].is_number());
        let items = if ring { &items[..items.len() - 1] } else { items };
        items.iter().for_each(|item| gather(item, depth_of_rings, all));
    }
    let polygon = geometry["type"].as_str().is_some_and(|kind| kind.ends_with("Polygon"));
    let mut all = Vec::new();
    gather(&geometry["coordinates"], polygon, &mut all);
    let mut counts = BTreeMap::new();
    all.into_iter().for_each(|place| *counts.entry(place).or_default() += 1);
    counts
}

/// Imports a file and holds every feature against the source: same count, same name, same places to the last bit.
fn goes_in_whole(file: &str, layer: &str, id: &str, name: &str, count: usize, repaired: usize) {
    let Some(path) = shared(file) else { return };
    let desk = Desk::new();
    let report = desk.path("report.json");
    let answer = desk.import(&path, layer, &["--report", report.to_str().expect("a plain name")]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let report: Value = serde_json::from_slice(&std::fs::read(report).expect("a report")).expect("JSON");
    assert_eq!((&report["accepted"], &report["written"]), (&count.into(), &true.into()), "{answer:?}");
    assert_eq!(report["refusals"], serde_json::json!([]));
    let geometry_repairs =
        report["repairs"].as_array().expect("repairs").iter().filter(|repair| repair["reason"] != "wrong-winding");
    assert_eq!(geometry_repairs.count(), repaired, "{}", report["repairs"]);
    let (found, source) = (desk.features(layer), source(&path));
    assert_eq!((found.len(), source.len()), (count, count));
    for (number, (found, source)) in found.iter().zip(&source).enumerate() {
        if !id.is_empty() {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            assert_eq!(text(&found["id"]), text(&source["properties"][id]), "feature {number}");
        }
        let source_name = source["properties"][name].as_str().map(str::trim).filter(|name| !name.is_empty());
        assert_eq!(found["properties"]["name"].as_str(), source_name, "feature {number}");
        if repaired == 0 {
            assert_eq!(places(&found["geometry"]), places(&source["geometry"]), "feature {number}");
        }
    }
}

#[test]
fn the_130_wards_of_nghe_an() {
    goes_in_whole("admin-2025/nghe_an_wards_2025.geojson.gz", "wards", "code", "name", 130, 0);
}

#[test]
fn the_166_wards_of_thanh_hoa() {
    goes_in_whole("admin-2025/thanh_hoa_wards_2025.geojson.gz", "wards", "code", "name", 166, 0);
}

#[test]
fn the_34_provinces() {
    goes_in_whole("admin-2025/provinces_34_2025.geojson.gz", "provinces", "code", "name", 34, 0);
}

#[test]
fn the_districts_of_nghe_an_in_2024() {
    goes_in_whole("admin-2024/nghe_an_districts_2024.geojson.gz", "districts", "code", "name", 22, 0);
}

#[test]
fn the_districts_of_thanh_hoa_in_2024() {
    goes_in_whole("admin-2024/thanh_hoa_districts_2024.geojson.gz", "districts", "code", "name", 28, 0);
}

/// Their `gid` and `map_id` repeat, so they are numbered.
#[test]
fn the_national_roads() {
    goes_in_whole("roads/vn_national_roads.geojson", "roads", "", "ten", 458, 0);
}

/// One of them has a ring that crosses itself and is mended.
#[test]
fn the_protected_areas() {
    goes_in_whole("poi/vn_heritage_protected_areas.geojson", "protected_areas", "", "Ten", 14, 1);
}

/// One of them is a multi-point of two places, of which the first is kept.
#[test]
fn the_hydropower_plants() {
    goes_in_whole("poi/vn_hydropower_plants.geojson", "hydropower", "map_id", "Name", 197, 1);
}

/// The same lamps as GeoJSON in degrees and as CSV in Web Mercator metres agree to 1 cm.
#[test]
fn the_street_lights_in_two_formats() {
    let Some(geojson) = shared("lighting/champaign_streetlights.geojson.gz") else { return };
    let Some(csv) = shared("lighting/champaign_streetlights_epsg3857.csv") else { return };
    let lamps = |file: &Path, more: &[&str]| {
        let desk = Desk::new();
        let answer = desk.import(file, "street_lights", more);
        assert_eq!(answer.code, 0, "{answer:?}");
        let features = desk.features("street_lights").into_iter();
        features.map(|lamp| (lamp["id"].as_str().expect("an id").to_owned(), lamp)).collect::<BTreeMap<_, _>>()
    };
    let (degrees, metres) = (lamps(&geojson, &[]), lamps(&csv, &["--crs", "EPSG:3857"]));
    assert_eq!((degrees.len(), metres.len()), (4556, 4556));
    let mut installed = 0;
    for (id, lamp) in &degrees {
        let place = |lamp: &Value| [0, 1].map(|axis| lamp["geometry"]["coordinates"][axis].as_f64().expect("a number"));
        let (a, b) = (place(lamp), place(&metres[id]));
        let (dx, dy) = ((a[0] - b[0]) * 111_320.0 * a[1].to_radians().cos(), (a[1] - b[1]) * 110_950.0);
        assert!(dx.hypot(dy) < 0.01, "lamp {id}: {} m apart", dx.hypot(dy));
        let (one, other) = (&lamp["properties"], &metres[id]["properties"]);
        assert_eq!(one["lamp_type"], other["lamp_type"], "lamp {id}");
        installed += usize::from(one["installed_at"].is_string());
        assert_eq!(one["installed_at"], other["installed_at"], "lamp {id}");
    }
    assert!(installed > 600, "only {installed} lamps have a day");
}

/// Without a CRS it is refused with the zones that fit; with the right one the names come out of TCVN3.
#[test]
fn the_shapefile_in_tcvn3_and_vn_2000_without_a_prj() {
    let Some(zip) = shared("legacy/nghe_an_urban_tcvn3_vn2000_tm3_10445_noprj.zip") else { return };
    let Some(names) = shared("legacy/expected_names_urban.csv") else { return };
    let Some(wards) = shared("admin-2025/nghe_an_urban_wards_2025.geojson") else { return };
    let desk = Desk::new();
    let answer = desk.import(&zip, "wards", &[]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.err.contains("--crs EPSG:9208") && answer.err.contains("Nghệ An"), "{}", answer.err);
    assert!(desk.features("wards").is_empty(), "nothing is written");
    let answer = desk.import(&zip, "wards", &["--crs", "EPSG:9208"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    let found: BTreeMap<String, Value> =
        desk.features("wards").into_iter().map(|ward| (ward["id"].as_str().expect("an id").to_owned(), ward)).collect();
    let mut lines = csv::Reader::from_path(names).expect("a table");
    for line in lines.records() {
        let line = line.expect("a line");
        let ward = &found[&line[0]]["properties"];
        assert_eq!(ward["name"], line[1], "{line:?}");
        assert_eq!(ward["unit_type"], line[2], "{line:?}");
        assert_eq!(ward["area_km2"].as_f64(), line[3].parse().ok(), "{line:?}");
    }
    assert_eq!(found.len(), 11);
    for ward in source(&wards) {
        let code = ward["properties"]["code"].as_str().expect("a code");
        let corner = |ward: &Value| {
            let text = places(&ward["geometry"]);
            let lon = text.keys().map(|place| f64::from_bits(place[0])).fold(f64::INFINITY, f64::min);
            let lat = text.keys().map(|place| f64::from_bits(place[1])).fold(f64::INFINITY, f64::min);
            [lon, lat]
        };
        let (a, b) = (corner(&ward), corner(&found[code]));
        assert!((a[0] - b[0]).abs() < 2e-7 && (a[1] - b[1]).abs() < 2e-7, "{code}: {a:?} and {b:?}");
    }
}

/// Through GDAL: OpenStreetMap to GeoPackage, buildings and roads of Monaco.
#[test]
fn monaco_through_a_geopackage_that_gdal_made() {
    let Some(packed) = shared("osm/monaco.osm.gz") else { return };
    if !present::have_gdal() {
        return;
    }
    let desk = Desk::new();
    let mut osm = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(packed).expect("the file")).read_to_end(&mut osm).expect("gzip");
    let osm = desk.write("monaco.osm", osm);
    let package = desk.path("monaco.gpkg");
    let made = Command::new("ogr2ogr").arg(&package).arg(&osm).output().expect("GDAL");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for (layer, table) in [("buildings", "multipolygons"), ("roads", "lines")] {
        let count = gdal_count(&package, table);
        let answer = desk.import(&package, layer, &["--table", table]);
        assert_eq!(answer.code, 0, "{answer:?}");
        let features = desk.features(layer);
        let ids: BTreeSet<&str> = features.iter().filter_map(|feature| feature["id"].as_str()).collect();
        assert_eq!(ids.len(), features.len());
        let refused = count - features.len();
        assert!(refused * 50 < count, "{layer}: {refused} of {count} are refused: {}", answer.err);
    }
}

fn gdal_count(package: &Path, table: &str) -> usize {
    let sql = format!("SELECT count(*) AS n FROM {table}");
    let answer = Command::new("ogrinfo").arg("-q").arg(package).args(["-sql", &sql]).output().expect("GDAL");
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    let number = text.split("n (Integer) = ").nth(1).and_then(|rest| rest.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{text}"))
}

/// What the program took in, it finds nothing wrong with.
#[test]
fn check_finds_nothing_in_real_layers() {
    let desk = Desk::new();
    let files = [
        ("wards", "admin-2025/thanh_hoa_wards_2025.geojson.gz"),
        ("provinces", "admin-2025/provinces_34_2025.geojson.gz"),
        ("protected_areas", "poi/vn_heritage_protected_areas.geojson"),
    ];
    for (layer, file) in files {
        let Some(path) = shared(file) else { return };
        assert_eq!(desk.import(&path, layer, &[]).code, 0, "{file}");
    }
    let answer = desk.run(["check"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.out.contains("wards") && answer.out.contains("166 features"), "{}", answer.out);
}

/// Which ward and which district a place lies in, by GEOS over the source files, against what was kept.
#[test]
fn places_lie_in_the_wards_and_districts_that_the_oracle_names() {
    let Some(oracle) = shared("oracle/pip_points_dev_500.csv") else { return };
    let files = [
        ("wards", "admin-2025/nghe_an_wards_2025.geojson.gz", "replace"),
        ("wards", "admin-2025/thanh_hoa_wards_2025.geojson.gz", "append"),
        ("districts", "admin-2024/nghe_an_districts_2024.geojson.gz", "replace"),
        ("districts", "admin-2024/thanh_hoa_districts_2024.geojson.gz", "append"),
    ];
    let desk = Desk::new();
    for (layer, file, mode) in files {
        let Some(path) = shared(file) else { return };
        let answer = desk.import(&path, layer, &["--mode", mode]);
        assert_eq!(answer.code, 0, "{answer:?}");
    }
    let units = |layer: &str| -> Vec<(String, geo_types::Geometry<f64>)> {
        let features = desk.features(layer).into_iter();
        let units = features.map(|unit| {
            let geometry: geojson::Geometry = serde_json::from_value(unit["geometry"].clone()).expect("a geometry");
            (unit["id"].as_str().expect("an id").to_owned(), geometry.try_into().expect("a shape"))
        });
        units.collect()
    };
    let (wards, districts) = (units("wards"), units("districts"));
    let mut rows = csv::Reader::from_path(oracle).expect("a table");
    let mut inside = 0;
    for row in rows.records() {
        let row = row.expect("a line");
        let place = geo_types::Point::new(row[0].parse().expect("lon"), row[1].parse().expect("lat"));
        let holding = |units: &[(String, geo_types::Geometry<f64>)]| -> Vec<String> {
            units.iter().filter(|(_, shape)| shape.contains(&place)).map(|(id, _)| id.clone()).collect()
        };
        let expected: Vec<&str> = if row[2].is_empty() { vec![] } else { vec![&row[2]] };
        assert_eq!(holding(&wards), expected, "{row:?}");
        // The 2024 files hold the province too, under its own code of two digits.
        let found: Vec<String> = holding(&districts).into_iter().filter(|code| code.len() == 3).collect();
        let expected: Vec<&str> = if row[3].is_empty() { vec![] } else { vec![&row[3]] };
        assert_eq!(found, expected, "{row:?}");
        inside += expected.len();
    }
    assert!(inside > 200, "only {inside} places lie in a district");
}

/// Each bad file is refused, and an earlier state stays whole.
#[test]
fn bad_geojson_is_refused_and_the_old_data_stay() {
    let Some(archive) = shared("conformance/geojson/geojsonhint_good_and_third_of_bad.zip") else { return };
    let desk = Desk::new();
    let good = desk.write("good.csv", "id,name,lon,lat\nA,Vinh,105.67,18.66\n");
    assert_eq!(desk.import(&good, "tourism_sites", &[]).code, 0);
    let before = desk.features("tourism_sites");
    let mut archive = zip::ZipArchive::new(std::fs::File::open(archive).expect("the file")).expect("a zip");
    let names: Vec<String> = archive
        .file_names()
        .filter(|name| name.starts_with("bad/") && name.ends_with(".geojson"))
        .map(str::to_owned)
        .collect();
    assert_eq!(names.len(), 15);
    for name in names {
        let mut text = Vec::new();
        archive.by_name(&name).expect("a member").read_to_end(&mut text).expect("the zip is whole");
        let file = desk.write("bad.geojson", text);
        let answer = desk.import(&file, "tourism_sites", &[]);
        assert_eq!(answer.code, 1, "{name}: {answer:?}");
        assert!(answer.err.contains("bad.geojson"), "{name}: {}", answer.err);
        assert_eq!(desk.features("tourism_sites"), before, "{name}");
    }
}
