//! A day of real car parks, and real vessels with what their receivers say when they know nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::Command;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::support::present::shared;
use super::town::Town;
use super::{number, shown, yesterday};

/// Lines of a request.
const TOGETHER: usize = 5_000;

/// A file of a zip as text.
fn unzipped(archive: &Path, name: &str) -> String {
    let mut zip = zip::ZipArchive::new(File::open(archive).expect("the archive")).expect("a zip");
    let mut text = String::new();
    zip.by_name(name).unwrap_or_else(|error| panic!("{name}: {error}")).read_to_string(&mut text).expect("UTF-8");
    text
}

/// A served layer of the shipped catalogue with these features, its extent replaced.
fn serving(layer: &str, extent: Option<[f64; 4]>, features: &[Json]) -> Town {
    let folder: TempDir = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(folder.path().join("data/layers")).expect("a folder for layers");
    let file = format!("{layer}.toml");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/layers").join(&file);
    let text = fs::read_to_string(shipped).expect("a shipped layer");
    let lines = text.lines().map(|line| match extent {
        Some(extent) if line.starts_with("extent = ") => format!("extent = {extent:?}"),
        _ => line.to_owned(),
    });
    let lines: Vec<String> = lines.collect();
    fs::write(folder.path().join("data/layers").join(&file), lines.join("\n")).expect("a layer of its own");
    let source = folder.path().join("features.geojson");
    fs::write(&source, json!({"type": "FeatureCollection", "features": features}).to_string()).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_citylayers"))
        .current_dir(folder.path())
        .env("CITYLAYERS_STORE", folder.path().join("city.gpkg"))
        .env("CITYLAYERS_DATA", folder.path().join("data"))
        .args(["import", "features.geojson", "--layer", layer])
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Town::served(folder)
}

fn feature(id: &str, [lon, lat]: [f64; 2], properties: &Json) -> Json {
    let mut feature =
        json!({"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": properties});
    feature["properties"]["id"] = json!(id);
    feature
}

fn moment(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Posts lines in parts; how many were refused, by reason.
fn post(town: &Town, lines: &[Json]) -> BTreeMap<String, usize> {
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let mut accepted = 0;
    for part in lines.chunks(TOGETHER) {
        let body: Vec<String> = part.iter().map(ToString::to_string).collect();
        let (status, answer) = town.post(&body.join("\n"));
        let list = if status == 200 { &answer["refused"] } else { &answer["refusals"] };
        for one in list.as_array().unwrap_or_else(|| panic!("{status}: {answer}")) {
            *refused.entry(one["reason"].as_str().expect("a reason").to_owned()).or_default() += 1;
        }
        accepted += usize::try_from(answer["accepted"].as_u64().unwrap_or_default()).expect("few");
    }
    assert_eq!(accepted + refused.values().sum::<usize>(), lines.len(), "each is taken or refused");
    refused
}

/// 2 May 2023 of the car parks of German cities, told as if it were yesterday.
#[test]
fn a_day_of_real_car_parks() {
    let Some(archive) = shared("parking/germany_free_places_2023-05-01_07.zip") else { return };
    let (_, midnight) = yesterday();
    let meta = unzipped(&archive, "meta-data.csv");
    let mut features = Vec::new();
    let mut places: BTreeMap<String, [f64; 2]> = BTreeMap::new();
    for lot in csv::Reader::from_reader(meta.as_bytes()).deserialize::<BTreeMap<String, String>>() {
        let lot = lot.expect("a car park");
        let Some(place) = lot["longitude"].parse().ok().zip(lot["latitude"].parse().ok()) else { continue };
        let place: [f64; 2] = [place.0, place.1];
        features.push(feature(&lot["place_id"], place, &json!({"name": lot["place_name"], "city": lot["city_name"]})));
        places.insert(lot["place_id"].clone(), place);
    }
    assert_eq!(places.len(), 88, "car parks with a place");
    let table = unzipped(&archive, "csv/2023/2023-05/2023-05-02.csv");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let names: Vec<String> = reader.headers().expect("a head").iter().map(str::to_owned).collect();
    let start: DateTime<Utc> = "2023-05-02T00:00:00Z".parse().expect("a moment");
    let (mut lines, mut strangers, mut wrong) = (Vec::new(), 0, 0);
    // By car park: its readings by time, the first of a moment counts.
    let mut expected: BTreeMap<String, BTreeMap<DateTime<Utc>, f64>> = BTreeMap::new();
    for row in reader.records() {
        let row = row.expect("a row");
        let time: DateTime<Utc> = row[0].parse().expect("a moment");
        let time = midnight + (time - start);
        for (name, value) in names.iter().zip(&row).skip(1).filter(|(_, value)| !value.is_empty()) {
            let free: f64 = value.parse().expect("a number");
            lines.push(json!({"layer": "parking", "feature": name, "time": moment(time), "values": {"free": free}}));
            match (places.contains_key(name), free >= 0.0) {
                (false, _) => strangers += 1,
                (true, false) => wrong += 1,
                (true, true) => {
                    expected.entry(name.clone()).or_default().entry(time).or_insert(free);
                }
            }
        }
    }
    let town = serving("parking", None, &features);
    let refused = post(&town, &lines);
    assert_eq!(refused.get("unknown-feature").copied().unwrap_or(0), strangers, "{refused:?}");
    assert_eq!(refused.get("out-of-range").copied().unwrap_or(0), wrong, "{refused:?}");
    assert_eq!(refused.values().sum::<usize>(), strangers + wrong, "{refused:?}");
    assert!(expected.len() > 30, "{} car parks told something", expected.len());
    let all: Vec<[f64; 2]> = places.values().copied().collect();
    let near = shown(&town, "parking", 14, &all, "");
    for (id, told) in &expected {
        assert_eq!(number(&near[id], "free"), told.values().next_back().copied(), "{id}");
        let history = town.json(&format!("/collections/parking/items/{id}/observations?limit=10000"));
        let found = history["observations"].as_array().expect("observations").iter();
        let found: Vec<f64> = found.map(|one| one["free"].as_f64().expect("a number")).collect();
        assert_eq!(found, told.values().copied().collect::<Vec<f64>>(), "{id}");
    }
    // Far off there is a group or a car park for each, and together they are as free as all.
    let far = shown(&town, "parking", 8, &all, "");
    let once: BTreeSet<u64> = far.values().map(|feature| feature.id).collect();
    assert_eq!(once.len(), far.len());
    let free: f64 = far.values().filter_map(|feature| number(feature, "free")).sum();
    let sum: f64 = expected.values().filter_map(|told| told.values().next_back()).sum();
    assert!((free - sum).abs() < 1e-6, "{free} instead of {sum}");
}

/// Vessels off Brest: what a receiver says when it knows nothing is refused and counted, and the rest is their track.
#[test]
fn real_vessels_and_what_they_do_not_know() {
    let Some(archive) = shared("vessels/ais_vessels.zip") else { return };
    let extent = [-10.0, 45.0, 0.0, 52.0];
    let start = Utc::now() - TimeDelta::days(60);
    let (mut lines, mut features) = (Vec::new(), Vec::new());
    let mut expected: BTreeMap<String, BTreeMap<String, [f64; 2]>> = BTreeMap::new();
    let mut refusals: BTreeMap<&str, usize> = BTreeMap::new();
    for name in ["1", "10", "78", "182", "196", "297", "696", "88"] {
        features.push(feature(name, [-4.5, 48.3], &json!({"name": format!("Brest {name}")})));
        let text = unzipped(&archive, &format!("ais/{name}.csv"));
        let own = expected.entry(name.to_owned()).or_default();
        for row in csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes()).deserialize() {
            let row: BTreeMap<String, String> = row.expect("a position");
            let [lat, lon, speed, course, since] = ["Lat", "Lon", "Sog", "Course", "toa"]
                .map(|name| row[name].parse::<f64>().unwrap_or_else(|error| panic!("{name}: {error}")));
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds of two weeks")]
            let time = moment(start + TimeDelta::milliseconds((since * 1000.0) as i64));
            let nowhere = lat.abs() > 90.0 || lon.abs() > 180.0;
            let beyond = lat < extent[1] || lat > extent[3] || lon < extent[0] || lon > extent[2];
            // A place that is none is to be refused for itself, not for the speed that is none beside it.
            let values = if nowhere || beyond { json!({}) } else { json!({"speed_kn": speed, "course_deg": course}) };
            lines.push(json!({
                "layer": "vessels", "feature": name, "time": time, "lon": lon, "lat": lat, "values": values,
            }));
            // ITU-R M.1371-5, table 48: 102.3 kn, 360°, 181° and 91° are `not available`; this receiver writes -1, too.
            let reason = match (nowhere, beyond) {
                (true, _) => Some("no-place"),
                (false, true) => Some("outside-extent"),
                _ if !(0.0..=102.2).contains(&speed) || !(0.0..=359.9).contains(&course) => Some("out-of-range"),
                _ => None,
            };
            match reason {
                Some(reason) => *refusals.entry(reason).or_default() += 1,
                None => {
                    own.entry(time).or_insert([lon, lat]);
                }
            }
        }
    }
    assert!(refusals.len() == 3, "{refusals:?}");
    let town = serving("vessels", Some(extent), &features);
    let refused = post(&town, &lines);
    let refused: BTreeMap<&str, usize> = refused.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
    assert_eq!(refused, refusals);
    let counted = town.json("/observations/refused");
    let total: usize = refusals.values().sum();
    assert_eq!(counted["refused"].as_array().expect("the last of them").len(), total.min(1000));
    for (name, told) in &expected {
        let track = town.json(&format!("/collections/vessels/items/{name}/track"));
        let lines = track["geometry"]["coordinates"].as_array().expect("lines").iter();
        let mut places: Vec<[f64; 2]> = lines
            .flat_map(|line| {
                let mut line: Vec<[f64; 2]> = serde_json::from_value(line.clone()).expect("places of two coordinates");
                // One place alone is a line that begins and ends there.
                if line.len() == 2 && line[0] == line[1] {
                    line.truncate(1);
                }
                line
            })
            .collect();
        let all: Vec<[f64; 2]> = told.values().copied().collect();
        let mut all = all.get(all.len().saturating_sub(10_000)..).expect("the last").to_vec();
        // A ship at anchor tells the same place twice in a line of two as well.
        places.dedup();
        all.dedup();
        assert_eq!(places, all, "{name}");
        let item = town.json(&format!("/collections/vessels/items/{name}"));
        let here: [f64; 2] = serde_json::from_value(item["geometry"]["coordinates"].clone()).expect("a place");
        assert_eq!(here, told.values().next_back().copied().unwrap_or([-4.5, 48.3]), "{name}");
    }
}
