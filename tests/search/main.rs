//! The search for names: against a look at every text, over real and made units, and over real sockets.

#[path = "../support/mod.rs"]
mod support;

mod hostile;
mod http;
mod oracle;
mod units;

use std::sync::Arc;

use citylayers::catalog::Catalog;
use citylayers::geo::Geometry;
use citylayers::index::LayerIndex;
use citylayers::index::names::{Asked, Hit, Near, search};
use citylayers::model::{Audience, Feature, FeatureId, FieldType, Layer, LayerId, Value};
use geo_types::{Coord, LineString, MultiLineString, MultiPolygon, Point, Rect};

/// A layer of the shipped catalogue.
fn layer(id: &str) -> Arc<Layer> {
    let catalog = Catalog::shipped().expect("the shipped catalogue reads");
    Arc::clone(catalog.layer(&LayerId::new(id).expect("a layer id")).expect("a shipped layer"))
}

/// A feature around a place, with some texts.
fn feature(layer: &Layer, id: &str, [x, y]: [f64; 2], texts: &[(&str, &str)]) -> Feature {
    let geometry = match layer.geometry {
        citylayers::geo::GeometryKind::Point => Geometry::Point(Point::new(x, y)),
        citylayers::geo::GeometryKind::Line => {
            Geometry::Lines(MultiLineString(vec![LineString(vec![Coord { x, y }, Coord { x: x + 1e-4, y }])]))
        }
        citylayers::geo::GeometryKind::Polygon => {
            let square = Rect::new(Coord { x: x - 1e-3, y: y - 1e-3 }, Coord { x: x + 1e-3, y: y + 1e-3 });
            Geometry::Polygons(MultiPolygon(vec![square.to_polygon()]))
        }
    };
    let mut properties = vec![None; layer.fields.len()];
    for (name, text) in texts {
        let field = layer.field_index(name).unwrap_or_else(|| panic!("{} has a field {name}", layer.id));
        assert!(matches!(layer.fields[field].field_type, FieldType::Text | FieldType::Code));
        properties[field] = Some(Value::Text((*text).to_owned()));
    }
    Feature { layer: layer.id.clone(), id: FeatureId::new(id).expect("not empty"), geometry, properties }
}

fn asked(typed: &str, near: Option<[f64; 2]>, limit: usize) -> Asked {
    Asked::new(typed, near.map(Near::new), limit, Audience::Public)
}

/// What is found, all layers shown.
fn found(layers: &[Arc<LayerIndex>], asked: &Asked) -> Vec<Hit> {
    let layers: Vec<(Arc<LayerIndex>, bool)> = layers.iter().map(|index| (Arc::clone(index), true)).collect();
    search(&layers, asked).hits
}

/// The features of an answer as `layer/id`.
fn names(hits: &[Hit]) -> Vec<String> {
    hits.iter().map(|hit| format!("{}/{}", hit.found.rows.layer().id, hit.found.id())).collect()
}
