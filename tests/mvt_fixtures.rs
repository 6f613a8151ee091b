//! The judge of tiles, judged: the published fixtures of MVT decode as told, and what they call invalid is refused.

mod support;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use fast_mvt::{MvtReaderRef, MvtValue};
use serde_json::Value;
use support::mvt::{Place, TileFeature, judged, paths};
use support::present::shared;
use zip::ZipArchive;

const FIXTURES: &str = "conformance/mvt/mvt_fixtures_third.zip";
const REAL_WORLD: &str = "conformance/mvt/mvt_real_world_bangkok_nepal.zip";

/// What is valid by MVT 2.1, section 4, and refused all the same, with a part of what the judge says: no tile of ours has it.
const BEYOND_THE_LETTER: [(&str, &str); 3] = [
    ("016", "geometry type 0"),   // an unknown geometry type: a decoder may pass over it
    ("025", "no features"),       // encoders should not write such a layer
    ("049", "beyond the buffer"), // a place 2^31 units away
];

/// What is invalid, with a part of what the judge says.
const REFUSED: [(&str, &str); 10] = [
    ("004", "no command"),                // a feature without geometry
    ("007", "wire type"),                 // the version is a text
    ("010", "wire type"),                 // a text value is a number
    ("013", "wire type"),                 // a key is a number
    ("030", "commands after the points"), // two geometries in one feature
    ("040", "invalid key index 2"),       // a tag of a key that is not there
    ("046", "a segment of no length"),    // a place is repeated
    ("052", "command 1 of 2 places ends after 1 numbers"),
    ("058", "command 2 of 536870911 places ends after 4 numbers"),
    ("061", "version 0"), // none is told, so 1; only there may a line be closed
];

/// Where the fixtures draw, read off the specification's examples (4.3.5) and the fixtures' descriptions by hand; all others have
/// single points.
fn drawn_by_hand(fixture: &str) -> Option<Vec<Vec<Place>>> {
    Some(match fixture {
        "019" => vec![vec![[3, 6], [8, 12], [20, 34]]],
        "022" => vec![
            vec![[0, 0], [10, 0], [10, 10], [0, 10]],
            vec![[11, 11], [20, 11], [20, 20], [11, 20]],
            vec![[13, 13], [13, 17], [17, 17], [17, 13]],
        ],
        "055" => vec![vec![[1, 1], [4095, 1], [4095, 4095], [1, 4095]]],
        _ => return None,
    })
}

struct Fixture {
    number: String,
    told: Value,
    valid: bool,
    bytes: Vec<u8>,
}

fn files(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ZipArchive::new(File::open(path).expect("the archive opens")).expect("a zip archive");
    let mut files = BTreeMap::new();
    for number in 0..archive.len() {
        let mut file = archive.by_index(number).expect("an entry");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("the entry unpacks");
        files.insert(file.name().to_owned(), bytes);
    }
    files
}

fn fixtures(path: &Path) -> Vec<Fixture> {
    let files = files(path);
    let tiles = files.iter().filter_map(|(name, bytes)| Some((name.strip_suffix("tile.mvt")?, bytes)));
    tiles
        .map(|(folder, bytes)| {
            let json = |name: &str| serde_json::from_slice::<Value>(&files[&format!("{folder}{name}")]).expect("JSON");
            Fixture {
                number: folder.trim_end_matches('/').rsplit('/').next().expect("a number").to_owned(),
                told: json("tile.json"),
                valid: json("info.json")["validity"]["v2"].as_bool().expect("valid or not"),
                bytes: bytes.clone(),
            }
        })
        .collect()
}

/// A value as `tile.json` tells it. The text of fixture 076 is told as a number.
fn told_value(told: &Value) -> MvtValue {
    let (kind, value) = told.as_object().and_then(|value| value.iter().next()).expect("one value");
    match kind.as_str() {
        "string_value" => MvtValue::String(value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
        "double_value" => MvtValue::Double(value.as_f64().expect("a number")),
        "int_value" => MvtValue::Int(value.as_i64().expect("a number")),
        "sint_value" => MvtValue::SInt(value.as_i64().expect("a number")),
        other => panic!("{other} is in none of the fixtures"),
    }
}

fn told_numbers(told: &Value) -> Vec<u32> {
    let numbers = told.as_array().into_iter().flatten();
    numbers.map(|number| number.as_u64().and_then(|number| u32::try_from(number).ok()).expect("a number")).collect()
}

fn list(told: &Value) -> &[Value] {
    told.as_array().map_or(&[], Vec::as_slice)
}

/// Fails unless the reader under the judge reads of the bytes what `tile.json` tells, item by item.
fn assert_read_as_told(fixture: &Fixture) {
    let number = &fixture.number;
    let reader = MvtReaderRef::new(&fixture.bytes).unwrap_or_else(|error| panic!("{number}: {error}"));
    assert_eq!(reader.layer_count(), list(&fixture.told["layers"]).len(), "{number}");
    for (layer, told) in reader.layers().zip(list(&fixture.told["layers"])) {
        assert_eq!(Some(layer.name()), told["name"].as_str(), "{number}");
        assert_eq!((told["version"].as_u64(), told["extent"].as_u64()), (Some(2), Some(4096)), "{number}");
        assert_eq!((layer.version(), layer.extent()), (2, 4096), "{number}");
        let keys: Vec<&str> = list(&told["keys"]).iter().filter_map(Value::as_str).collect();
        assert_eq!(layer.keys(), keys, "{number}");
        let values: Vec<MvtValue> = layer.values().map(fast_mvt::MvtValueRef::into_owned).collect();
        assert_eq!(values, list(&told["values"]).iter().map(told_value).collect::<Vec<_>>(), "{number}");
        assert_eq!(layer.feature_count(), list(&told["features"]).len(), "{number}");
        for (feature, told) in layer.features().zip(list(&told["features"])) {
            assert_eq!(feature.id(), told["id"].as_u64(), "{number}");
            assert_eq!(feature.geom_type_value().unwrap_or_default(), told["type"], "{number}");
            assert_eq!(feature.tags(), told_numbers(&told["tags"]), "{number}");
            assert_eq!(feature.geometry_commands(), told_numbers(&told["geometry"]), "{number}");
        }
    }
}

/// Fails unless the judge makes of a feature what `tile.json` and the table drawn by hand tell.
fn assert_judged_as_told(number: &str, found: &TileFeature, layer: &Value, told: &Value) {
    let tags = told_numbers(&told["tags"]);
    let properties = tags.chunks(2).map(|tag| {
        let key = layer["keys"][tag[0] as usize].as_str().expect("a key");
        (key.to_owned(), told_value(&layer["values"][tag[1] as usize]))
    });
    assert_eq!(found.properties, properties.collect::<BTreeMap<_, _>>(), "{number}");
    assert_eq!((Some(found.id), told["type"].as_i64()), (told["id"].as_u64(), Some(found.kind.into())), "{number}");
    let drawn = drawn_by_hand(number).unwrap_or_else(|| {
        let half = |at: usize| i64::from(told_numbers(&told["geometry"])[at]);
        // Zigzag: even numbers are twice the place, odd ones lie on the other side of zero (section 4.3.2).
        let place = |number: i64| if number % 2 == 0 { number / 2 } else { -(number + 1) / 2 };
        vec![vec![[place(half(1)), place(half(2))]]]
    });
    assert_eq!(found.paths, drawn, "{number}");
}

#[test]
fn the_fixtures_decode_as_told_and_invalid_ones_are_refused() {
    let Some(path) = shared(FIXTURES) else { return };
    let fixtures = fixtures(&path);
    assert_eq!(fixtures.len(), 25, "the archive has 25 fixtures");
    let (mut told_by, mut refused) = (0, 0);
    for fixture in &fixtures {
        let (number, outcome) = (&fixture.number, judged(&fixture.bytes));
        if fixture.valid {
            assert_read_as_told(fixture);
        }
        let known = if fixture.valid { BEYOND_THE_LETTER.as_slice() } else { REFUSED.as_slice() };
        let expected = known.iter().find(|(known, _)| known == number).map(|(_, fault)| *fault);
        match (outcome, expected) {
            (Ok(layers), None) if fixture.valid => {
                let told = list(&fixture.told["layers"]);
                assert_eq!(layers.len(), told.len(), "{number}");
                for layer in told {
                    let found = &layers[layer["name"].as_str().expect("a name")];
                    assert_eq!(found.len(), list(&layer["features"]).len(), "{number}");
                    for (found, told) in found.iter().zip(list(&layer["features"])) {
                        assert_judged_as_told(number, found, layer, told);
                    }
                }
                told_by += 1;
            }
            (Err(fault), Some(expected)) => {
                assert!(fault.contains(expected), "{number} is refused, but for `{fault}`, not `{expected}`");
                refused += 1;
            }
            (outcome, expected) => panic!("{number}: {outcome:?}, expected {expected:?}"),
        }
    }
    assert_eq!((told_by, refused), (12, 13));
    let closed = fixtures.iter().find(|fixture| fixture.number == "061").expect("the fixture of a closed line");
    let commands = told_numbers(&closed.told["layers"][0]["features"][0]["geometry"]);
    assert_eq!(paths(&commands, 2), Err("command 7 where 1 is due".to_owned()), "by its commands, too");
}

/// The literal reading of the commands agrees with the independent reader's own on every feature of tiles that others drew.
#[test]
fn tiles_of_others_are_read_alike_by_two_readers() {
    let Some(path) = shared(REAL_WORLD) else { return };
    let mut kinds = [0_usize; 4];
    for (name, bytes) in files(&path).into_iter().filter(|(name, _)| name.rsplit('.').next() == Some("mvt")) {
        let reader = MvtReaderRef::new(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        for feature in reader.layers().flat_map(fast_mvt::MvtLayerRef::features) {
            let kind = feature.geom_type_value().unwrap_or_default();
            let ours = paths(feature.geometry_commands(), kind).unwrap_or_else(|fault| panic!("{name}: {fault}"));
            let theirs = feature.geometry().unwrap_or_else(|error| panic!("{name}: {error}"));
            let ours: Vec<Place> = ours.into_iter().flatten().collect();
            assert_eq!(ours, places(&theirs), "{name}: feature {:?}", feature.id());
            kinds[usize::try_from(kind).expect("1 to 3")] += 1;
        }
    }
    assert!(kinds[1..].iter().all(|&count| count > 900), "{kinds:?}");
}

/// All places, of rings without the closing one.
fn places(geometry: &geo_types::Geometry<i32>) -> Vec<Place> {
    use geo_types::Geometry;
    let line = |line: &geo_types::LineString<i32>| -> Vec<Place> {
        line.coords().map(|place| [place.x.into(), place.y.into()]).collect()
    };
    let ring = |ring: &geo_types::LineString<i32>| {
        let mut places = line(ring);
        places.pop();
        places
    };
    let polygon = |polygon: &geo_types::Polygon<i32>| -> Vec<Place> {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).flat_map(ring).collect()
    };
    match geometry {
        Geometry::Point(point) => vec![[point.x().into(), point.y().into()]],
        Geometry::MultiPoint(points) => points.iter().map(|point| [point.x().into(), point.y().into()]).collect(),
        Geometry::LineString(one) => line(one),
        Geometry::MultiLineString(lines) => lines.iter().flat_map(line).collect(),
        Geometry::Polygon(one) => polygon(one),
        Geometry::MultiPolygon(polygons) => polygons.iter().flat_map(polygon).collect(),
        other => panic!("{other:?} is drawn by nothing"),
    }
}
