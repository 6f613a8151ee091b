//! `/at` and `/nearest`, beside a look at every feature with the geodesic distances of PROJ's algorithm (C. Karney, 2013).

use citylayers::geo::Geometry;
use citylayers::model::{Change, Value as ValueOf};
use geo::{Contains, Distance, Geodesic};
use geo_types::Point;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::support::service::Service;
use super::{lamp, ward, with_cameras};

/// Layer, id and distance of each feature of an answer.
fn told(answer: &Value) -> Vec<(String, String, f64)> {
    let features = answer["features"].as_array().expect("features");
    assert_eq!(answer["numberReturned"], features.len());
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let distance = |feature: &Value| feature["distance"].as_f64().expect("metres");
    features.iter().map(|feature| (text(&feature["layer"]), text(&feature["id"]), distance(feature))).collect()
}

fn places(seed: u64, count: usize, [west, south, east, north]: [f64; 4]) -> Vec<[f64; 2]> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| [dice.random_range(west..east), dice.random_range(south..north)]).collect()
}

fn metres(from: [f64; 2], to: [f64; 2]) -> f64 {
    Geodesic.distance(Point::from(from), Point::from(to))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nearest_are_those_that_a_look_at_all_finds() {
    // A town, the whole province, both sides of the antimeridian, and around the pole.
    let table = [
        ([105.60, 18.60, 105.75, 18.75], [105.5, 18.5, 105.9, 18.9]),
        ([103.8, 18.5, 106.2, 20.7], [103.0, 18.0, 107.0, 21.0]),
        ([-180.0, -5.0, 180.0, 5.0], [175.0, -5.0, 180.0, 5.0]),
        ([-180.0, 80.0, 180.0, 85.0], [-180.0, 84.0, 180.0, 90.0]),
    ];
    for (case, (features, asked)) in table.into_iter().enumerate() {
        let all = places(case as u64, 400, features);
        let service = with_cameras(&all).await;
        for (place, k) in
            places(100 + case as u64, 12, asked).into_iter().zip([1, 2, 5, 10, 100, 400].into_iter().cycle())
        {
            let [lon, lat] = place;
            let mut expected: Vec<f64> = all.iter().map(|&camera| metres(place, camera)).collect();
            expected.sort_by(f64::total_cmp);
            let path = format!("/nearest?lon={lon}&lat={lat}&layers=cameras&k={k}");
            let found = told(&service.get(&path, &[]).await.json());
            assert_eq!(found.len(), k, "{path}");
            for ((_, id, distance), expected) in found.iter().zip(&expected) {
                assert!((distance - expected).abs() < 0.001, "{path}: {id} at {distance}, expected {expected}");
                let number: usize = id.trim_start_matches("C-").parse().expect("a number");
                assert!((metres(place, all[number]) - distance).abs() < 0.001, "{path}: {id} lies elsewhere");
            }
            let far = expected[k / 2].round() + 0.5;
            let near = told(&service.get(&format!("{path}&max_distance={far}"), &[]).await.json());
            let within = expected.iter().take(k).filter(|&&distance| distance <= far).count();
            assert_eq!(near.len(), within, "{path}&max_distance={far}");
        }
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_at_a_place_is_what_holds_it() {
    let service = Service::start().await;
    let (wards, cameras) = (service.layer("wards"), service.layer("cameras"));
    let corners = places(7, 40, [105.0, 18.0, 106.0, 19.0]);
    // Triangles that overlap.
    let drawn: Vec<_> =
        corners.windows(3).enumerate().map(|(n, three)| ward(&wards, &format!("{n}"), "Xã", three)).collect();
    let lamps = places(8, 300, [105.2, 18.2, 105.8, 18.8]);
    let cameras = lamps.iter().enumerate().map(|(number, &place)| lamp(&cameras, &format!("C-{number}"), place));
    service.commit(drawn.iter().cloned().chain(cameras).map(Change::Put).collect()).await;
    for [lon, lat] in places(9, 60, [105.0, 18.0, 106.0, 19.0]) {
        let path = format!("/at?lon={lon}&lat={lat}&radius=900");
        let mut found = told(&service.get(&path, &[]).await.json());
        found.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        let holding = drawn.iter().filter(|ward| {
            let Geometry::Polygons(polygons) = &ward.geometry else { panic!("a polygon") };
            polygons.contains(&Point::new(lon, lat))
        });
        let holding = holding.map(|ward| ("wards".to_owned(), ward.id.to_string()));
        let beside = lamps.iter().enumerate().filter(|(_, camera)| metres([lon, lat], **camera) <= 900.0);
        let beside = beside.map(|(number, _)| ("cameras".to_owned(), format!("C-{number}")));
        let mut expected: Vec<_> = holding.chain(beside).collect();
        expected.sort();
        let seen: Vec<_> = found.into_iter().map(|(layer, id, _)| (layer, id)).collect();
        assert_eq!(seen, expected, "{path}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_may_be_given_in_another_system_and_a_filter_chooses() {
    let service = with_cameras(&[[105.672, 18.666], [105.6721, 18.666]]).await;
    // By PROJ: `cct` with the pipeline of VN-2000.
    let path = "/at?crs=EPSG:9208&x=597068.62&y=2064850.59&layers=cameras&radius=5";
    let found = told(&service.get(path, &[]).await.json());
    assert_eq!(found.iter().map(|(_, id, _)| id.as_str()).collect::<Vec<_>>(), ["C-0"], "{found:?}");
    let path = "/nearest?lon=105.672&lat=18.666&layers=cameras&filter=id%3C%3E%27C-0%27";
    let found = told(&service.get(path, &[]).await.json());
    assert_eq!(found.iter().map(|(_, id, _)| id.as_str()).collect::<Vec<_>>(), ["C-1"], "{found:?}");
    service.stop().await;
}

/// The nearest of all layers come first, of plans those of today.
#[tokio::test(flavor = "multi_thread")]
async fn plans_of_before_are_told_to_those_who_ask_for_them() {
    let service = Service::start().await;
    let (plan, cameras) = (service.layer("land_use_plan"), service.layer("cameras"));
    let corners = [[105.0, 18.0], [106.0, 18.0], [106.0, 19.0], [105.0, 19.0]];
    let planned = |id: &str, field: &str, day: &str| {
        let mut feature = ward(&service.layer("wards"), id, "x", &corners);
        feature.layer = plan.id.clone();
        feature.properties = vec![None; plan.fields.len()];
        feature.properties[plan.field_index("land_code").expect("a code")] = Some(ValueOf::Text("ODT".to_owned()));
        feature.properties[plan.field_index(field).expect("a day")] = Some(ValueOf::Date(day.parse().expect("a day")));
        Change::Put(feature)
    };
    let changes = vec![
        planned("old", "valid_to", "2020-12-31"),
        planned("new", "valid_from", "2021-01-01"),
        Change::Put(lamp(&cameras, "C-0", [105.500_01, 18.5])),
    ];
    service.commit(changes).await;
    for (query, expected) in [
        ("/at?lon=105.5&lat=18.5", vec!["new", "C-0"]),
        // A camera has no time, and is always there.
        ("/at?lon=105.5&lat=18.5&datetime=2020-06-01", vec!["old", "C-0"]),
        ("/at?lon=105.5&lat=18.5&datetime=2020-06-01/2021-06-01&layers=land_use_plan", vec!["new", "old"]),
        ("/nearest?lon=105.5&lat=18.5&k=2", vec!["new", "C-0"]),
        ("/nearest?lon=105.5&lat=18.5&k=1&layers=land_use_plan&datetime=2019-01-01", vec!["old"]),
    ] {
        let found = told(&service.get(query, &[]).await.json());
        assert_eq!(found.iter().map(|(_, id, _)| id.as_str()).collect::<Vec<_>>(), expected, "{query}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_none_is_refused_with_a_way_out() {
    let service = with_cameras(&[[105.0, 18.0]]).await;
    let table = [
        ("/at", "`lon` and `lat`"),
        ("/at?lon=105", "`lon` and `lat`"),
        ("/at?lon=105&lat=18&x=1&y=2", "`lon` and `lat`"),
        ("/at?crs=EPSG:9208&x=1", "`crs` with `x`"),
        ("/at?x=1&y=2", "`crs` with `x`"),
        ("/at?crs=EPSG:1&x=1&y=2", "EPSG:9208"),
        ("/at?crs=EPSG:9208&x=1e12&y=2", "no place in EPSG:9208"),
        ("/at?lon=18.6&lat=105.7", "exchanged"),
        ("/at?lon=nan&lat=18", "lon=nan"),
        ("/at?lon=105&lat=18&layers=", "layers"),
        ("/at?lon=105&lat=18&layers=cameras,nothing", "`nothing`"),
        ("/at?lon=105&lat=18&radius=-1", "radius=-1"),
        ("/at?lon=105&lat=18&radius=1001", "1000"),
        ("/at?lon=105&lat=18&k=3", "`k`"),
        ("/nearest?lon=105&lat=18&k=0", "k=0"),
        ("/nearest?lon=105&lat=18&k=1001", "1000"),
        ("/nearest?lon=105&lat=18&max_distance=-5", "max_distance=-5"),
        ("/nearest?lon=105&lat=18&layers=cameras&filter=colour=1", "colour"),
    ];
    for (path, part) in table {
        let answer = service.get(path, &[]).await;
        let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!([400, 404].contains(&answer.status), "{path}: {} {detail}", answer.status);
        assert!(detail.contains(part), "{path}: {detail}");
    }
    service.stop().await;
}
