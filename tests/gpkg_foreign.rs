//! What other programs do to the file of the embedded store between two runs, and meanwhile.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::slice;
use std::sync::Arc;

use citylayers::geo::{Geometry, GeometryKind};
use citylayers::model::{Change, Feature, FieldType, Layer, Rows, Value};
use citylayers::store::gpkg::GeoPackage;
use citylayers::store::{Store, StoreError};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rusqlite::Connection;
use serde_json::json;

use support::features::{assert_same, feature, id, replace};
use support::layers::{every_kind, layer};

async fn open(path: &Path, layers: &[Arc<Layer>]) -> Result<GeoPackage, StoreError> {
    let store = GeoPackage::open(path)?;
    store.prepare(layers).await?;
    Ok(store)
}

async fn rows(store: &GeoPackage, layer: &Arc<Layer>) -> Result<Rows, StoreError> {
    store.load(layer, &|_| {}).await.map(|(rows, _)| rows)
}

fn some_features(layer: &Layer, numbers: std::ops::Range<u64>) -> Vec<Feature> {
    let mut rng = ChaCha8Rng::seed_from_u64(numbers.start);
    numbers.map(|number| feature(&mut rng, layer, number)).collect()
}

fn edit(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn ogr2ogr(arguments: &[&str]) {
    let output = Command::new("ogr2ogr").args(arguments).output().expect("GDAL runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Squares of one degree, each feature's south-western corner.
fn squares(corners: &[(&str, f64, f64)]) -> String {
    let features: Vec<_> = corners
        .iter()
        .map(|&(code, x, y)| {
            let ring = [[x, y], [x + 1.0, y], [x + 1.0, y + 1.0], [x, y + 1.0], [x, y]];
            json!({
                "type": "Feature",
                "properties": {
                    "code": code, "name": "Hoà Bình", "people": 7, "height": 1.5, "built": "2025/07/01",
                    "seen": "2025/07/01 06:00:00.5+00",
                },
                "geometry": { "type": "Polygon", "coordinates": [ring] },
            })
        })
        .collect();
    json!({ "type": "FeatureCollection", "features": features }).to_string()
}

fn square(layer: &Layer, code: &str, x: f64, y: f64) -> Feature {
    let ring = [[x, y], [x + 1.0, y], [x + 1.0, y + 1.0], [x, y + 1.0], [x, y]];
    let polygon = geo_types::Polygon::new(ring.map(geo_types::Coord::from).to_vec().into(), vec![]);
    Feature {
        layer: layer.id.clone(),
        id: citylayers::model::FeatureId::new(code).unwrap(),
        geometry: Geometry::from_geo(polygon.into()).unwrap(),
        properties: vec![
            Some(Value::Text("Hoà Bình".to_owned())),
            Some(Value::Integer(7)),
            Some(Value::Real(1.5)),
            Some(Value::Date("2025-07-01".parse().unwrap())),
            Some(Value::DateTime("2025-07-01T06:00:00.500Z".parse().unwrap())),
            None,
        ],
    }
}

fn blocks() -> Arc<Layer> {
    let fields = [
        ("name", FieldType::Text),
        ("people", FieldType::Integer),
        ("height", FieldType::Real),
        ("built", FieldType::Date),
        ("seen", FieldType::DateTime),
        ("note", FieldType::Text),
    ];
    layer("blocks", GeometryKind::Polygon, FieldType::Text, &fields)
}

/// With names of its own, an R-tree with its triggers, a count of features with its triggers.
#[tokio::test]
async fn a_table_that_gdal_made_is_used_as_it_is() {
    if !support::present::have_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (source, path) = (folder.path().join("blocks.geojson"), folder.path().join("city.gpkg"));
    fs::write(&source, squares(&[("B", 105.0, 18.0), ("A", 106.0, 18.0), ("C", 107.0, 18.0)])).unwrap();
    let (from, to) = (source.to_str().unwrap(), path.to_str().unwrap());
    let names = ["-nln", "Blocks", "-lco", "GEOMETRY_NAME=shape", "-lco", "FID=ogc_fid"];
    ogr2ogr(&[&["-f", "GPKG", to, from, "-nlt", "MULTIPOLYGON"], &names[..]].concat());

    let layer = blocks();
    let store = open(&path, slice::from_ref(&layer)).await.unwrap();
    let [b, a, c] = [("B", 105.0), ("A", 106.0), ("C", 107.0)].map(|(code, x)| square(&layer, code, x, 18.0));
    assert_same(&rows(&store, &layer).await.unwrap(), &[b.clone(), a.clone(), c.clone()]);

    let (moved, new) = (square(&layer, "A", 10.0, 10.0), square(&layer, "D", 11.0, 10.0));
    let gone = Change::Remove { layer: layer.id.clone(), id: b.id.clone() };
    store.commit(&[Change::Put(moved.clone()), Change::Put(new.clone()), gone]).await.unwrap();
    assert_same(&rows(&store, &layer).await.unwrap(), &[moved, c, new.clone()]);
    assert_eq!(found_by_gdal(to, "9 9 12 12"), 2, "A and D, by the R-tree");
    assert_eq!(found_by_gdal(to, "104 17 109 20"), 1, "C");

    store.commit(&[replace(&layer, &[b.clone(), new.clone()])]).await.unwrap();
    store.close().await.unwrap();
    assert_eq!(found_by_gdal(to, "9 9 12 12"), 1, "D");
    let file = Connection::open(&path).unwrap();
    let number = |sql: &str| file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(number("SELECT count(*) FROM rtree_Blocks_shape"), 2);
    assert_eq!(number("SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = 'Blocks'"), 2);
    drop(file);
    let store = open(&path, slice::from_ref(&layer)).await.unwrap();
    assert_same(&rows(&store, &layer).await.unwrap(), &[b, new]);
}

fn found_by_gdal(path: &str, bounds: &str) -> usize {
    let mut command = Command::new("ogrinfo");
    let output = command.args(["-so", "-al", path, "-spat"]).args(bounds.split(' ')).output().unwrap();
    let (said, complained) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr));
    assert!(complained.is_empty(), "{complained}");
    let count = said.lines().find_map(|line| line.strip_prefix("Feature Count: "));
    count.and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("a count in {said}"))
}

#[tokio::test]
async fn what_gdal_adds_changes_and_removes_is_read() {
    if !support::present::have_gdal() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (source, path) = (folder.path().join("more.geojson"), folder.path().join("city.gpkg"));
    let layer = blocks();
    let store = open(&path, slice::from_ref(&layer)).await.unwrap();
    let kept = [("A", 105.0), ("B", 106.0), ("C", 107.0)].map(|(code, x)| square(&layer, code, x, 18.0));
    store.commit(&[replace(&layer, &kept)]).await.unwrap();
    let (_, before) = store.load(&layer, &|_| {}).await.unwrap();
    store.close().await.unwrap();

    fs::write(&source, squares(&[("E", 1.0, 2.0), ("D", 3.0, 4.0)])).unwrap();
    let to = path.to_str().unwrap();
    ogr2ogr(&["-append", to, source.to_str().unwrap(), "-nln", "blocks"]); // single polygons
    for sql in ["UPDATE blocks SET note = 'cao', people = NULL WHERE code = 'B'", "DELETE FROM blocks WHERE code = 'A'"]
    {
        assert!(Command::new("ogrinfo").args([to, "-sql", sql]).output().unwrap().status.success(), "{sql}");
    }

    let mut expected =
        vec![kept[1].clone(), kept[2].clone(), square(&layer, "E", 1.0, 2.0), square(&layer, "D", 3.0, 4.0)];
    expected[0].properties[1] = None;
    expected[0].properties[5] = Some(Value::Text("cao".to_owned()));
    let store = open(&path, slice::from_ref(&layer)).await.unwrap();
    let (found, after) = store.load(&layer, &|_| {}).await.unwrap();
    assert_same(&found, &expected);
    assert!(after > before, "what was answered before may be old: {after} after {before}");
}

#[tokio::test]
async fn another_program_may_write_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let [lights, ..] = every_kind();
    let features = some_features(&lights, 0..3);
    let store = open(&path, slice::from_ref(&lights)).await.unwrap();
    let mut expected = Vec::new();
    for (number, feature) in features.into_iter().enumerate() {
        store.commit(&[Change::Put(feature.clone())]).await.unwrap();
        edit(&path, &format!("UPDATE street_lights SET a_text = 'đèn {number}' WHERE code = '{}'", feature.id));
        expected.push(feature);
        expected[number].properties[0] = Some(Value::Text(format!("đèn {number}")));
    }
    assert_same(&rows(&store, &lights).await.unwrap(), &expected);
}

#[tokio::test]
async fn a_row_that_the_layer_cannot_hold_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, path) = (folder.path().join("whole.gpkg"), folder.path().join("city.gpkg"));
    let [lights, roads, _] = every_kind();
    let store = open(&whole, &[lights.clone(), roads.clone()]).await.unwrap();
    for layer in [&lights, &roads] {
        store.commit(&[replace(layer, &some_features(layer, 0..3))]).await.unwrap();
    }
    store.close().await.unwrap();

    let table = [
        ("geom = NULL", "no geometry"),
        ("geom = 'here'", "its geometry is `here`"),
        ("geom = x'00'", "no GeoPackage geometry"),
        ("geom = x'4750000100000000'", "truncated"),
        ("geom = x'4750001100000000'", "empty"),
        ("geom = (SELECT geom FROM roads LIMIT 1)", "a MultiLineString, but the layer holds points"),
        ("code = ''", "`code` is empty"),
        ("code = CAST(x'c3' AS TEXT)", "`code` is not UTF-8"),
        ("code = x'41'", "`code` is 1 bytes"),
        ("a_text = CAST(x'c3' AS TEXT)", "`a_text` is not UTF-8"),
        ("an_integer = 1.5", "`an_integer` is 1.5"),
        ("an_integer = -9223372036854775808", "`an_integer` is -9223372036854775808"),
        ("a_real = 9e999", "`a_real` is inf"),
        ("a_real = 'tall'", "`a_real` is `tall`"),
        ("a_boolean = 2", "`a_boolean` is 2"),
        ("a_date = '01/07/2025'", "`a_date` is `01/07/2025`"),
        ("a_moment = 'now'", "`a_moment` is `now`"),
    ];
    for (change, reason) in table {
        fs::copy(&whole, &path).unwrap();
        edit(&path, &format!("UPDATE street_lights SET {change} WHERE fid = 2"));
        let store = open(&path, &[lights.clone(), roads.clone()]).await.unwrap();
        match rows(&store, &lights).await {
            Err(StoreError::Row { table, row: 2, reason: found }) if table == "street_lights" => {
                assert!(found.contains(reason), "{change}: {found}");
            }
            other => panic!("{change}: {other:?}"),
        }
        assert_eq!(rows(&store, &roads).await.unwrap().len(), 3, "other layers are read");
        store.commit(&[replace(&lights, &some_features(&lights, 0..2))]).await.expect("the way out: import it again");
        assert_eq!(rows(&store, &lights).await.unwrap().len(), 2, "{change}");
    }
}

#[tokio::test]
async fn a_table_that_does_not_fit_is_named() {
    const COLUMN: &str =
        "INSERT INTO gpkg_contents (table_name, data_type, srs_id) VALUES ('street_lights', 'features', 4326);
         INSERT INTO gpkg_geometry_columns VALUES ('street_lights', 'geom',";
    let folder = tempfile::tempdir().unwrap();
    let lights = layer("street_lights", GeometryKind::Point, FieldType::Text, &[("power", FieldType::Integer)]);
    let good = "CREATE TABLE street_lights (fid INTEGER PRIMARY KEY, geom POINT, code TEXT, power INTEGER)";
    let table = [
        ("CREATE VIEW street_lights AS SELECT 1 AS fid".to_owned(), "a view"),
        (good.to_owned(), "not a feature table"),
        (format!("{good}; {COLUMN} 'POINT', 0, 0, 0)"), "srs_id 0"),
        (format!("{good}; {COLUMN} 'POLYGON', 4326, 0, 0)"), "holds POLYGON where the layer has POINT"),
        (format!("{}; {COLUMN} 'POINT', 4326, 0, 0)", good.replace("code", "ma")), "no column `code`"),
        (format!("{}; {COLUMN} 'POINT', 4326, 0, 0)", good.replace("code TEXT", "code REAL")), "`code` is REAL"),
        (format!("{}; {COLUMN} 'POINT', 4326, 0, 0)", good.replace("power INTEGER", "power TEXT")), "`power` is TEXT"),
        (format!("{}; {COLUMN} 'POINT', 4326, 0, 0)", good.replace("power", "x INT NOT NULL, power")), "`x` must have"),
        (
            format!("{good}; {COLUMN} 'POINT', 4326, 0, 0); INSERT INTO street_lights (code) VALUES ('A'), ('A')"),
            "the same `code`",
        ),
    ];
    for (number, (sql, reason)) in table.into_iter().enumerate() {
        let path = folder.path().join(format!("city{number}.gpkg"));
        GeoPackage::open(&path).unwrap().close().await.unwrap();
        edit(&path, &sql);
        let before = schema(&path);
        let error = open(&path, slice::from_ref(&lights)).await.err().unwrap_or_else(|| panic!("{sql} does not fit"));
        assert!(matches!(&error, StoreError::Schema { table, .. } if table == "street_lights"), "{error}");
        assert!(error.to_string().contains(reason), "{sql}: {error}");
        assert_eq!(schema(&path), before, "nothing is changed by {sql}");
    }
}

fn schema(path: &Path) -> Vec<String> {
    let file = Connection::open(path).unwrap();
    let mut statement = file.prepare("SELECT coalesce(sql, name) FROM sqlite_master ORDER BY rowid").unwrap();
    let found = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap);
    found.collect()
}

/// Altitudes may be there already; what is put has none. An id of the table's own key is as good as another.
#[tokio::test]
async fn a_table_with_altitudes_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gpkg");
    let lights = layer("street_lights", GeometryKind::Point, FieldType::Integer, &[]);
    GeoPackage::open(&path).unwrap().close().await.unwrap();
    edit(
        &path,
        "CREATE TABLE street_lights (code INTEGER PRIMARY KEY AUTOINCREMENT, place GEOMETRY);
         INSERT INTO gpkg_contents (table_name, data_type, srs_id) VALUES ('street_lights', 'features', 4326);
         INSERT INTO gpkg_geometry_columns VALUES ('street_lights', 'place', 'GEOMETRY', 4326, 1, 0);
         INSERT INTO street_lights VALUES
             (4, x'47500001e610000001e9030000000000000000f03f00000000000000400000000000000840');",
    );
    let store = open(&path, slice::from_ref(&lights)).await.unwrap();
    let mut old = some_features(&lights, 4..5).remove(0);
    old.geometry = Geometry::Point(geo_types::Point::new(1.0, 2.0));
    let new = some_features(&lights, 7..9);
    store.commit(&[Change::Put(new[0].clone()), Change::Put(new[1].clone())]).await.unwrap();
    store.commit(&[Change::Remove { layer: lights.id.clone(), id: id(&lights, 8) }]).await.unwrap();
    assert_same(&rows(&store, &lights).await.unwrap(), &[old, new[0].clone()]);
    store.close().await.unwrap();
    let file = Connection::open(&path).unwrap();
    let z: i64 = file.query_row("SELECT z FROM gpkg_geometry_columns", [], |row| row.get(0)).unwrap();
    assert_eq!(z, 2, "altitudes are allowed, not required");
}
