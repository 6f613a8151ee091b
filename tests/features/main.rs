//! OGC API - Features, asked over real sockets.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    reason = "small numbers"
)]

#[path = "../support/mod.rs"]
mod support;

mod documents;
mod filtering;
mod paging;
mod place;
mod systems;
mod tilesets;
mod writing;

use citylayers::geo::Geometry;
use citylayers::model::{Change, Feature, FeatureId, Layer, Value};
use geo_types::{Coord, LineString, MultiPolygon, Point, Polygon};
use support::service::Service;

/// A lamp with nothing but a place and its number for a name.
fn lamp(layer: &Layer, id: &str, [lon, lat]: [f64; 2]) -> Feature {
    Feature {
        layer: layer.id.clone(),
        id: FeatureId::new(id).expect("not empty"),
        geometry: Geometry::Point(Point::new(lon, lat)),
        properties: vec![None; layer.fields.len()],
    }
}

/// A ward with a name and corners.
fn ward(layer: &Layer, id: &str, name: &str, corners: &[[f64; 2]]) -> Feature {
    let mut ring: LineString<f64> = corners.iter().map(|&[x, y]| Coord { x, y }).collect();
    ring.close();
    let mut properties = vec![None; layer.fields.len()];
    properties[layer.field_index("name").expect("a ward has a name")] = Some(Value::Text(name.to_owned()));
    let geometry = Geometry::Polygons(MultiPolygon(vec![Polygon::new(ring, Vec::new())]));
    Feature { layer: layer.id.clone(), id: FeatureId::new(id).expect("not empty"), geometry, properties }
}

/// A service with cameras at these places, named `C-0`, `C-1` ...
async fn with_cameras(places: &[[f64; 2]]) -> Service {
    let service = Service::start().await;
    let layer = service.layer("cameras");
    let lamps = places.iter().enumerate().map(|(number, &place)| lamp(&layer, &format!("C-{number}"), place));
    service.commit(lamps.map(Change::Put).collect()).await;
    service
}

/// The ids of an answer with features.
fn ids(document: &serde_json::Value) -> Vec<String> {
    let features = document["features"].as_array().expect("features");
    features.iter().map(|feature| feature["id"].as_str().expect("an id").to_owned()).collect()
}

/// The link of a relation, without the beginning that all share.
fn linked(document: &serde_json::Value, rel: &str, base: &str) -> Option<String> {
    let links = document["links"].as_array().expect("links");
    let found = links.iter().find(|link| link["rel"] == rel)?;
    let href = found["href"].as_str().expect("a URL");
    Some(href.strip_prefix(base).unwrap_or_else(|| panic!("{href} is not of {base}")).to_owned())
}
