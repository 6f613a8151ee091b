//! Real files against the shipped layers: every value that a layer would take from a column fits the field's type, and
//! every value of a code field is one of its codes or aliases. Nothing of the importers is used here.
#![allow(clippy::unwrap_used, reason = "a test ends at what it cannot read")]

#[path = "support/present.rs"]
mod present;

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use chrono::{DateTime, NaiveDate};
use citylayers::catalog::Catalog;
use citylayers::model::{Field, FieldType, Layer, LayerId};
use flate2::read::GzDecoder;
use serde_json::{Map, Value};

/// A row of a file: its columns, all as text; what is blank counts as absent.
type Row = Vec<(String, String)>;

fn properties(feature: &Value) -> Row {
    let none = Map::new();
    let members = feature["properties"].as_object().unwrap_or(&none);
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    members.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

fn geojson(path: &Path) -> Vec<Row> {
    let mut text = String::new();
    let file = File::open(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "gz") {
        GzDecoder::new(file).read_to_string(&mut text).unwrap();
    } else {
        (&file).read_to_string(&mut text).unwrap();
    }
    let collection: Value = serde_json::from_str(&text).unwrap();
    collection["features"].as_array().unwrap().iter().map(properties).collect()
}

fn csv(bytes: impl Read) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(bytes);
    let names: Vec<String> =
        reader.headers().unwrap().iter().map(|name| name.trim_start_matches('\u{feff}').into()).collect();
    let row = |record: csv::StringRecord| names.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

fn zipped_csv(path: &Path, member: &str) -> Vec<Row> {
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    csv(archive.by_name(member).unwrap())
}

/// A layer of an OpenStreetMap file as GDAL reads it.
fn osm(path: &Path, layer: &str) -> Vec<Row> {
    let packed = path.extension().is_some_and(|extension| extension == "gz");
    let source = format!("{}{}", if packed { "/vsigzip/" } else { "" }, path.display());
    let output = Command::new("ogr2ogr").args(["-f", "GeoJSONSeq", "/vsistdout/", &source, layer]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| properties(&serde_json::from_str(line).unwrap())).collect()
}

/// The value that `field` takes of a row: of its own name or else of the first alias with a value.
fn taken<'r>(field: &Field, row: &'r Row) -> Option<&'r str> {
    let column = |name: &String| {
        let found = row.iter().find(|(column, _)| column.to_lowercase() == name.to_lowercase())?;
        Some(found.1.trim()).filter(|value| !value.is_empty())
    };
    std::iter::once(&field.name).chain(&field.aliases).find_map(column)
}

fn fits(field: &Field, value: &str) -> bool {
    match field.field_type {
        FieldType::Text => true,
        FieldType::Integer => value.parse::<i64>().is_ok(),
        FieldType::Real => value.parse::<f64>().is_ok_and(f64::is_finite),
        FieldType::Boolean => ["true", "false"].contains(&value),
        FieldType::Date => value.parse::<NaiveDate>().is_ok(),
        FieldType::DateTime => {
            DateTime::parse_from_rfc3339(value).is_ok()
                || DateTime::parse_from_str(value, "%Y/%m/%d %H:%M:%S%#z").is_ok()
        }
        FieldType::Code => {
            field.codes.iter().any(|code| code.code == value || code.aliases.iter().any(|alias| alias == value))
        }
    }
}

/// What of `rows` the layer could not take.
fn misfits(layer: &Layer, rows: &[Row]) -> Vec<String> {
    let mut found = Vec::new();
    let mut ids = HashSet::new();
    for (number, row) in rows.iter().enumerate() {
        match taken(&layer.id_field, row) {
            Some(id) if !fits(&layer.id_field, id) => found.push(format!("row {number}: id {id}")),
            Some(id) if !ids.insert(id) => found.push(format!("row {number}: id {id} again")),
            None if !layer.numbered => found.push(format!("row {number}: no id")),
            _ => {}
        }
        for field in &layer.fields {
            match taken(field, row) {
                Some(value) if !fits(field, value) => found.push(format!("row {number}: {} `{value}`", field.name)),
                None if field.required => found.push(format!("row {number}: no {}", field.name)),
                _ => {}
            }
        }
    }
    found
}

/// Rows of `layer`, each filled field counted once: an alias that no file has would otherwise go unseen.
fn assert_taken(layer: &str, source: &str, rows: &[Row], count: usize, filled: &[&str]) {
    let catalog = Catalog::shipped().unwrap();
    let layer = catalog.layer(&LayerId::new(layer).unwrap()).unwrap();
    assert_eq!(rows.len(), count, "{source}");
    let misfits = misfits(layer, rows);
    assert!(misfits.is_empty(), "{source} into {}:\n{}", layer.id, misfits.join("\n"));
    let fields: Vec<&str> = (layer.fields.iter())
        .filter(|field| rows.iter().any(|row| taken(field, row).is_some()))
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(fields, filled, "{source} into {}", layer.id);
}

#[test]
fn administrative_units_fit() {
    let Some(shared) = present::shared("") else { return };
    let named = ["name", "name_en", "full_name", "full_name_en"];
    let wards = [&named[..], &["unit_type", "province_code", "area_km2"]].concat();
    let provinces = [&named[..], &["area_km2"]].concat();
    let districts = ["name", "level", "province_code"];
    let table = [
        ("wards", "admin-2025/nghe_an_wards_2025.geojson.gz", 130, &wards[..]),
        ("wards", "admin-2025/thanh_hoa_wards_2025.geojson.gz", 166, &wards),
        ("provinces", "admin-2025/provinces_34_2025.geojson.gz", 34, &provinces),
        ("districts", "admin-2024/nghe_an_districts_2024.geojson.gz", 22, &districts),
        ("districts", "admin-2024/thanh_hoa_districts_2024.geojson.gz", 28, &districts),
    ];
    for (layer, source, count, filled) in table {
        assert_taken(layer, source, &geojson(&shared.join(source)), count, filled);
    }
}

#[test]
fn every_unit_of_the_country_fits_the_wards() {
    let Some(shared) = present::shared("") else { return };
    let source = "admin-2025/units_2025.csv";
    let filled = ["name", "full_name", "full_name_en", "unit_type", "province_code", "area_km2"];
    assert_taken("wards", source, &csv(File::open(shared.join(source)).unwrap()), 3321, &filled);
}

#[test]
fn the_columns_of_the_legacy_shapefile_fit_the_wards() {
    let Some(shared) = present::shared("") else { return };
    let source = "legacy/expected_names_urban.csv";
    let mut rows = csv(File::open(shared.join(source)).unwrap());
    for (column, _) in rows.iter_mut().flatten() {
        *column = match column.as_str() {
            "code" => "MA_XA",
            "name_utf8" => "TEN_XA",
            "unit_type" => "LOAI",
            _ => "DT_KM2",
        }
        .to_owned();
    }
    assert_taken("wards", source, &rows, 11, &["name", "unit_type", "area_km2"]);
}

#[test]
fn national_layers_fit() {
    let Some(shared) = present::shared("") else { return };
    let table = [
        ("roads", "roads/vn_national_roads.geojson", 458, &["name", "level", "road_class", "length_m"][..]),
        (
            "protected_areas",
            "poi/vn_heritage_protected_areas.geojson",
            14,
            &["name", "designation", "level", "status", "year", "situation", "appraisal", "manager"],
        ),
    ];
    for (layer, source, count, filled) in table {
        assert_taken(layer, source, &geojson(&shared.join(source)), count, filled);
    }
    let source = "poi/vn_hydropower_plants.geojson";
    let catalog = Catalog::shipped().unwrap();
    let every: Vec<&str> = catalog
        .layer(&LayerId::new("hydropower").unwrap())
        .unwrap()
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    assert_taken("hydropower", source, &geojson(&shared.join(source)), 197, &every);
}

#[test]
fn street_lights_fit_from_both_spellings() {
    let Some(shared) = present::shared("") else { return };
    let filled = [
        "asset_no",
        "lamp_type",
        "wattage",
        "luminaire_type",
        "pole_material",
        "pole_height",
        "arm_type",
        "cabinet",
        "circuit",
        "installed_at",
        "notes",
    ];
    let source = "lighting/champaign_streetlights.geojson.gz";
    assert_taken("street_lights", source, &geojson(&shared.join(source)), 4556, &filled);
    let source = "lighting/champaign_streetlights_epsg3857.csv";
    assert_taken("street_lights", source, &csv(File::open(shared.join(source)).unwrap()), 4556, &filled);
}

#[test]
fn parking_and_transit_fit() {
    let Some(shared) = present::shared("") else { return };
    let stop = &["name", "kind", "wheelchair"][..];
    let table = [
        (
            "parking",
            "parking/germany_free_places_2023-05-01_07.zip",
            "meta-data.csv",
            739,
            &["name", "capacity", "address", "city", "url"][..],
        ),
        ("bus_stops", "transit/abidjan_gtfs.zip", "stops.txt", 2196, stop),
        ("bus_stops", "transit/hanoi_gtfs_2018_partial_no_stop_times.zip", "stops.txt", 6495, &["name"]),
        ("bus_stops", "transit/hanoi_gtfs_2018_partial_no_stop_times.zip", "stops-enriched.txt", 6495, &["name"]),
        (
            "bus_routes",
            "transit/abidjan_gtfs.zip",
            "routes.txt",
            281,
            &["name", "mode", "operator", "route_color", "text_color", "url"],
        ),
        (
            "bus_routes",
            "transit/hanoi_gtfs_2018_partial_no_stop_times.zip",
            "routes.txt",
            224,
            &["number", "name", "mode"],
        ),
    ];
    for (layer, source, member, count, filled) in table {
        assert_taken(layer, source, &zipped_csv(&shared.join(source), member), count, filled);
    }
}

#[test]
fn openstreetmap_through_gdal_fits() {
    let Some(shared) = present::shared("") else { return };
    if Command::new("ogr2ogr").arg("--version").output().is_err() {
        eprintln!("skipped: no ogr2ogr");
        return;
    }
    let filled = |layer: &str| match layer {
        "roads" => &["name", "road_class"][..],
        "buildings" => &["name", "building_type"],
        _ => &["name"],
    };
    let table = [
        ("osm/monaco.osm.gz", "lines", 913, &["roads"][..]),
        ("osm/andorra.osm.pbf", "lines", 2081, &["roads"]),
        ("osm/monaco.osm.gz", "multilinestrings", 15, &["bus_routes"]),
        ("osm/andorra.osm.pbf", "multilinestrings", 9, &["bus_routes"]),
        ("osm/monaco.osm.gz", "multipolygons", 1016, &["buildings"]),
        ("osm/andorra.osm.pbf", "multipolygons", 624, &["buildings"]),
        ("osm/monaco.osm.gz", "points", 758, &["tourism_sites", "parking"]),
    ];
    for (file, part, count, layers) in table {
        let rows = osm(&shared.join(file), part);
        for layer in layers {
            assert_taken(layer, &format!("{file} {part}"), &rows, count, filled(layer));
        }
    }
    let points = osm(&shared.join("osm/andorra.osm.pbf"), "points");
    assert_taken("bus_stops", "osm/andorra.osm.pbf points", &points, 1650, &["name", "stop_code"]);
}
