//! `POST /parcel-check`.
#![allow(clippy::unwrap_used, reason = "a test ends at an answer without what it asks for")]

use serde_json::{Value, json};

use super::ground::{corners, parcel, served, square};

fn codes(answer: &Value) -> Vec<&str> {
    let warnings = answer["warnings"].as_array().expect("warnings");
    warnings.iter().map(|warning| warning["code"].as_str().expect("a code")).collect()
}

#[track_caller]
fn near(value: &Value, expected: f64, tolerance: f64) {
    let number = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((number - expected).abs() <= tolerance, "{number}, not {expected}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_is_measured_and_held_against_every_layer() {
    let service = served().await;
    let mut asked = parcel();
    asked["area"] = json!(300.0);
    asked["sides"] = json!([20.0, 15.0, 20.01, 15.0]);
    let answer = service.post("/parcel-check", &asked).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let answer = answer.json();
    assert_eq!(codes(&answer), Vec::<&str>::new(), "{:#}", answer["warnings"]);
    let plane = &answer["plane"];
    assert_eq!((&plane["crs"], &plane["certificate_area"]), (&json!("EPSG:9208"), &json!(300.0)));
    near(&plane["area"], 300.0, 1e-6);
    near(&plane["perimeter"], 70.0, 1e-8);
    for (side, length) in plane["sides"].as_array().unwrap().iter().zip([20.0, 15.0, 20.0, 15.0]) {
        near(&side["length"], length, 1e-9);
    }
    near(&plane["scale"], SCALE, 2e-8);
    near(&answer["ellipsoid"]["area"], ELLIPSOID_AREA, 1e-5);
    near(&answer["stated"]["difference"], 0.0, 1e-6);
    let ring = answer["geometry"]["coordinates"][0].as_array().unwrap();
    assert_eq!((&answer["geometry"]["type"], ring.len()), (&json!("Polygon"), 5));
    near(&answer["corners"][0]["lon_lat"][0], 105.672, 1e-6);
    near(&answer["corners"][0]["lon_lat"][1], 18.666, 1e-6);
    layers(&answer["layers"]);
    service.stop().await;
}

/// By PROJ: `cct` with the pipeline of VN-2000 and pyproj's geodesics.
const SCALE: f64 = 70.0 / 69.999_093_801;
const ELLIPSOID_AREA: f64 = 299.992_233_489;

fn layers(layers: &Value) {
    let only = |role: &str| {
        let answers = layers[role].as_array().unwrap_or_else(|| panic!("no {role}"));
        assert_eq!(answers.len(), 1, "{role}: {answers:#?}");
        &answers[0]
    };
    assert_eq!(only("province")["features"][0]["label"], "Nghệ An");
    assert_eq!(only("ward")["features"][0]["id"], "16681");
    near(&only("ward")["features"][0]["share"], 1.0, 1e-12);
    assert_eq!(only("ward")["features"][0]["properties"]["merged_from"], "Phường Hưng Bình");
    assert_eq!(only("district")["features"][0]["label"], "Thành phố Vinh");
    assert_eq!(only("parcel")["features"][0]["label"], "12");
    assert_eq!(only("parcel")["features"][0]["properties"].get("certificate_no"), None, "it is not for the public");
    near(&only("road")["total"], 15.0 / SCALE, 1e-4);
    let answers = |role: &str, layer: &str| {
        let of_layer = |answer: &&Value| answer["layer"] == layer;
        layers[role].as_array().unwrap().iter().filter(of_layer).cloned().collect::<Vec<_>>()
    };
    let flooded = &answers("hazard", "flood_zones")[0]["groups"][0];
    near(&flooded["share"], 0.25, 1e-6);
    assert_eq!(flooded["title"]["en"], "Deep");
    assert_eq!(answers("hazard", "hazard_zones")[0]["features_in_layer"], 0);
    let protected = only("protected");
    assert_eq!((&protected["features_in_layer"], &protected["features"]), (&json!(0), &json!([])));

    let plans = answers("plan", "land_use");
    assert_eq!(plans.len(), 2, "one for each version: {plans:#?}");
    let planned = plans.iter().find(|plan| plan["version"] == json!({ "stage": "planned", "year": "2030" })).unwrap();
    let groups = planned["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2, "{groups:#?}");
    for (group, code) in groups.iter().zip(["CLN", "ODT"]) {
        let group = groups.iter().find(|group| group["value"] == code).unwrap_or_else(|| panic!("{code}: {group}"));
        near(&group["share"], 0.4, 1e-6);
    }
    let homes = groups.iter().find(|group| group["value"] == "ODT").unwrap();
    assert_eq!((&homes["title"]["vi"], &homes["color"]), (&json!("Đất ở tại đô thị"), &json!("#e3b0ac")));
    near(&planned["uncovered"], 0.2 * ELLIPSOID_AREA, 1e-3);
    // Their border is one line on the plane, and not quite in degrees: its ends are others.
    near(&planned["overlapping"], 0.0, 1e-3);
    let sum: f64 = groups.iter().map(|group| group["amount"].as_f64().unwrap()).sum();
    let once = sum - planned["overlapping"].as_f64().unwrap();
    near(&planned["asked"], once + planned["uncovered"].as_f64().unwrap(), 1e-9);
    let present = plans.iter().find(|plan| plan["version"]["stage"] == "present").unwrap();
    near(&present["groups"][0]["share"], 1.0, 1e-12);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubtful_table_is_warned_of() {
    let service = served().await;
    let square = square([0.0, 0.0, 20.0, 15.0]);
    let with = |more: &[[f64; 2]]| corners(&[&square[..], more].concat());
    let swapped: Vec<[f64; 2]> = corners(&square).into_iter().map(|[x, y]| [y, x]).collect();
    let tie = corners(&[[0.0, 0.0], [20.0, 15.0], [20.0, 0.0], [0.0, 15.0]]);
    let grid = |corners: &[[f64; 2]]| json!({ "crs": "EPSG:9208", "corners": corners });
    let stated = |area: f64, sides: &[f64]| json!({ "crs": "EPSG:9208", "corners": corners(&square), "area": area, "sides": sides });
    let table: Vec<(&str, Value, &[&str])> = vec![
        ("axes", grid(&swapped), &["axes_swapped"]),
        ("far zone", json!({ "crs": "EPSG:9214", "corners": corners(&square) }), &["wrong_zone"]),
        ("near zone", json!({ "crs": "EPSG:5897", "corners": corners(&square) }), &["unusual_zone"]),
        (
            "degrees for metres",
            json!({ "crs": "EPSG:9208", "corners": [[105.672, 18.666], [105.673, 18.666], [105.672, 18.667]] }),
            &["wrong_zone"],
        ),
        (
            "latitude first",
            json!({ "corners": [[18.666, 105.672], [18.666, 105.673], [18.667, 105.672]] }),
            &["axes_swapped"],
        ),
        ("nowhere", json!({ "corners": [[0.0, 0.0], [0.001, 0.0], [0.0, 0.001]] }), &["outside_province"]),
        ("crossing", grid(&tie), &["self_crossing"]),
        ("repeated", grid(&with(&[[0.0, 15.0]])), &["repeated_corner"]),
        ("not closed", grid(&with(&[[0.0, 0.03]])), &["not_closed"]),
        ("closed", grid(&with(&[[0.0, 0.0]])), &[]),
        ("two corners", grid(&corners(&square[..2])), &["too_few_corners"]),
        ("no corners", grid(&[]), &["too_few_corners"]),
        ("flat", grid(&corners(&[[0.0, 0.0], [10.0, 5.0], [20.0, 10.0]])), &["no_area"]),
        ("area within rounding", stated(300.5, &[]), &[]),
        ("area", stated(310.0, &[]), &["area_differs"]),
        ("side", stated(300.0, &[20.0, 15.0, 20.0, 15.03]), &["side_differs"]),
        ("count of sides", stated(300.0, &[20.0, 15.0]), &["sides_miscounted"]),
        ("over the border", grid(&corners(&super::ground::square([990.0, 0.0, 1010.0, 10.0]))), &["outside_province"]),
    ];
    for (name, asked, expected) in table {
        let answer = service.post("/parcel-check", &asked).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.json());
        let answer = answer.json();
        assert_eq!(codes(&answer), expected, "{name}: {:#}", answer["warnings"]);
        for warning in answer["warnings"].as_array().unwrap() {
            let texts = ["vi", "en"].map(|language| warning["text"][language].as_str().unwrap_or_default().len());
            assert!(texts.iter().all(|&length| length > 20), "{name}: {warning}");
        }
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_likely_system_is_named_with_its_place() {
    let service = served().await;
    let square = square([0.0, 0.0, 20.0, 15.0]);
    let swapped: Vec<[f64; 2]> = corners(&square).into_iter().map(|[x, y]| [y, x]).collect();
    let table = [
        (json!({ "crs": "EPSG:9208", "corners": swapped }), true),
        (json!({ "crs": "EPSG:9214", "corners": corners(&square) }), false),
        (json!({ "crs": "EPSG:9214", "corners": swapped }), true),
    ];
    for (asked, exchanged) in table {
        let answer = service.post("/parcel-check", &asked).await.json();
        let fit = &answer["fits"][0];
        assert_eq!((&fit["crs"], &fit["swapped"]), (&json!("EPSG:9208"), &json!(exchanged)), "{:#}", answer["fits"]);
        assert_eq!((&fit["province"], &fit["usual"]), (&json!("Nghệ An"), &json!(true)));
        near(&fit["lon_lat"][0], 105.672, 2e-4);
        near(&fit["lon_lat"][1], 18.666, 2e-4);
        assert_eq!(answer["warnings"][0]["lon_lat"], fit["lon_lat"]);
        assert!(answer["warnings"][0]["text"]["vi"].as_str().unwrap().contains("105,67"), "{}", answer["warnings"][0]);
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drawn_polygon_is_measured_on_the_plane_of_its_province() {
    let service = served().await;
    let corner_table = service.post("/parcel-check", &parcel()).await.json();
    let drawn = json!({ "geometry": corner_table["geometry"] });
    let answer = service.post("/parcel-check", &drawn).await.json();
    assert_eq!(answer["plane"]["crs"], "EPSG:9208");
    near(&answer["plane"]["area"], 300.0, 1e-4);
    near(&answer["ellipsoid"]["area"], ELLIPSOID_AREA, 1e-5);
    let mut holed = drawn["geometry"].clone();
    let ring = holed["coordinates"][0].as_array().unwrap().clone();
    let to_middle = |place: &Value, axis: usize| {
        let middle = f64::midpoint(ring[0][axis].as_f64().unwrap(), ring[2][axis].as_f64().unwrap());
        f64::midpoint(place[axis].as_f64().unwrap(), middle)
    };
    let hole: Vec<Value> = ring.iter().map(|place| json!([to_middle(place, 0), to_middle(place, 1)])).collect();
    holed["coordinates"].as_array_mut().unwrap().push(json!(hole));
    let answer = service.post("/parcel-check", &json!({ "geometry": holed })).await.json();
    near(&answer["plane"]["area"], 225.0, 1e-3);
    near(&answer["ellipsoid"]["area"], 0.75 * ELLIPSOID_AREA, 1e-3);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_of_a_day_is_told() {
    let service = served().await;
    let wards = |answer: &Value, role: &str| answer["layers"][role][0]["features"].as_array().map_or(0, Vec::len);
    for (query, districts) in [
        ("", 1),
        ("?datetime=2025-06-30", 1),
        ("?datetime=2025-07-01", 0),
        ("?datetime=2025-07-01T00:00:00+07:00", 0),
        ("?datetime=2025-06-30T23:59:59%2B07:00", 1),
        ("?datetime=2025-01-01/..", 1),
    ] {
        let answer = service.post(&format!("/parcel-check{query}"), &parcel()).await.json();
        assert_eq!((wards(&answer, "district"), wards(&answer, "ward")), (districts, 1), "{query}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_refused_with_a_way_out() {
    let service = served().await;
    let many: Vec<[f64; 2]> = (0..2001).map(|i| [597_000.0 + f64::from(i), 2_064_000.0]).collect();
    let wool: Vec<[f64; 2]> = (0..2000_i32)
        .map(|step| (f64::from(step) * 2.3).sin_cos())
        .map(|(sine, cosine)| [597_000.0 + 100.0 * sine, 2_064_000.0 + 100.0 * cosine])
        .collect();
    let table = [
        ("", json!({ "crs": "EPSG:9208" }), "corners"),
        ("", json!({ "crs": "EPSG:9208", "corners": wool }), "cross"),
        ("", json!({ "crs": "EPSG:6957", "corners": [[1, 2]] }), "EPSG:5897"),
        ("", json!({ "crs": "VN2000", "corners": [[1, 2]] }), "EPSG:9208"),
        ("", json!({ "crs": "+proj=utm +zone=48", "corners": [[1, 2]] }), "EPSG:9208"),
        ("", json!({ "corners": [[1]] }), "two numbers"),
        ("", json!({ "corners": [["a", "b"]] }), "the parcel"),
        ("", json!({ "corners": [[1, 2]], "geometry": {} }), "either"),
        ("", json!({ "corners": [[1, 2]], "colour": 1 }), "colour"),
        ("", json!({ "corners": many, "crs": "EPSG:9208" }), "at most 2000"),
        ("", json!({ "corners": [[105, 18], [106, 18], [106, 19]] }), "at most 100 km²"),
        ("", json!({ "corners": [[105, 18], [106, 18], [106, 19]], "area": -1 }), "stated area"),
        ("", json!({ "geometry": { "type": "Point", "coordinates": [1, 2] } }), "Polygon"),
        ("", json!({ "geometry": { "type": "LineString", "coordinates": [[1, 2], [2, 3]] } }), "line"),
        ("?colour=red", parcel(), "datetime"),
        ("?datetime=tomorrow", parcel(), "tomorrow"),
        ("?datetime=2025-01-01&datetime=2025-01-02", parcel(), "twice"),
    ];
    for (query, asked, told) in table {
        let answer = service.post(&format!("/parcel-check{query}"), &asked).await;
        assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"), "{asked}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(told), "{asked}: {detail}");
    }
    let long = service.post("/parcel-check", &json!({ "crs": "x".repeat((2 << 20) + 10_000) })).await;
    assert_eq!(long.status, 413, "{}", long.json());
    for method in ["GET", "PUT", "DELETE"] {
        let answer = service.ask(method, "/parcel-check", &[]).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST, OPTIONS"), "{method}");
    }
    let preflight = service.ask("OPTIONS", "/parcel-check", &[]).await;
    assert_eq!((preflight.status, preflight.header("access-control-allow-methods")), (204, "POST, OPTIONS"));
    service.stop().await;
}
