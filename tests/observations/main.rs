//! What is measured, over real sockets: taken in, told again, and told at once to those who listen.

#[path = "../support/mod.rs"]
mod support;

mod as_of;
mod board;
mod fiware;
mod groups;
mod history;
mod listening;
mod taking;
mod tiles;
mod wall;

use std::sync::Arc;

use citylayers::geo::Geometry;
use citylayers::model::{Change, Feature, FeatureId, Layer};
use geo_types::Point;
use serde_json::{Value as Json, json};
use support::service::{Answer, Service};

const JSON: (&str, &str) = ("content-type", "application/json");

/// A feature with nothing but a place.
fn at(layer: &Layer, id: &str, [lon, lat]: [f64; 2]) -> Change {
    Change::Put(Feature {
        layer: layer.id.clone(),
        id: FeatureId::new(id).expect("not empty"),
        geometry: Geometry::Point(Point::new(lon, lat)),
        properties: vec![None; layer.fields.len()],
    })
}

/// A service that takes readings of two car parks, an air station and a vessel.
async fn observing() -> Service {
    let service = Service::with_observations().await;
    let layer = |name: &str| -> Arc<Layer> { service.layer(name) };
    let changes = vec![
        at(&layer("parking"), "P-1", [105.68, 18.67]),
        at(&layer("parking"), "P-2", [105.90, 19.74]),
        at(&layer("air_stations"), "A-1", [105.69, 18.68]),
        at(&layer("vessels"), "NA-1", [106.0, 18.9]),
    ];
    service.commit(changes).await;
    service
}

async fn post(service: &Service, body: &Json) -> Answer {
    service.send("POST", "/observations", &[JSON], &body.to_string()).await
}

fn free(feature: &str, time: &str, free: f64) -> Json {
    json!({"layer": "parking", "feature": feature, "time": time, "values": {"free": free}})
}

/// Moments of today: readings of last year are too old to be taken.
fn today(clock: &str) -> String {
    format!("{}T{clock}Z", (chrono::Utc::now() - chrono::TimeDelta::days(1)).date_naive())
}
