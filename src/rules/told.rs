//! An alert as everybody is told of it: GeoJSON.

use serde_json::{Value, json};

use crate::model::Alert;

/// A `Feature` (RFC 7946). `trail`: with everything that happened to it.
#[must_use]
pub fn geojson(alert: &Alert, trail: bool) -> Value {
    let Ok(Value::Object(mut properties)) = serde_json::to_value(alert) else { return Value::Null };
    // These stand elsewhere in a Feature, or are nobody's business outside.
    for name in ["id", "place", "webhooks"] {
        properties.remove(name);
    }
    if !trail {
        properties.remove("trail");
    }
    json!({
        "type": "Feature",
        "id": alert.id,
        "geometry": {"type": "Point", "coordinates": alert.place},
        "properties": properties,
    })
}
