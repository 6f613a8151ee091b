//! What a wall asks: counters, trends, freshness, and summaries of what is measured now.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use citylayers::model::{Change, FeatureId, LayerId, Value};
use serde_json::{Value as Json, json};

use super::support::service::Service;
use super::{at, free, observing, post, today};

fn ago(minutes: i64) -> String {
    (Utc::now() - TimeDelta::minutes(minutes)).to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn air(feature: &str, minutes: i64, aqi: f64) -> Json {
    json!({"layer": "air_stations", "feature": feature, "time": ago(minutes), "values": {"aqi": aqi}})
}

/// Answers are a moment old at most; asks until one says what is expected, and at last tells what it says.
async fn eventually(service: &Service, path: &str, is: impl Fn(&Json) -> bool) -> Json {
    let began = std::time::Instant::now();
    loop {
        let answer = service.get(path, &[]).await.json();
        if is(&answer) || began.elapsed().as_secs() > 10 {
            return answer;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_measured_now_adds_up() {
    let service = observing().await;
    let summary = "/collections/parking/summary?sum=free&avg=free&min=free&max=free";
    let empty = service.get(summary, &[]).await.json();
    assert_eq!(empty["groups"][0]["count"], 2);
    assert_eq!(empty["groups"][0]["sum"]["free"], Json::Null, "nothing was measured yet");
    post(&service, &json!([free("P-1", &today("10:00:00"), 12.0), free("P-1", &today("11:00:00"), 7.5)])).await;
    let one = service.get(summary, &[]).await.json()["groups"][0].clone();
    assert_eq!((&one["sum"]["free"], &one["count"]), (&json!(7.5), &json!(2)), "the newest, of all features");
    post(&service, &json!([free("P-2", &today("09:00:00"), 30.0)])).await;
    let both = service.get(summary, &[]).await.json()["groups"][0].clone();
    let values: Vec<f64> = ["sum", "avg", "min", "max"].iter().filter_map(|name| both[name]["free"].as_f64()).collect();
    assert_eq!(values, [37.5, 18.75, 7.5, 30.0]);
    let near = service.get(&format!("{summary}&bbox=105.6,18.6,105.7,18.7"), &[]).await.json();
    assert_eq!(near["groups"][0]["sum"]["free"], 7.5);
    let unknown = service.get("/collections/parking/summary?sum=taken", &[]).await;
    let detail = unknown.json()["detail"].as_str().expect("a reason").to_owned();
    assert!(unknown.status == 400 && detail.contains("observed are free"), "{detail}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_are_as_the_city_is() {
    let service = observing().await;
    let scenes = service.get("/scenes", &[]).await.json();
    let environment = scenes["scenes"].as_array().expect("scenes").iter().find(|scene| scene["id"] == "environment");
    let environment = environment.expect("the shipped scene").clone();
    let titles: Vec<&Json> =
        environment["counters"].as_array().expect("counters").iter().map(|counter| &counter["title"]["en"]).collect();
    let place = |title: &str| titles.iter().position(|known| *known == title).expect("the shipped counter");
    let (highest, mean, above) = (place("Highest AQI"), place("Mean AQI"), place("Stations above AQI 100"));
    let layer = service.layer("air_stations");
    service.commit(vec![at(&layer, "A-2", [105.7, 18.7]), at(&layer, "A-3", [105.8, 18.7])]).await;
    let path = "/scenes/environment/counters";
    let before = service.get(path, &[]).await.json();
    assert_eq!(
        (&before["counters"][highest]["value"], &before["counters"][above]["value"]),
        (&Json::Null, &Json::Null)
    );
    let readings = json!([air("A-1", 3, 80.0), air("A-2", 2, 160.0), air("A-2", 1, 110.0)]);
    assert_eq!(post(&service, &readings).await.json()["accepted"], 3);
    let known = |now: &Json| now["counters"][highest]["value"] == 110.0;
    let now = eventually(&service, path, known).await["counters"].clone();
    assert_eq!(now[highest], json!({"value": 110.0, "features": 3, "measured": 2}));
    assert_eq!(now[mean]["value"], 95.0);
    assert_eq!(now[above], json!({"value": 1.0, "features": 1, "measured": 2}));
    let gone = Change::Remove {
        layer: LayerId::new("air_stations").expect("an id"),
        id: FeatureId::new("A-2").expect("an id"),
    };
    service.commit(vec![gone]).await;
    let now = eventually(&service, path, |now| now["counters"][highest]["value"] == 80.0).await;
    assert_eq!(now["counters"][highest]["value"], 80.0, "what is gone does not count");
    let missing = service.get("/scenes/nowhere/counters", &[]).await;
    assert!(
        missing.status == 404 && missing.json()["detail"].as_str().is_some_and(|text| text.contains("GET /scenes"))
    );
    service.stop().await;
}

/// The newest reading of a sensor that is silent by now tells nothing of how things are.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_silent_is_not_counted() {
    let service = observing().await;
    let (air_stations, buses) = (service.layer("air_stations"), service.layer("buses"));
    let features = vec![
        at(&air_stations, "A-2", [105.7, 18.7]),
        at(&buses, "B-1", [105.7, 18.7]),
        at(&buses, "B-2", [105.7, 18.7]),
    ];
    service.commit(features).await;
    let bus = |feature: &str, minutes: i64| json!({"layer": "buses", "feature": feature, "time": ago(minutes), "lon": 105.7, "lat": 18.7, "values": {"speed_kmh": 30}});
    let old = json!([air("A-1", 30 * 24 * 60, 140.0), bus("B-1", 2 * 24 * 60)]);
    assert_eq!(post(&service, &old).await.json()["accepted"], 2);
    let scenes = service.get("/scenes", &[]).await.json();
    let scene = |id: &str| scenes["scenes"].as_array().expect("scenes").iter().find(|one| one["id"] == id).cloned();
    let overview = scene("overview").expect("the shipped scene");
    let place = |title: &str| {
        let counters = overview["counters"].as_array().expect("counters");
        counters.iter().position(|one| one["title"]["en"] == title).expect("the shipped counter")
    };
    let (highest, moving) = (place("Highest AQI"), place("Buses on the move"));
    let path = "/scenes/overview/counters";
    let now = service.get(path, &[]).await.json()["counters"].clone();
    assert_eq!(now[highest], json!({"value": null, "features": 2, "measured": 0}));
    assert_eq!(now[moving], json!({"value": null, "features": 0, "measured": 0}), "nobody knows");
    let layers = [("air_stations", "aqi", 140.0), ("buses", "speed_kmh", 30.0)];
    for (layer, property, value) in layers {
        let summary = format!("/collections/{layer}/summary?max={property}");
        let told = service.get(&summary, &[]).await.json()["groups"][0]["max"][property].clone();
        assert_eq!(told, value, "a summary tells the newest, however old");
    }
    // Buses are silent after five minutes.
    let new = json!([air("A-2", 1, 60.0), bus("B-1", 4), bus("B-2", 6)]);
    assert_eq!(post(&service, &new).await.json()["accepted"], 3);
    let now = eventually(&service, path, |now| now["counters"][moving]["value"] == 1.0).await["counters"].clone();
    assert_eq!(now[highest], json!({"value": 60.0, "features": 2, "measured": 1}));
    assert_eq!(now[moving], json!({"value": 1.0, "features": 1, "measured": 1}));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_as_fresh_as_its_last_reading() {
    let service = observing().await;
    let of = |answer: &Json, layer: &str| -> Json {
        let all = answer["layers"].as_array().expect("layers").clone();
        all.into_iter().find(|one| one["layer"] == layer).expect("an observed layer")
    };
    let unheard = of(&service.get("/freshness", &[]).await.json(), "parking");
    assert_eq!((&unheard["features"], &unheard["measured"], &unheard["newest"]), (&json!(2), &json!(0), &Json::Null));
    assert_eq!((&unheard["silent"], &unheard["unheard"]), (&json!(0), &json!(2)));
    let dead = service.layer("parking");
    service.commit(vec![at(&dead, "P-3", [105.7, 18.7])]).await;
    // Car parks are silent after 30 minutes, vessels after six hours.
    let newest = ago(5);
    let readings = json!([
        free("P-1", &ago(45), 12.0),
        free("P-2", &newest, 3.0),
        {"layer": "vessels", "feature": "NA-1", "time": ago(45), "lon": 106.1, "lat": 18.9},
    ]);
    assert_eq!(post(&service, &readings).await.json()["accepted"], 3);
    let heard = eventually(&service, "/freshness", |now| of(now, "parking")["measured"] == 2).await;
    let parking = of(&heard, "parking");
    assert_eq!(
        (&parking["silent"], &parking["newest"], &parking["silent_after"]),
        (&json!(1), &json!(newest), &json!(1800))
    );
    assert_eq!((&parking["features"], &parking["unheard"]), (&json!(3), &json!(1)), "the one that never said anything");
    assert_eq!(
        (&of(&heard, "vessels")["measured"], &of(&heard, "vessels")["silent"]),
        (&json!(1), &json!(0)),
        "a place is a reading"
    );
    let names: Vec<Json> = heard["layers"].as_array().expect("layers").iter().map(|one| one["layer"].clone()).collect();
    assert!(!names.contains(&json!("cameras")), "nothing is observed there: {names:?}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trend_is_the_mean_of_its_layer() {
    let service = observing().await;
    let layer = service.layer("air_stations");
    service.commit(vec![at(&layer, "A-2", [105.7, 18.7])]).await;
    // A-1 measures twice as often within an interval of 20 minutes, and counts no more for it.
    let interval = 1200;
    let begin = (Utc::now().timestamp() - 6 * 3600).div_euclid(interval) * interval;
    let at_second = |second: i64| DateTime::from_timestamp(begin + second, 0).expect("a moment").to_rfc3339();
    let reading = |feature: &str, second: i64, aqi: f64| json!({"layer": "air_stations", "feature": feature, "time": at_second(second), "values": {"aqi": aqi}});
    let readings = json!([
        reading("A-1", 10, 40.0),
        reading("A-1", 20, 60.0),
        reading("A-2", 30, 100.0),
        reading("A-2", 1210, 20.0)
    ]);
    assert_eq!(post(&service, &readings).await.json()["accepted"], 4);
    let trends = service.get("/scenes/environment/trends", &[]).await.json();
    let aqi = &trends["trends"][0];
    assert_eq!((&aqi["features"], &aqi["interval"]), (&json!(2), &json!(interval)));
    let values: Vec<f64> =
        aqi["points"].as_array().expect("points").iter().filter_map(|point| point["value"].as_f64()).collect();
    assert_eq!(values, [75.0, 20.0]);
    let times: Vec<i64> = (aqi["points"].as_array().expect("points").iter())
        .filter_map(|point| Some(point["time"].as_str()?.parse::<DateTime<Utc>>().ok()?.timestamp()))
        .collect();
    assert_eq!(times, [begin, begin + interval]);
    assert_eq!(trends["trends"][1]["points"], json!([]), "fine dust was not measured");
    service.stop().await;
}

/// Of a report: since how many minutes it is there, until when it should be done, and when it was done.
fn report(service: &Service, id: &str, came: i64, expected: i64, done: Option<i64>) -> Change {
    let layer = service.layer("incidents");
    let Change::Put(mut report) = at(&layer, id, [105.68, 18.67]) else { panic!("it is put") };
    let mut tell = |field: &str, value: Value| {
        let place = layer.field_index(field).expect("a field");
        report.properties[place] = Some(value);
    };
    let before = |minutes: i64| Value::DateTime(Utc::now() - TimeDelta::minutes(minutes));
    tell("service_code", Value::Text("waste".into()));
    tell("status", Value::Text(if done.is_some() { "closed" } else { "open" }.into()));
    tell("requested_datetime", before(came));
    tell("expected_datetime", before(expected));
    tell("updated_datetime", before(done.unwrap_or(came)));
    Change::Put(report)
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_are_counted_by_their_moments() {
    const HOUR: i64 = 60;
    const DAY: i64 = 24 * HOUR;
    let service = observing().await;
    let reports = vec![
        report(&service, "R-1", 2, -2 * DAY, None),
        report(&service, "R-2", 3 * DAY, 5, None),
        report(&service, "R-3", 4 * DAY, DAY, Some(2 * DAY)),
        report(&service, "R-4", 20 * DAY, 18 * DAY, Some(8 * DAY)),
        report(&service, "R-5", 23 * HOUR, -HOUR, Some(HOUR)),
        // Somebody's clock is wrong: it has not come yet.
        report(&service, "R-6", -HOUR, -DAY, None),
    ];
    service.commit(reports).await;
    let counters = eventually(&service, "/scenes/reports/counters", |now| now["counters"][0]["value"] == 3.0).await;
    let values: Vec<Option<f64>> =
        counters["counters"].as_array().expect("counters").iter().map(|one| one["value"].as_f64()).collect();
    // Open, overdue, new within a day, closed within a week; then the open ones by service.
    assert_eq!(values[..6], [3.0, 1.0, 2.0, 2.0, 0.0, 3.0].map(Some));
    let trend = service.get("/scenes/reports/trends", &[]).await.json()["trends"][0].clone();
    assert_eq!((&trend["features"], &trend["interval"]), (&json!(4), &json!(7 * 3600)), "of a week");
    let points = trend["points"].as_array().expect("points");
    let counts: Vec<u64> = points.iter().filter_map(|point| point["value"].as_u64()).collect();
    let mut expected = vec![0; 24];
    // 2 minutes, 23 hours, 3 days and 4 days before the end, in steps of 7 hours.
    for back in [0, 3, 10, 13] {
        expected[23 - back] += 1;
    }
    assert_eq!(counts, expected);
    let last: DateTime<Utc> = points[23]["time"].as_str().and_then(|time| time.parse().ok()).expect("a moment");
    assert!((Utc::now() - last).num_seconds() < 30, "the last interval ends now: {last}");
    service.stop().await;
}

/// Many walls ask the same in the same moment: it is put together once, and all are told.
#[tokio::test(flavor = "multi_thread")]
async fn many_walls_are_told_the_same() {
    let service = observing().await;
    post(&service, &json!([air("A-1", 1, 42.0)])).await;
    let asked = (0..40).map(|_| service.get("/scenes/overview/counters", &[]));
    let answers = futures_util::future::join_all(asked).await;
    let mut times: Vec<String> =
        answers.iter().map(|answer| answer.json()["time"].as_str().expect("a time").to_owned()).collect();
    times.sort_unstable();
    times.dedup();
    // A slow machine may need more than a second for all of them.
    assert!(times.len() <= 5, "{} answers were put together for 40 walls", times.len());
    service.stop().await;
}
