//! GDAL's own driver for OGC API - Features, unmodified: what it lists, counts, filters and transforms.

mod support;

use std::path::Path;
use std::process::Command;

use citylayers::geo::Geometry;
use citylayers::model::{Change, Feature, FeatureId, Layer, Value};
use geo_types::{Coord, LineString, MultiPolygon, Point, Polygon};
use serde_json::Value as Json;
use support::present::have_gdal;
use support::service::Service;

fn feature(layer: &Layer, id: &str, name: &str, geometry: Geometry) -> Feature {
    let mut properties = vec![None; layer.fields.len()];
    properties[layer.field_index("name").expect("a name")] = Some(Value::Text(name.to_owned()));
    Feature { layer: layer.id.clone(), id: FeatureId::new(id).expect("not empty"), geometry, properties }
}

/// 2,350 cameras in a row from west to east, one in ten with a name of its own, and three wards.
async fn service() -> Service {
    let service = Service::start().await;
    let (cameras, wards) = (service.layer("cameras"), service.layer("wards"));
    let camera = |number: u32| {
        let name = if number.is_multiple_of(10) { "Hồ Goong" } else { "Quảng trường" };
        let place = Point::new(105.0 + f64::from(number) / 10_000.0, 18.7);
        Change::Put(feature(&cameras, &format!("C-{number}"), name, Geometry::Point(place)))
    };
    let ward = |number: u32| {
        let west = 105.0 + f64::from(number) / 10.0;
        let ring = [[west, 18.0], [west + 0.1, 18.0], [west + 0.1, 18.1], [west, 18.1], [west, 18.0]];
        let ring: LineString<f64> = ring.iter().map(|&[x, y]| Coord { x, y }).collect();
        let polygon = Geometry::Polygons(MultiPolygon(vec![Polygon::new(ring, Vec::new())]));
        Change::Put(feature(&wards, &(16_681 + number).to_string(), "Trường Vinh", polygon))
    };
    service.commit((0..2350).map(camera).chain((0..3).map(ward)).collect()).await;
    service
}

async fn run(program: &'static str, arguments: Vec<String>) -> String {
    let ran = tokio::task::spawn_blocking(move || {
        let output = Command::new(program).args(&arguments).output().expect("the program starts");
        let (out, errors) = (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        );
        assert!(output.status.success(), "{program} {arguments:?}: {errors}");
        assert!(!errors.contains("ERROR") && !errors.contains("Warning"), "{program} {arguments:?}: {errors}");
        out
    });
    ran.await.expect("no panic")
}

/// The features that `ogr2ogr` brings home.
async fn brought(service: &Service, folder: &Path, layer: &str, more: &[&str]) -> Vec<Json> {
    let file = folder.join("out.geojson");
    if file.exists() {
        std::fs::remove_file(&file).expect("a file of our own");
    }
    let fixed = ["-f", "GeoJSON", "-lco", "RFC7946=NO"].map(str::to_owned);
    let mut arguments: Vec<String> = fixed.into();
    arguments.extend(more.iter().map(|&text| text.to_owned()));
    arguments.extend([file.display().to_string(), format!("OAPIF:{}", service.url), layer.to_owned()]);
    run("ogr2ogr", arguments).await;
    let text = std::fs::read_to_string(&file).expect("a file was written");
    let document: Json = serde_json::from_str(&text).expect("JSON");
    document["features"].as_array().expect("features").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn gdal_lists_counts_filters_and_transforms() {
    if !have_gdal() {
        return;
    }
    let service = service().await;
    let source = format!("OAPIF:{}", service.url);
    let listed = run("ogrinfo", vec![source.clone()]).await;
    for layer in service.catalog.layers() {
        assert!(listed.contains(&format!(": {} (title:", layer.id)), "{} in {listed}", layer.id);
    }
    let told = run("ogrinfo", vec!["-so".to_owned(), source, "cameras".to_owned()]).await;
    assert!(told.contains("Feature Count: 2350") && told.contains("Geometry: Point"), "{told}");
    assert!(told.contains("Extent: (105.000000, 18.700000) - (105.234900, 18.700000)"), "{told}");
    assert!(told.contains("WGS 84") && told.contains("name: String"), "{told}");

    let folder = tempfile::tempdir().expect("a folder");
    let all = brought(&service, folder.path(), "cameras", &[]).await;
    let mut codes: Vec<&str> = all.iter().map(|feature| feature["properties"]["id"].as_str().expect("an id")).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!((all.len(), codes.len()), (2350, 2350), "every page, each feature once");

    let spatial = brought(&service, folder.path(), "cameras", &["-spat", "105.1", "18", "105.15", "19"]).await;
    assert_eq!(spatial.len(), 501);
    let named = brought(&service, folder.path(), "cameras", &["-where", "name = 'Hồ Goong'"]).await;
    assert_eq!(named.len(), 235);
    let one = brought(&service, folder.path(), "wards", &["-where", "code = '16682'"]).await;
    assert_eq!(one.len(), 1);
    assert_eq!(one[0]["properties"]["name"], "Trường Vinh");
    let plane = brought(&service, folder.path(), "cameras", &["-t_srs", "EPSG:3857", "-limit", "1"]).await;
    let east = plane[0]["geometry"]["coordinates"][0].as_f64().expect("a number");
    assert!((11_688_000.0..11_689_000.0).contains(&east), "{east}");
    service.stop().await;
}

/// GDAL sends days as `2024-01-01T`, moments as `datetime`, and what is true as 1.
#[tokio::test(flavor = "multi_thread")]
async fn gdal_filters_by_days_moments_and_truth() {
    if !have_gdal() {
        return;
    }
    let service = Service::start().await;
    let day = |text: &str| Value::Date(text.parse().expect("a day"));
    let moment = |text: &str| Value::DateTime(text.parse().expect("a moment"));
    let truth = Value::Boolean;
    let of_layers = [
        ("air_stations", "installed_on", [day("2023-12-31"), day("2024-01-01"), day("2026-05-01")]),
        (
            "street_lights",
            "installed_at",
            ["2023-12-31T23:59:59Z", "2024-01-01T00:00:00Z", "2026-05-01T00:00:00Z"].map(moment),
        ),
        ("bus_stops", "shelter", [truth(true), truth(false), truth(true)]),
    ];
    let mut changes = Vec::new();
    for (name, field, values) in of_layers {
        let layer = service.layer(name);
        // The last one has no value, and is never meant.
        for (number, value) in values.into_iter().map(Some).chain([None]).enumerate() {
            let mut properties = vec![None; layer.fields.len()];
            properties[layer.field_index(field).expect(field)] = value;
            let id = FeatureId::new(&format!("{number}")).expect("not empty");
            changes.push(Change::Put(Feature {
                layer: layer.id.clone(),
                id,
                geometry: Geometry::Point(Point::new(105.5, 18.5)),
                properties,
            }));
        }
    }
    service.commit(changes).await;
    let folder = tempfile::tempdir().expect("a folder");
    for (layer, condition, expected) in [
        ("air_stations", "installed_on >= '2024/01/01'", 2),
        ("air_stations", "installed_on <= '2024/01/01'", 2),
        ("air_stations", "installed_on >= '2024/01/01' AND installed_on <= '2024/12/31'", 1),
        ("street_lights", "installed_at >= '2024/01/01 00:00:00'", 2),
        ("street_lights", "installed_at <= '2023/12/31 23:59:59'", 1),
        ("bus_stops", "shelter = 1", 2),
        ("bus_stops", "shelter = 0", 1),
    ] {
        let found = brought(&service, folder.path(), layer, &["-where", condition]).await;
        assert_eq!(found.len(), expected, "{layer}: {condition}");
    }
    service.stop().await;
}
