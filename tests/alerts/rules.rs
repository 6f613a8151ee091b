//! Rules made, changed and taken away while the service runs; and what a restart remembers.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use citylayers::catalog::Catalog;
use citylayers::geo::Geometry;
use citylayers::model::{Change, Feature, FeatureId};
use geo_types::{LineString, Polygon};
use serde_json::{Value as Json, json};

use super::support::service::Service;
use super::{act, alerts, aqi, at, by, control_room, of, told};

fn rule(id: &str, above: f64) -> Json {
    json!({"id": id, "title": {"vi": "Thử", "en": "Trial"}, "layer": "air_stations", "severity": "Extreme",
        "when": {"type": "threshold", "property": "aqi", "above": above}})
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_made_changed_and_taken_away() {
    let service = control_room().await;
    aqi(&service, "A-1", 90.0).await;
    let made = service.post("/rules", &rule("trial", 80.0)).await;
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    assert!(made.header("location").ends_with("/rules/trial"));
    service.city.tick(Utc::now()).await.unwrap();
    assert_eq!(told(&alerts(&service, "").await), [of("trial", "A-1", "raised")], "it was beyond it already");

    assert_eq!(service.post("/rules", &rule("trial", 80.0)).await.status, 409, "twice");
    assert_eq!(service.post("/rules", &rule("air_silent", 80.0)).await.status, 409, "it stands in a file");
    let wrong = service
        .post(
            "/rules",
            &json!({"id": "x", "title": {"vi": "a", "en": "b"}, "layer": "nowhere",
        "severity": "Minor", "when": {"type": "threshold", "property": "aqi"}}),
        )
        .await;
    assert_eq!((wrong.status, wrong.json()["refusals"].as_array().unwrap().len()), (422, 2), "everything is told");
    assert_eq!(service.post("/rules", &json!({"id": "x", "whn": 1})).await.status, 400);

    let body = rule("trial", 200.0).to_string();
    assert_eq!(service.send("PUT", "/rules/trial", &[JSON], &body).await.status, 200);
    assert_eq!(service.send("PUT", "/rules/other", &[JSON], &body).await.status, 400);
    assert_eq!(service.send("PUT", "/rules/absent", &[JSON], &rule("absent", 1.0).to_string()).await.status, 404);
    aqi(&service, "A-2", 90.0).await;
    aqi(&service, "A-1", 91.0).await;
    let open = alerts(&service, "").await;
    assert!(open.is_empty(), "below the new threshold it is over: {:?}", told(&open));
    let known = service.get("/rules/trial", &[]).await.json();
    assert_eq!((&known["when"]["above"], &known["in_file"]), (&json!(200.0), &json!(false)));

    assert_eq!(service.send("DELETE", "/rules/trial", &[], "").await.status, 204);
    assert_eq!(service.send("DELETE", "/rules/trial", &[], "").await.status, 404);
    assert_eq!(service.send("DELETE", "/rules/air_silent", &[], "").await.status, 409);
    let all = service.get("/rules", &[]).await.json();
    assert!(all["rules"].as_array().unwrap().iter().all(|rule| rule["in_file"] == true));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_remembers_alerts_rules_and_what_was_ended() {
    let service = control_room().await;
    aqi(&service, "A-1", 230.0).await;
    aqi(&service, "A-2", 230.0).await;
    let open = alerts(&service, "?bbox=105.7,19,106,20").await;
    let ended = open[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(act(&service, &ended, "resolve", by("Lan")).await.status, 200);
    assert_eq!(service.post("/rules", &rule("trial", 300.0)).await.status, 201);
    let service = Service::again(service).await;
    assert_eq!(told(&alerts(&service, "").await), [of("air_very_unhealthy", "A-1", "raised")]);
    assert_eq!(service.get("/rules/trial", &[]).await.status, 200);
    for station in ["A-1", "A-2"] {
        aqi(&service, station, 240.0).await;
    }
    service.city.tick(Utc::now()).await.unwrap();
    assert_eq!(
        told(&alerts(&service, "").await),
        [of("air_very_unhealthy", "A-1", "raised")],
        "no second one of either"
    );
    assert_eq!(alerts(&service, "?status=resolved").await.len(), 1);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_muted_and_open_does_not_outlive_what_the_rule_asks_for() {
    let service = control_room().await;
    assert_eq!(service.post("/rules", &rule("trial", 50.0)).await.status, 201);
    aqi(&service, "A-1", 60.0).await;
    let id = alerts(&service, "").await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(act(&service, &id, "resolve", by("Lan")).await.status, 200);
    aqi(&service, "A-1", 61.0).await;
    assert_eq!(told(&alerts(&service, "").await), Vec::<[String; 3]>::new(), "it goes on, and somebody ended it");
    assert_eq!(service.send("DELETE", "/rules/trial", &[], "").await.status, 204);
    assert_eq!(service.post("/rules", &rule("trial", 50.0)).await.status, 201);
    let service = Service::again(service).await;
    aqi(&service, "A-1", 62.0).await;
    assert_eq!(told(&alerts(&service, "").await), [of("trial", "A-1", "raised")], "another rule, of the same id");
    let known = service.get("/rules/trial", &[]).await.json();
    let mut put = known.clone();
    put["when"]["above"] = json!(55.0);
    assert_eq!(service.send("PUT", "/rules/trial", &[JSON], &put.to_string()).await.status, 200, "as GET tells it");
    assert_eq!(told(&alerts(&service, "").await), Vec::<[String; 3]>::new(), "nobody asks for more than 50");
    aqi(&service, "A-1", 63.0).await;
    assert_eq!(told(&alerts(&service, "").await), [of("trial", "A-1", "raised")]);
    put["severity"] = json!("Minor");
    assert_eq!(service.send("PUT", "/rules/trial", &[JSON], &put.to_string()).await.status, 200);
    assert_eq!(told(&alerts(&service, "").await), [of("trial", "A-1", "raised")], "it asks for the same");
    service.stop().await;
}

/// The files that are shipped, with other words in one of them; without it, without words.
fn edited(file: &str, words: Option<(&str, &str)>) -> Catalog {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let folder = tempfile::tempdir().unwrap();
    for part in ["layers", "rules", "indicators", "scenes"] {
        std::fs::create_dir(folder.path().join(part)).unwrap();
        for entry in std::fs::read_dir(data.join(part)).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.path().join(part).join(entry.file_name())).unwrap();
        }
    }
    let path = folder.path().join(file);
    match words {
        Some((known, other)) => {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(known), "{text}");
            std::fs::write(&path, text.replace(known, other)).unwrap();
        }
        None => std::fs::remove_file(&path).unwrap(),
    }
    Catalog::read(folder.path()).unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_muted_and_open_does_not_outlive_what_a_file_asked_for() {
    const FILE: &str = "rules/air_very_unhealthy.toml";
    let service = control_room().await;
    for station in ["A-1", "A-2"] {
        aqi(&service, station, 230.0).await;
    }
    let id = alerts(&service, "?bbox=105.7,19,106,20").await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(act(&service, &id, "resolve", by("Lan")).await.status, 200);
    let open = [of("air_very_unhealthy", "A-1", "raised")];
    let service = service.again_with(edited(FILE, Some(("\"Severe\"", "\"Extreme\"")))).await;
    service.city.tick(Utc::now()).await.unwrap();
    assert_eq!(told(&alerts(&service, "").await), open, "it asks for the same");
    let service = service.again_with(edited(FILE, Some(("above = 200", "above = 220")))).await;
    assert_eq!(told(&alerts(&service, "").await), Vec::<[String; 3]>::new(), "nobody asks for more than 200");
    service.city.tick(Utc::now()).await.unwrap();
    let mut raised = told(&alerts(&service, "").await);
    raised.sort();
    let both = ["A-1", "A-2"].map(|station| of("air_very_unhealthy", station, "raised"));
    assert_eq!(raised, both, "and both are beyond 220: of the one what was ended was something else");
    let id = alerts(&service, "?bbox=105.7,19,106,20").await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(act(&service, &id, "resolve", by("Lan")).await.status, 200);
    // The file is away for a while: its alert stays, and what was ended counts no more.
    let service = service.again_with(edited(FILE, None)).await;
    assert_eq!(told(&alerts(&service, "").await), open);
    let service = service.again_with(edited(FILE, Some(("above = 200", "above = 220")))).await;
    service.city.tick(Utc::now()).await.unwrap();
    let mut raised = told(&alerts(&service, "").await);
    raised.sort();
    assert_eq!(raised, both);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_of_a_rule_that_is_no_more_ends_with_its_feature() {
    let service = control_room().await;
    assert_eq!(service.post("/rules", &rule("trial", 50.0)).await.status, 201);
    for station in ["A-1", "A-2"] {
        aqi(&service, station, 60.0).await;
    }
    assert_eq!(service.send("DELETE", "/rules/trial", &[], "").await.status, 204);
    let layer = service.layer("air_stations").id.clone();
    service.commit(vec![Change::Remove { layer, id: FeatureId::new("A-1").unwrap() }]).await;
    assert_eq!(told(&alerts(&service, "").await), [of("trial", "A-2", "raised")]);
    let ended = &alerts(&service, "?status=resolved").await[0]["properties"];
    assert_eq!((&ended["feature"], &ended["rule"]), (&json!("A-1"), &json!("trial")));
    service.stop().await;
}

fn watching(id: &str, layer: &str, when: &Json) -> Json {
    json!({"id": id, "title": {"vi": "Thử", "en": "Trial"}, "layer": layer, "severity": "Minor", "when": when})
}

async fn take(service: &Service, reading: Json) {
    let answer = service.post("/observations", &reading).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

async fn raised(service: &Service, rule: &str) -> Vec<Json> {
    let all = alerts(service, "?status=raised,acknowledged,resolved").await;
    all.into_iter().filter(|alert| alert["properties"]["rule"] == rule).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_with_what_had_begun() {
    let service = control_room().await;
    let now = Utc::now();
    let air = |minutes: i64, values: Json| json!({"layer": "air_stations", "feature": "A-1", "time": written(now - TimeDelta::minutes(minutes)), "values": values});
    let held = json!({"type": "threshold", "property": "aqi", "above": 80, "hold": "PT10M"});
    let risen = json!({"type": "change", "property": "pm25", "rise": 30, "over": "PT1H"});
    for rule in [watching("held", "air_stations", &held), watching("risen", "air_stations", &risen)] {
        assert_eq!(service.post("/rules", &rule).await.status, 201);
    }
    for (minutes, values) in [
        (20, json!({"aqi": 90, "pm25": 10})),
        (15, json!({"aqi": 70})),
        (8, json!({"aqi": 90, "pm25": 12})),
        (1, json!({"aqi": 91})),
    ] {
        take(&service, air(minutes, values)).await;
    }
    let service = Service::again(service).await;
    take(&service, air(0, json!({"pm25": 41}))).await;
    assert_eq!(raised(&service, "risen").await.len(), 1, "from 10 to 41 within the hour, with a restart in between");
    service.city.tick(now + TimeDelta::minutes(1)).await.unwrap();
    assert_eq!(raised(&service, "held").await.len(), 0, "for nine minutes");
    service.city.tick(now + TimeDelta::minutes(3)).await.unwrap();
    assert_eq!(
        raised(&service, "held").await.len(),
        1,
        "for eleven minutes, of which a reading after the restart tells one"
    );
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_knows_what_has_not_been_left() {
    let service = Service::with_operations().await;
    let (vessels, zones) = (service.layer("vessels"), service.layer("hazard_zones"));
    let square = [[106.0, 18.6], [106.1, 18.6], [106.1, 18.7], [106.0, 18.7], [106.0, 18.6]];
    let fence = Feature {
        layer: zones.id.clone(),
        id: FeatureId::new("Z").unwrap(),
        geometry: Geometry::from_geo(Polygon::new(LineString::from(square.to_vec()), Vec::new()).into()).unwrap(),
        properties: vec![None; zones.fields.len()],
    };
    service
        .commit(vec![Change::Put(fence), at(&vessels, "V-1", [106.05, 18.5]), at(&vessels, "V-2", [106.05, 18.5])])
        .await;
    let entered = json!({"type": "enter", "fence": "hazard_zones", "margin": 500});
    assert_eq!(service.post("/rules", &watching("entered", "vessels", &entered)).await.status, 201);
    let now = Utc::now();
    let sail = |vessel: &'static str, minutes: i64, lat: f64| json!({"layer": "vessels", "feature": vessel, "time": written(now - TimeDelta::minutes(minutes)), "lon": 106.05, "lat": lat});
    // Some 200 m south of the border: V-1 was inside before, V-2 comes from outside.
    for reading in [sail("V-1", 9, 18.65), sail("V-1", 8, 18.5982), sail("V-2", 9, 18.55), sail("V-2", 8, 18.5982)] {
        take(&service, reading).await;
    }
    let first = raised(&service, "entered").await;
    assert_eq!(first.len(), 1);
    let id = first[0]["id"].as_str().unwrap();
    assert_eq!(act(&service, id, "resolve", by("Lan")).await.status, 200);
    let service = Service::again(service).await;
    take(&service, sail("V-1", 1, 18.601)).await;
    assert_eq!(raised(&service, "entered").await.len(), 1, "it jitters on the border");
    take(&service, sail("V-2", 1, 18.601)).await;
    let all = raised(&service, "entered").await;
    let who: Vec<&str> = all.iter().filter_map(|alert| alert["properties"]["feature"].as_str()).collect();
    assert!(who.len() == 2 && who.contains(&"V-2"), "{who:?}");
    service.stop().await;
}
