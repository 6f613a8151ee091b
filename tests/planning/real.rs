//! Against real data, and against PROJ and GEOS where they are.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use citylayers::crs::Crs;
use citylayers::geo::measure::{area, distance, plane_area};
use citylayers::geo::{Geometry, Region};
use flate2::read::GzDecoder;
use geo_types::{LineString, MultiPolygon, Polygon};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::support::present::{have, shared};

fn json(path: &Path) -> Value {
    let mut text = String::new();
    GzDecoder::new(File::open(path).expect("a file")).read_to_string(&mut text).expect("gzip");
    serde_json::from_str(&text).expect("JSON")
}

fn polygons(geometry: &Value) -> MultiPolygon<f64> {
    let places = |ring: &Value| -> LineString<f64> {
        let place = |place: &Value| [place[0].as_f64().expect("a number"), place[1].as_f64().expect("a number")];
        ring.as_array().expect("a ring").iter().map(place).collect()
    };
    let polygon = |polygon: &Value| {
        let mut rings = polygon.as_array().expect("rings").iter().map(places);
        Polygon::new(rings.next().expect("an exterior"), rings.collect())
    };
    geometry["coordinates"].as_array().expect("polygons").iter().map(polygon).collect()
}

/// The fifth and the sixth column are the expected ones, by the official operation; the others tell what goes wrong elsewhere.
#[test]
fn points_of_vn_2000_are_right_to_a_millimetre_both_ways() {
    let Some(path) = shared("vn2000/vn2000_points_dev.csv") else { return };
    let mut reader = csv::Reader::from_path(path).expect("a file");
    let mut seen = 0;
    for record in reader.records() {
        let record = record.expect("a row");
        let number = |column: usize| record[column].parse::<f64>().expect("a number");
        let crs = Crs::from_code(record[3].parse().expect("a code")).expect("a zone").transform().expect("a way");
        let (degrees, metres) = ([number(1), number(2)], [number(4), number(5)]);
        let [x, y] = crs.from_lon_lat(degrees).expect("a place");
        assert!((x - metres[0]).hypot(y - metres[1]) < 1e-3, "{}: {x} {y}", &record[0]);
        let back = crs.lon_lat(metres).expect("a place");
        assert!(distance(back, degrees) < 1e-3, "{}: {back:?}", &record[0]);
        seen += 1;
    }
    assert_eq!(seen, 6);
}

/// Brute force by the geodesic distance: the ten nearest of 4,556 lamps.
#[test]
fn the_nearest_lamps_are_as_far_as_the_oracle_says() {
    let (Some(lamps), Some(oracle)) =
        (shared("lighting/champaign_streetlights.geojson.gz"), shared("oracle/knn_streetlights_dev_40.csv"))
    else {
        return;
    };
    let lamps: Vec<(String, [f64; 2])> = json(&lamps)["features"]
        .as_array()
        .expect("features")
        .iter()
        .map(|lamp| {
            let place = &lamp["geometry"]["coordinates"];
            let id = lamp["properties"]["OBJECTID"].to_string();
            (id, [0, 1].map(|axis| place[axis].as_f64().expect("a number")))
        })
        .collect();
    let mut reader = csv::Reader::from_path(oracle).expect("a file");
    let mut seen = 0;
    for record in reader.records() {
        let record = record.expect("a row");
        let place = [0, 1].map(|column: usize| record[column].parse::<f64>().expect("a number"));
        let mut found: Vec<(f64, &str)> =
            lamps.iter().map(|(id, lamp)| (distance(place, *lamp), id.as_str())).collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let ids: Vec<&str> = found[..10].iter().map(|(_, id)| *id).collect();
        assert_eq!(ids, record[2].split('|').collect::<Vec<_>>(), "{place:?}");
        for ((metres, id), expected) in found.iter().zip(record[3].split('|')) {
            let expected: f64 = expected.parse().expect("a number");
            assert!((metres - expected).abs() < 0.6e-3, "{id} from {place:?}: {metres}, not {expected}");
        }
        let within = found.iter().filter(|(metres, _)| *metres <= 250.0).count();
        assert_eq!(within.to_string(), &record[4], "{place:?}");
        seen += 1;
    }
    assert_eq!(seen, 40);
}

/// What a Python script of the system's interpreter prints for lines of input; `None` where it or a module is missing, which is `what`.
fn python(what: &str, modules: &str, script: &str, input: &str) -> Option<Vec<String>> {
    let python = "/usr/bin/python3";
    let found = Command::new(python).args(["-c", modules]).output().is_ok_and(|output| output.status.success());
    if !have(what, found) {
        return None;
    }
    let mut child = Command::new(python)
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_owned();
    let writing = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("Python ends");
    writing.join().expect("no panic").expect("Python reads");
    assert!(output.status.success(), "the script fails");
    Some(String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect())
}

fn wkt(polygons: &MultiPolygon<f64>) -> String {
    let ring = |ring: &LineString<f64>| {
        let places: Vec<String> = ring.0.iter().map(|place| format!("{:?} {:?}", place.x, place.y)).collect();
        format!("({})", places.join(","))
    };
    let polygon = |polygon: &Polygon<f64>| {
        let rings: Vec<String> = std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect();
        format!("({})", rings.join(","))
    };
    format!("MULTIPOLYGON({})", polygons.0.iter().map(polygon).collect::<Vec<_>>().join(","))
}

/// PROJ's edges are geodesics, ours straight in lon/lat: the few of a kilometre or two that a ward has make the difference.
#[test]
fn wards_are_as_large_as_proj_says() {
    let Some(path) = shared("admin-2025/nghe_an_wards_2025.geojson.gz") else { return };
    let wards: Vec<(String, MultiPolygon<f64>)> = json(&path)["features"]
        .as_array()
        .expect("features")
        .iter()
        .map(|ward| (ward["properties"]["code"].to_string(), polygons(&ward["geometry"])))
        .collect();
    let input: Vec<String> = wards.iter().map(|(_, ward)| wkt(ward)).collect();
    let script = "
import sys
from osgeo import ogr
from pyproj import Geod
geod = Geod(ellps='WGS84')
for line in sys.stdin:
    shape, total = ogr.CreateGeometryFromWkt(line), 0.0
    for polygon in shape:
        for number, ring in enumerate(polygon):
            lons, lats = zip(*[(p[0], p[1]) for p in ring.GetPoints()])
            area = abs(geod.polygon_area_perimeter(lons, lats)[0])
            total += area if number == 0 else -area
    print(repr(total))
";
    let Some(areas) = python("python3-pyproj", "import pyproj; from osgeo import ogr", script, &input.join("\n"))
    else {
        return;
    };
    assert_eq!((areas.len(), wards.len()), (130, 130));
    for ((code, ward), expected) in wards.iter().zip(areas) {
        let expected: f64 = expected.parse().expect("a number");
        let found = area(ward);
        assert!((found / expected - 1.0).abs() < 1e-6, "{code}: {found}, not {expected}");
    }
}

fn plane(polygons: &MultiPolygon<f64>) -> f64 {
    let of = |ring: &LineString<f64>| plane_area(&ring.0.iter().map(|c| [c.x, c.y]).collect::<Vec<_>>()).abs();
    polygons.0.iter().map(|polygon| of(polygon.exterior()) - polygon.interiors().iter().map(of).sum::<f64>()).sum()
}

/// Wards against stars drawn over them, on the plane of lon/lat, in square degrees.
#[test]
fn pieces_of_wards_are_as_large_as_geos_says() {
    let Some(path) = shared("admin-2025/nghe_an_wards_2025.geojson.gz") else { return };
    let mut random = ChaCha8Rng::seed_from_u64(41);
    let answer = json(&path);
    let wards: Vec<MultiPolygon<f64>> =
        answer["features"].as_array().expect("features").iter().map(|ward| polygons(&ward["geometry"])).collect();
    let pairs: Vec<(&MultiPolygon<f64>, MultiPolygon<f64>)> = (0..200)
        .map(|_| {
            let ward = &wards[random.random_range(0..wards.len())];
            let exterior = &ward.0[0].exterior().0;
            let corner = exterior[random.random_range(0..exterior.len())];
            let corners = random.random_range(3..60);
            let star: LineString<f64> = (0..corners)
                .map(|number| {
                    let (sine, cosine) = (std::f64::consts::TAU * f64::from(number) / f64::from(corners)).sin_cos();
                    let radius = random.random_range(0.005..0.1);
                    [corner.x + radius * cosine, corner.y + radius * sine]
                })
                .collect();
            (ward, MultiPolygon(vec![Polygon::new(star, Vec::new())]))
        })
        .collect();
    let input: Vec<String> = pairs.iter().map(|(ward, star)| format!("{}|{}", wkt(ward), wkt(star))).collect();
    let script = "
import sys
from osgeo import ogr
for line in sys.stdin:
    ward, star = [ogr.CreateGeometryFromWkt(part) for part in line.split('|')]
    print(repr(ward.Intersection(star).GetArea()), repr(star.Difference(ward).GetArea()))
";
    let Some(lines) = python("python3-gdal", "from osgeo import ogr", script, &input.join("\n")) else { return };
    assert_eq!(lines.len(), pairs.len());
    let mut met = 0;
    for ((ward, star), line) in pairs.iter().zip(lines) {
        let expected: Vec<f64> = line.split(' ').map(|number| number.parse().expect("a number")).collect();
        let (of_ward, of_star) = (Region::of(ward), Region::of(star));
        let shared = plane(&of_ward.near(&of_star).intersection(&of_star).polygons());
        let alone = plane(&of_star.difference(&of_ward).polygons());
        // 1e-13 square degrees are a square millimetre.
        assert!((shared - expected[0]).abs() < 1e-9 * expected[0] + 1e-13, "{shared} {expected:?}: {star:?}");
        assert!((alone - expected[1]).abs() < 1e-9 * expected[1] + 1e-13, "{alone} {expected:?}: {star:?}");
        met += usize::from(shared > 0.0);
    }
    assert!(met > 150, "{met}");
}

/// 130 wards under a drawn province: what is covered twice and not at all is what the union says.
#[test]
fn wards_under_a_province_add_up() {
    let (Some(wards), Some(provinces)) =
        (shared("admin-2025/nghe_an_wards_2025.geojson.gz"), shared("admin-2025/provinces_34_2025.geojson.gz"))
    else {
        return;
    };
    let catalog = citylayers::catalog::Catalog::shipped().expect("the shipped layers");
    let id = citylayers::model::LayerId::new("wards").expect("an id");
    let layer = catalog.layer(&id).expect("a layer");
    let mut rows = citylayers::model::Rows::new(std::sync::Arc::clone(layer));
    let answer = json(&wards);
    for ward in answer["features"].as_array().expect("features") {
        let code = ward["properties"]["code"].to_string();
        rows.push(&code, &Geometry::Polygons(polygons(&ward["geometry"])), vec![None; layer.fields.len()]);
    }
    rows.finish();
    let index = citylayers::index::LayerIndex::new(&rows);
    let provinces = json(&provinces);
    let province = provinces["features"].as_array().expect("features").iter().find(|p| p["properties"]["code"] == "40");
    let province = polygons(&province.expect("Nghệ An")["geometry"]);
    let asked = citylayers::planning::pieces::Asked::new(Geometry::Polygons(province)).expect("a geometry");
    let question = citylayers::planning::overlay::Question {
        by: None,
        interval: None,
        pieces: true,
        audience: citylayers::model::Audience::Public,
        version: None,
    };
    let overlay = citylayers::planning::overlay::overlay(&index, &asked, &question).expect("an answer");
    let [whole, covered, bare, twice] =
        [overlay.asked, overlay.covered, overlay.uncovered, overlay.overlapping].map(|sum| sum.expect("an area"));
    assert!((covered + bare - whole).abs() < 1e-9 * whole && (overlay.total - twice - covered).abs() < 1e-9 * whole);
    // The wards were drawn apart from the provinces: some 115 km² differ; the wards overlap by 4 m².
    assert!((10e6..115e6).contains(&bare) && (0.1..100.0).contains(&twice), "{bare} {twice}");
    let Some(Geometry::Polygons(uncovered)) = overlay.uncovered_geometry.map(|shape| shape.0) else {
        panic!("polygons")
    };
    assert!((area(&uncovered) - bare).abs() < 1e-9 * whole, "{} {bare}", area(&uncovered));
    let by_id: HashMap<&str, f64> = overlay.features.iter().map(|hit| (hit.id.as_str(), hit.amount)).collect();
    assert_eq!(by_id.len(), overlay.features.len());
}
