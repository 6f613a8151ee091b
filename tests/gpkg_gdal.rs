//! GDAL's own word on the file of the embedded store.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::path::Path;
use std::process::Command;
use std::slice;

use citylayers::geo::{BBox, GeometryKind};
use citylayers::model::{Change, Feature, FieldType, Layer, Value};
use citylayers::store::Store;
use citylayers::store::gpkg::GeoPackage;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::Value as Json;

use support::features::{feature, id, replace};
use support::layers::{every_kind, layer};

/// What a program of GDAL says; fails when it complains of anything.
#[track_caller]
fn gdal(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("GDAL runs");
    let (said, complained) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && complained.is_empty(), "{program} {arguments:?}: {complained}\n{said}");
    said
}

fn ogrinfo(path: &Path) -> String {
    gdal("ogrinfo", &["-so", "-al", path.to_str().unwrap()])
}

fn layer_names(said: &str) -> Vec<&str> {
    said.lines().filter_map(|line| line.strip_prefix("Layer name: ")).collect()
}

fn some_features(layer: &Layer, count: u64) -> Vec<Feature> {
    let mut rng = ChaCha8Rng::seed_from_u64(count);
    (0..count).map(|number| feature(&mut rng, layer, number)).collect()
}

fn extent(features: &[Feature]) -> String {
    let [west, south, east, north] =
        features.iter().map(|feature| feature.geometry.bbox()).reduce(BBox::union).unwrap().to_array();
    format!("Extent: ({west:.6}, {south:.6}) - ({east:.6}, {north:.6})")
}

#[tokio::test]
async fn gdal_finds_the_layers_and_nothing_else() {
    if !support::present::have_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let layers = every_kind();
    let store = GeoPackage::open(&path).unwrap();
    assert_eq!(layer_names(&ogrinfo(&path)), Vec::<&str>::new(), "a file without layers");
    store.prepare(&layers).await.unwrap();
    assert_eq!(layer_names(&ogrinfo(&path)), ["street_lights", "roads", "wards"], "empty layers");

    let features: Vec<_> = layers.iter().map(|layer| some_features(layer, 60)).collect();
    for (layer, features) in layers.iter().zip(&features) {
        store.commit(&[replace(layer, &features[..50])]).await.unwrap();
        let puts: Vec<_> = features[50..].iter().cloned().map(Change::Put).collect();
        store.commit(&puts).await.unwrap();
    }
    let open = ogrinfo(&path);
    store.close().await.unwrap();
    for said in [open, ogrinfo(&path)] {
        let parts: Vec<&str> = said.split("\nLayer name: ").skip(1).collect();
        assert_eq!(parts.len(), 3, "{said}");
        let kinds = ["Geometry: Point", "Geometry: Multi Line String", "Geometry: Multi Polygon"];
        for ((part, features), (layer, kind)) in parts.iter().zip(&features).zip(layers.iter().zip(kinds)) {
            let code = if layer.id_field.field_type == FieldType::Integer { "Integer64" } else { "String" };
            let expected = [
                kind.to_owned(),
                "Feature Count: 60".to_owned(),
                extent(features),
                format!("IDENTIFIER={}", layer.title.vi),
                format!("DESCRIPTION={}", layer.description.vi),
                "FID Column = fid".to_owned(),
                "Geometry Column = geom".to_owned(),
                format!("code: {code} (0.0) UNIQUE NOT NULL"),
                "a_text: String (0.0)".to_owned(),
                "a_code: String (0.0)".to_owned(),
                "an_integer: Integer64 (0.0)".to_owned(),
                "a_real: Real (0.0)".to_owned(),
                "a_boolean: Integer(Boolean) (0.0)".to_owned(),
                "a_date: Date (0.0)".to_owned(),
                "a_moment: DateTime (0.0)".to_owned(),
                "ID[\"EPSG\",4326]]".to_owned(),
            ];
            for line in expected {
                assert!(part.contains(&line), "`{line}` of {} in {part}", layer.id);
            }
        }
    }
}

#[tokio::test]
async fn gdal_reads_every_value_to_the_last_bit() {
    if !support::present::have_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let layers = every_kind();
    let store = GeoPackage::open(&path).unwrap();
    store.prepare(&layers).await.unwrap();
    for layer in &layers {
        let features = some_features(layer, 200);
        store.commit(&[replace(layer, &features)]).await.unwrap();
        let file = path.to_str().unwrap();
        let options = ["-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=20", "/vsistdout/", file, layer.id.as_str()];
        let said = gdal("ogr2ogr", &options);
        let said: Json = serde_json::from_str(&said).unwrap();
        let found = said["features"].as_array().unwrap();
        assert_eq!(found.len(), features.len());
        for (found, kept) in found.iter().zip(&features) {
            let properties = &found["properties"];
            let code = &properties["code"];
            let code = code.as_str().map_or_else(|| code.to_string(), str::to_owned);
            assert_eq!(code, kept.id.as_str());
            let mut numbers = Vec::new();
            collect_numbers(&found["geometry"]["coordinates"], &mut numbers);
            let expected: Vec<f64> = kept.geometry.coords().flatten().collect();
            assert_eq!(numbers.len(), expected.len(), "{kept:?}");
            for (found, expected) in numbers.into_iter().zip(expected) {
                let nothing = |number: f64| number.abs() < 1e-20; // beyond the digits that GDAL was asked for
                assert!(found.to_bits() == expected.to_bits() || (nothing(found) && nothing(expected)), "{kept:?}");
            }
            for (field, value) in layer.fields.iter().zip(&kept.properties) {
                assert_value(&properties[&field.name], value.as_ref(), kept);
            }
        }
    }
}

fn collect_numbers(coordinates: &Json, numbers: &mut Vec<f64>) {
    match coordinates {
        Json::Array(members) => members.iter().for_each(|member| collect_numbers(member, numbers)),
        number => numbers.push(number.as_f64().expect("a number")),
    }
}

#[track_caller]
fn assert_value(found: &Json, kept: Option<&Value>, feature: &Feature) {
    let same = match kept {
        None => found.is_null(),
        Some(Value::Text(text)) => found.as_str() == Some(text),
        Some(Value::Integer(number)) => found.as_i64() == Some(*number),
        Some(Value::Real(number)) => found.as_f64() == Some(*number),
        Some(Value::Boolean(flag)) => found.as_bool() == Some(*flag),
        Some(Value::Date(day)) => found.as_str().map(|text| text.replace('/', "-")) == Some(day.to_string()),
        Some(Value::DateTime(moment)) => {
            let text = found.as_str().unwrap().replacen('/', "-", 2).replace(' ', "T");
            let text = text.strip_suffix("+00").map_or(text.clone(), |start| format!("{start}Z"));
            text.parse::<chrono::DateTime<chrono::Utc>>().ok().as_ref() == Some(moment)
        }
    };
    assert!(same, "{found} for {kept:?} of {feature:?}");
}

#[tokio::test]
async fn extents_are_right_whatever_happened() {
    if !support::present::have_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let [lights, ..] = every_kind();
    let features = some_features(&lights, 30);
    for left in [30, 10, 1, 0] {
        let store = GeoPackage::open(&path).unwrap();
        store.prepare(slice::from_ref(&lights)).await.unwrap();
        store.commit(&[replace(&lights, &features)]).await.unwrap();
        let gone = (left..30).map(|number| Change::Remove { layer: lights.id.clone(), id: id(&lights, number) });
        store.commit(&gone.collect::<Vec<_>>()).await.unwrap();
        store.close().await.unwrap();
        let file = rusqlite::Connection::open(&path).unwrap();
        let sql = "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'street_lights'";
        let found: [Option<f64>; 4] =
            file.query_row(sql, [], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])).unwrap();
        let kept = usize::try_from(left).unwrap();
        let expected = features[..kept].iter().map(|feature| feature.geometry.bbox()).reduce(BBox::union);
        assert_eq!(found, expected.map_or([None; 4], |bbox| bbox.to_array().map(Some)), "{left} left");
        assert!(ogrinfo(&path).contains(&format!("Feature Count: {left}")));
    }
}

#[tokio::test]
async fn layers_of_one_title_and_fields_of_any_name_are_told_apart() {
    if !support::present::have_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let fields = [("fid", FieldType::Integer), ("geom", FieldType::Text), ("order", FieldType::Text)];
    let awkward = layer("select", GeometryKind::Point, FieldType::Text, &fields);
    let mut twin = Layer::clone(&layer("twin", GeometryKind::Point, FieldType::Text, &[]));
    twin.title = awkward.title.clone();
    let store = GeoPackage::open(&path).unwrap();
    store.prepare(&[awkward.clone(), twin.into()]).await.unwrap();
    let features = some_features(&awkward, 20);
    store.commit(&[replace(&awkward, &features)]).await.unwrap();
    support::features::assert_same(&store.load(&awkward, &|_| {}).await.unwrap().0, &features);
    let said = ogrinfo(&path);
    assert_eq!(layer_names(&said), ["select", "twin"]);
    assert!(said.contains("IDENTIFIER=Lớp select (twin)"), "{said}");
}

/// QGIS by its own Python, where Debian's `python3-qgis` is installed: it reads every feature without a word of complaint, and
/// what it edits is there when the file is opened again.
#[tokio::test]
async fn qgis_opens_every_layer_and_edits_one() {
    let python = |arguments: &[&str]| {
        Command::new("/usr/bin/python3").args(arguments).env("QT_QPA_PLATFORM", "offscreen").output()
    };
    let found = python(&["-c", "import qgis.core"]).is_ok_and(|output| output.status.success());
    if !support::present::have("qgis", found) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let layers = every_kind();
    let store = GeoPackage::open(&path).unwrap();
    store.prepare(&layers).await.unwrap();
    for layer in &layers {
        store.commit(&[replace(layer, &some_features(layer, 60))]).await.unwrap();
    }
    store.close().await.unwrap();

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/open_in_qgis.py");
    let output = python(&[script.to_str().unwrap(), path.to_str().unwrap(), "street_lights", "a_text=Sửa"]).unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = said.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), layers.len() + 1, "{said}{}", String::from_utf8_lossy(&output.stderr));
    for layer in &layers {
        let start = format!("layer {} 60 ", layer.id);
        assert!(lines.iter().any(|line| line.starts_with(&start) && line.ends_with("EPSG:4326")), "{start}: {said}");
    }
    assert!(lines.contains(&"edited"), "{said}");

    let again = GeoPackage::open(&path).unwrap();
    again.prepare(&layers).await.unwrap();
    let lamps = layers.iter().find(|layer| layer.id.as_str() == "street_lights").unwrap();
    let (rows, _) = again.load(lamps, &|_| ()).await.unwrap();
    let field = lamps.field_index("a_text").unwrap();
    let edited = (0..rows.len()).filter(|&row| rows.feature(row).properties[field] == Some(Value::Text("Sửa".into())));
    assert_eq!((rows.len(), edited.count()), (60, 1));
    again.close().await.unwrap();
}
