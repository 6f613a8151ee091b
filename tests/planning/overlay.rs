//! `POST /collections/{layer}/overlay`.
#![allow(clippy::unwrap_used, reason = "a test ends at an answer without what it asks for")]

use serde_json::{Value, json};

use super::ground::{corners, degrees, line, polygon, served, square};
use citylayers::geo::{Geometry, measure};
use citylayers::planning::shape::Shape;

fn drawn(geometry: Geometry) -> Value {
    serde_json::to_value(Shape(geometry)).expect("JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[track_caller]
fn near(value: &Value, expected: f64, tolerance: f64) {
    assert!((number(value) - expected).abs() <= tolerance, "{value}, not {expected}");
}

/// The sums of an answer, whatever it is about.
#[track_caller]
fn adds_up(answer: &Value) {
    let sum = |list: &str| answer[list].as_array().unwrap().iter().map(|row| number(&row["amount"])).sum::<f64>();
    let total = number(&answer["total"]);
    let tolerance = 1e-9 * total.max(1.0);
    assert!((sum("groups") - total).abs() < tolerance && (sum("features") - total).abs() < tolerance, "{answer:#}");
    if !answer["asked"].is_null() {
        near(&answer["asked"], number(&answer["covered"]) + number(&answer["uncovered"]), tolerance);
        near(&answer["total"], number(&answer["covered"]) + number(&answer["overlapping"]), tolerance);
        let shares: f64 = answer["groups"].as_array().unwrap().iter().map(|group| number(&group["share"])).sum();
        near(&answer["total"], shares * number(&answer["asked"]), tolerance);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drawn_area_is_summed_by_a_field_and_what_overlaps_is_told() {
    let service = served().await;
    // 50 m by 40 m: homes and orchard as planned, rice as it is; both versions of the plan overlap.
    let asked = drawn(polygon(&square([-10.0, -20.0, 40.0, 20.0])));
    let answer = service.post("/collections/land_use/overlay?by=land_code&geometry=true", &asked).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{}", answer.json());
    let answer = answer.json();
    adds_up(&answer);
    assert_eq!((&answer["unit"], &answer["by"]), (&json!("m2"), &json!("land_code")));
    let asked_area = number(&answer["asked"]);
    let groups: Vec<(&str, f64)> = answer["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| (group["value"].as_str().unwrap(), number(&group["amount"]) / asked_area * 2000.0))
        .collect();
    // In square metres of the plane: all of 2000 is rice, 18 x 40 homes, 32 x 30 orchard.
    for ((code, area), (expected, plane)) in groups.iter().zip([("LUC", 2000.0), ("CLN", 960.0), ("ODT", 720.0)]) {
        assert!(*code == expected && (area - plane).abs() < 1e-3, "{groups:?}");
    }
    near(&answer["overlapping"], asked_area * 1680.0 / 2000.0, 1e-3);
    near(&answer["uncovered"], 0.0, 0.0);
    for feature in answer["features"].as_array().unwrap() {
        assert_eq!(feature["geometry"]["type"], "Polygon");
    }
    let homes = answer["features"].as_array().unwrap().iter().find(|feature| feature["id"] == "1").unwrap();
    near(&homes["feature_share"], 720.0 / (108.0 * 200.0), 1e-6);
    assert_eq!(homes["properties"]["land_code"], "ODT");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_area_in_every_system_is_the_same() {
    let service = served().await;
    let ring = square([-10.0, -20.0, 40.0, 20.0]);
    let path = "/collections/flood_zones/overlay?geometry=true";
    let degrees = service.post(path, &drawn(polygon(&ring))).await.json();
    adds_up(&degrees);
    near(&degrees["covered"], number(&degrees["asked"]) * (14.0 + 1.0) * 29.0 / 2000.0 * 14.0 / 15.0, 1e-3);
    assert_eq!(degrees["uncovered_geometry"]["type"], "Polygon");
    let mut closed = corners(&ring);
    closed.push(closed[0]);
    let plane = json!({ "crs": "EPSG:9208", "geometry": { "type": "Polygon", "coordinates": [closed] } });
    let feature = json!({ "type": "Feature", "properties": { "a": 1 }, "geometry": drawn(polygon(&ring)) });
    for asked in [plane, feature] {
        let answer = service.post(path, &asked).await.json();
        // Sides of 50 m that are straight on the plane enclose square centimetres with those in degrees.
        near(&answer["asked"], number(&degrees["asked"]), 1e-3);
        near(&answer["covered"], number(&degrees["covered"]), 1e-3);
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roads_in_an_area_and_a_line_through_areas_are_measured() {
    let service = served().await;
    let roads = service
        .post("/collections/roads/overlay?by=name", &drawn(polygon(&square([0.0, 0.0, 61.0, 30.0]))))
        .await
        .json();
    adds_up(&roads);
    assert_eq!(
        (&roads["unit"], &roads["asked"], roads["features"].as_array().unwrap().len()),
        (&json!("m"), &Value::Null, 2)
    );
    near(&roads["features"][0]["feature_share"], 0.3, 1e-9);
    let path = line(&[[-150.0, 5.0], [150.0, 5.0]]);
    let Geometry::Lines(lines) = &path else { panic!("lines") };
    let whole = measure::length(&lines.0[0]);
    let through = service.post("/collections/land_use/overlay?by=land_code&geometry=true", &drawn(path)).await.json();
    adds_up(&through);
    near(&through["asked"], whole, 1e-6);
    // 300 m: 200 of rice, of which 108 are homes and 92 orchard as well; 100 of nothing.
    for (key, metres) in [("covered", 200.0), ("uncovered", 100.0), ("overlapping", 200.0)] {
        near(&through[key], whole * metres / 300.0, 1e-4);
    }
    assert_eq!(through["uncovered_geometry"]["type"], "MultiLineString");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn points_in_an_area_are_counted() {
    let service = served().await;
    let layer = service.layer("cameras");
    let Geometry::Lines(lines) = line(&[[1.0, 1.0], [2.0, 2.0], [300.0, 1.0]]) else { panic!("lines") };
    let cameras = lines.0[0].0.iter().enumerate().map(|(number, &place)| {
        super::ground::feature(&layer, &format!("C-{number}"), Geometry::Point(place.into()), &[])
    });
    service.commit(cameras.collect()).await;
    let answer =
        service.post("/collections/cameras/overlay", &drawn(polygon(&square([0.0, 0.0, 20.0, 15.0])))).await.json();
    adds_up(&answer);
    assert_eq!((&answer["unit"], &answer["total"]), (&json!("features"), &json!(2.0)));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_refused_with_a_way_out() {
    let service = served().await;
    let small = drawn(polygon(&square([0.0, 0.0, 20.0, 15.0])));
    let ring = |places: &[[f64; 2]]| json!({ "type": "Polygon", "coordinates": [places] });
    let many: Vec<[f64; 2]> = (0..20_001).map(|i| [105.0 + f64::from(i) * 1e-6, 18.0]).collect();
    let wool: Vec<[f64; 2]> = (0..15_000_i32)
        .map(|step| (f64::from(step) * 2.3).sin_cos())
        .map(|(sine, cosine)| [105.0 + 0.1 * sine, 19.0 + 0.1 * cosine])
        .collect();
    let table = [
        ("land_use/overlay?by=colour", small.clone(), 400, "land_code"),
        ("parcels/overlay?by=certificate_no", small.clone(), 400, "no field `certificate_no`"),
        ("land_use/overlay?geometry=yes", small.clone(), 400, "true or false"),
        ("land_use/overlay?limit=1", small.clone(), 400, "limit"),
        ("nothing/overlay", small.clone(), 404, "catalog"),
        ("land_use/overlay", json!({ "type": "Point", "coordinates": [105, 18] }), 400, "Polygon"),
        ("land_use/overlay", json!([1, 2]), 400, "geometry"),
        ("land_use/overlay", json!({ "geometry": small, "colour": 1 }), 400, "colour"),
        ("land_use/overlay", json!({ "type": "Polygon", "coordinates": [[[105]]] }), 400, "two numbers"),
        ("land_use/overlay", ring(&[[105.0, 18.0], [105.1, 18.0]]), 400, "empty"),
        ("land_use/overlay", ring(&[]), 400, "empty"),
        ("land_use/overlay", ring(&[[105.0, 118.0], [105.1, 18.0], [105.0, 18.0]]), 400, "118"),
        ("land_use/overlay", ring(&[[102.0, 10.0], [110.0, 10.0], [110.0, 20.0]]), 400, "50000 km²"),
        ("land_use/overlay", ring(&[[-100.0, 1.0], [100.0, 1.0], [100.0, 1.1]]), 400, "90°"),
        ("land_use/overlay", ring(&many), 400, "at most 20000"),
        ("land_use/overlay", ring(&wool), 400, "cross"),
        (
            "roads/overlay",
            json!({ "type": "LineString", "coordinates": [[105, 18], [105.1, 18]] }),
            400,
            "polygon around it",
        ),
        ("land_use/overlay", json!({ "crs": "EPSG:2", "geometry": ring(&[[105.0, 18.0]]) }), 400, "EPSG:9208"),
    ];
    for (path, asked, status, told) in table {
        let answer = service.post(&format!("/collections/{path}"), &asked).await;
        let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert_eq!(answer.status, status, "{path}: {detail}");
        assert!(detail.contains(told), "{path}: {detail}");
    }
    let get = service.get("/collections/land_use/overlay", &[]).await;
    assert_eq!((get.status, get.header("allow")), (405, "POST, OPTIONS"));
    service.stop().await;
}

/// Parts that overlap count once, and a hole has to be one.
#[tokio::test(flavor = "multi_thread")]
async fn parts_that_overlap_are_asked_for_once_and_holes_have_to_be_holes() {
    let service = served().await;
    let ring = |bounds| {
        let mut ring: Vec<[f64; 2]> = degrees(&square(bounds)).0.iter().map(|c| [c.x, c.y]).collect();
        ring.push(ring[0]);
        ring
    };
    let ask = async |geometry: Value| service.post("/collections/land_use/overlay", &geometry).await;
    let area = async |coordinates: Value| {
        ask(json!({ "type": "MultiPolygon", "coordinates": coordinates })).await.json()["asked"]
            .as_f64()
            .expect("an area")
    };
    let (left, right, both) =
        (ring([0.0, 0.0, 100.0, 100.0]), ring([50.0, 0.0, 150.0, 100.0]), ring([0.0, 0.0, 150.0, 100.0]));
    let union = area(json!([[both]])).await;
    assert!((area(json!([[left], [right]])).await - union).abs() < 0.01, "{union}");
    assert!((area(json!([[left], [left]])).await - area(json!([[left]])).await).abs() < 0.01);
    let hole = |bounds| ring(bounds).into_iter().rev().collect::<Vec<_>>();
    let sound = ask(json!({ "type": "Polygon", "coordinates": [left, hole([10.0, 10.0, 20.0, 20.0])] })).await.json();
    assert!((sound["asked"].as_f64().expect("an area") - area(json!([[left]])).await * 0.99).abs() < 0.01, "{sound}");
    let bad = [[200.0, 0.0, 210.0, 10.0], [90.0, 10.0, 120.0, 20.0], [-50.0, -50.0, 150.0, 150.0]];
    for bounds in bad {
        let answer = ask(json!({ "type": "Polygon", "coordinates": [left, hole(bounds)] })).await;
        let detail = answer.json()["detail"].to_string();
        assert!(answer.status == 400 && detail.contains("hole"), "{bounds:?}: {} {detail}", answer.status);
        let parcel = json!({ "geometry": { "type": "Polygon", "coordinates": [left, hole(bounds)] } });
        assert_eq!(service.post("/parcel-check", &parcel).await.status, 400, "{bounds:?}");
    }
    service.stop().await;
}
