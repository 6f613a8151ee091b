//! Rules and alerts over real sockets: from a reading to an alert, to whoever listens, to people, to a webhook; and across a restart.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

#[path = "../support/mod.rs"]
mod support;

mod people;
mod rules;
mod webhook;

use chrono::{SecondsFormat, Utc};
use citylayers::model::{Change, Feature, FeatureId, Layer};
use serde_json::{Value as Json, json};
use support::service::{Answer, Service};

/// A feature with nothing but a place.
fn at(layer: &Layer, id: &str, [lon, lat]: [f64; 2]) -> Change {
    Change::Put(Feature {
        layer: layer.id.clone(),
        id: FeatureId::new(id).unwrap(),
        geometry: citylayers::geo::Geometry::Point(geo_types::Point::new(lon, lat)),
        properties: vec![None; layer.fields.len()],
    })
}

/// A service of a control room, with the shipped rules, two air stations and no readings.
async fn control_room() -> Service {
    let service = Service::with_operations().await;
    let stations = service.layer("air_stations");
    service.commit(vec![at(&stations, "A-1", [105.69, 18.68]), at(&stations, "A-2", [105.78, 19.80])]).await;
    service
}

/// A reading of now.
async fn aqi(service: &Service, station: &str, aqi: f64) {
    let time = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
    let reading = json!({"layer": "air_stations", "feature": station, "time": time, "values": {"aqi": aqi}});
    let answer = service.post("/observations", &reading).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

async fn alerts(service: &Service, query: &str) -> Vec<Json> {
    let answer = service.get(&format!("/alerts{query}"), &[]).await;
    assert_eq!(answer.status, 200, "{query}: {}", String::from_utf8_lossy(&answer.body));
    let document = answer.json();
    let features = document["features"].as_array().unwrap().clone();
    assert_eq!(document["numberReturned"], features.len());
    features
}

/// Rule, feature and status of each.
fn told(alerts: &[Json]) -> Vec<[String; 3]> {
    let text = |alert: &Json, name: &str| alert["properties"][name].as_str().unwrap().to_owned();
    alerts.iter().map(|alert| ["rule", "feature", "status"].map(|name| text(alert, name))).collect()
}

fn of(rule: &str, feature: &str, status: &str) -> [String; 3] {
    [rule, feature, status].map(str::to_owned)
}

async fn act(service: &Service, alert: &str, deed: &str, body: Json) -> Answer {
    service.post(&format!("/alerts/{alert}/{deed}"), &body).await
}

fn by(name: &str) -> Json {
    json!({"by": name})
}
