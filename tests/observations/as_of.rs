//! Tiles as of a moment.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use citylayers::geo::TileCoord;
use citylayers::geo::mercator::world_point;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value as Json, json};

use super::support::mvt::{TileFeature, decode};
use super::support::service::{Answer, Service};
use super::tiles::number;
use super::{at, free, observing, post, today};

const VINH: &str = "14/13001/7326.mvt";

fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

async fn tile(service: &Service, path: &str, moment: &str, etag: &str) -> Answer {
    service.get(&format!("/tiles/{path}?datetime={moment}"), &[("if-none-match", etag)]).await
}

fn features(answer: &Answer) -> BTreeMap<String, TileFeature> {
    if answer.status == 204 {
        return BTreeMap::new();
    }
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let all = decode(&answer.unpacked(), "a tile").into_values().flatten();
    all.map(|feature| (feature.text("id").expect("an id").to_owned(), feature)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_is_told_as_it_was_and_changes_only_when_something_late_comes() {
    let service = observing().await;
    for (clock, value) in [("10:00:00", 1.0), ("11:00:00", 2.0), ("12:00:00", 3.0)] {
        assert_eq!(post(&service, &free("P-1", &today(clock), value)).await.status, 200);
    }
    service.commit(vec![at(&service.layer("parking"), "P-9", [105.68, 18.67])]).await;
    let path = format!("parking,air_stations/{VINH}");
    let table = [("09:59:59", None), ("10:00:00", Some(1.0)), ("11:59:59.999", Some(2.0)), ("23:00:00", Some(3.0))];
    for (clock, value) in table {
        let found = features(&tile(&service, &path, &today(clock), "").await);
        assert_eq!(number(&found["P-1"], "free"), value, "{clock}");
        assert_eq!(number(&found["P-1"], "age").is_some(), value.is_some(), "{clock}");
        assert!(found.contains_key("P-9"), "features are as they are now");
    }
    let aged = features(&tile(&service, &path, &today("11:30:00"), "").await);
    assert_eq!(number(&aged["P-1"], "age"), Some(1800.0), "an age is of that moment");

    // An offset with a bare `+`, as people write it.
    let here = format!("{}T18:30:00+07:00", today("").split('T').next().expect("a day"));
    assert_eq!(number(&features(&tile(&service, &path, &here, "").await)["P-1"], "free"), Some(2.0));

    let noon = tile(&service, &path, &today("11:30:00"), "").await;
    assert_eq!(noon.header("cache-control"), "no-cache", "something late may come");
    assert_eq!(tile(&service, &path, &today("11:30:00"), noon.header("etag")).await.status, 304);
    // What comes later than the moment leaves it as it is.
    assert_eq!(post(&service, &free("P-1", &today("13:00:00"), 4.0)).await.status, 200);
    assert_eq!(tile(&service, &path, &today("11:30:00"), noon.header("etag")).await.status, 304);
    // And what comes late and was before it does not.
    assert_eq!(post(&service, &free("P-1", &today("11:10:00"), 9.0)).await.status, 200);
    let late = tile(&service, &path, &today("11:30:00"), noon.header("etag")).await;
    assert_eq!(number(&features(&late)["P-1"], "free"), Some(9.0));
    assert_eq!(number(&features(&service.get(&format!("/tiles/{path}"), &[]).await)["P-1"], "free"), Some(4.0));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moves_is_where_it_was() {
    let service = observing().await;
    let vessels = service.layer("vessels");
    service.commit(vec![at(&vessels, "NA-2", [106.5, 18.9]), at(&vessels, "NA-3", [106.5, 19.2])]).await;
    let there = |id: &str, clock: &str, [lon, lat]: [f64; 2]| json!({"layer": "vessels", "feature": id, "time": today(clock), "lon": lon, "lat": lat, "values": {"speed_kn": 5}});
    let places = [("10:00:00", [106.2, 18.9]), ("11:00:00", [106.3, 18.8]), ("12:00:00", [106.4, 18.7])];
    for (clock, place) in places {
        assert_eq!(post(&service, &there("NA-1", clock, place)).await.status, 200);
    }
    assert_eq!(post(&service, &there("NA-2", "11:30:00", [106.6, 18.9])).await.status, 200);
    let is_there = |id: &'static str, clock: &'static str, place: [f64; 2]| {
        let service = &service;
        async move {
            let coord = TileCoord::holding(12, world_point(place));
            let found = tile(service, &format!("vessels/{coord}.mvt"), &today(clock), "").await;
            features(&found).contains_key(id)
        }
    };
    for (clock, expected) in [("10:30:00", 0), ("11:00:00", 1), ("11:45:00", 1), ("14:00:00", 2)] {
        for (number, (_, place)) in places.iter().enumerate() {
            assert_eq!(is_there("NA-1", clock, *place).await, number == expected, "{clock}: {place:?}");
        }
    }
    // Told to be somewhere only later: nobody knows where it was. Never told to be anywhere: where it is.
    for (clock, expected) in [("11:00:00", false), ("11:45:00", true)] {
        assert_eq!(is_there("NA-2", clock, [106.6, 18.9]).await, expected, "{clock}");
    }
    assert!(!is_there("NA-2", "11:00:00", [106.5, 18.9]).await);
    assert!(is_there("NA-3", "11:00:00", [106.5, 19.2]).await);
    // A new name is seen in the tile of where it was, not only in that of where it is.
    let was = format!("vessels/{}.mvt", TileCoord::holding(12, world_point([106.3, 18.8])));
    let before = tile(&service, &was, &today("11:10:00"), "").await;
    let mut renamed = service.city.atlas().layer(&vessels.id).expect("a layer").get("NA-1").expect("a vessel");
    let name = vessels.field_index("name").expect("a field");
    renamed.properties[name] = Some(citylayers::model::Value::Text("Hải Âu".to_owned()));
    service.commit(vec![citylayers::model::Change::Put(renamed)]).await;
    let after = tile(&service, &was, &today("11:10:00"), before.header("etag")).await;
    assert_eq!(features(&after)["NA-1"].text("name"), Some("Hải Âu"));
    service.stop().await;
}

/// Random readings, in any order, against a look at all of them.
#[tokio::test(flavor = "multi_thread")]
async fn every_moment_is_the_newest_before_it() {
    let service = observing().await;
    let parking = service.layer("parking");
    let ids: Vec<String> = (0..12).map(|number| format!("Q-{number}")).collect();
    service.commit(ids.iter().map(|id| at(&parking, id, [105.68, 18.67])).collect()).await;
    let mut random = ChaCha8Rng::seed_from_u64(61);
    let start = Utc::now() - TimeDelta::days(3);
    let mut all: Vec<(String, i64, f64)> = Vec::new();
    for round in 0..12 {
        let readings: Vec<Json> = (0..random.random_range(1..60))
            .map(|_| {
                let id = ids[random.random_range(0..ids.len())].clone();
                let (minute, value) = (random.random_range(0..3000_i64), f64::from(random.random_range(0..500)));
                if !all.iter().any(|(known, other, _)| *known == id && *other == minute) {
                    all.push((id.clone(), minute, value));
                }
                free(&id, &text(start + TimeDelta::minutes(minute)), value)
            })
            .collect();
        assert_eq!(post(&service, &json!(readings)).await.status, 200);
        for _ in 0..8 {
            let minute = random.random_range(-10..3010_i64);
            let found = tile(&service, &format!("parking/{VINH}"), &text(start + TimeDelta::minutes(minute)), "").await;
            let found = features(&found);
            for id in &ids {
                let own = all.iter().filter(|(known, other, _)| known == id && *other <= minute);
                let expected = own.max_by_key(|(_, other, _)| *other).map(|(_, _, value)| *value);
                assert_eq!(number(&found[id], "free"), expected, "round {round}: {id} at {minute} of {all:?}");
            }
        }
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_that_cannot_be_meant_is_told() {
    let service = observing().await;
    let soon = text(Utc::now() + TimeDelta::hours(1));
    for (path, moment) in [
        (format!("parking/{VINH}"), "yesterday"),
        (format!("parking/{VINH}"), "2026-11-21"),
        (format!("parking/{VINH}"), "2026-11-21T10:00:00Z/2026-11-22T10:00:00Z"),
        (format!("parking/{VINH}"), soon.as_str()),
        (format!("roads/{VINH}"), "2026-11-21T10:00:00Z"),
        ("parking/14/13001/7326.mlt".to_owned(), "2026-11-21T10:00:00Z"),
    ] {
        let answer = tile(&service, &path, moment, "").await;
        assert_eq!(answer.status, 400, "{path} {moment}");
        assert!(answer.json()["detail"].as_str().expect("a detail").contains("datetime"), "{path} {moment}");
    }
    assert_eq!(tile(&service, &format!("parking,roads/{VINH}"), "1950-01-01T00:00:00Z", "").await.status, 200);
    service.stop().await;
}
