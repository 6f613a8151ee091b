//! `TileJSON` 3.0.0: what a client needs to know before it asks for tiles.

use serde_json::{Value, json};

use super::Format;
use crate::geo::BBox;
use crate::model::{Audience, Field, FieldType, Layer};

/// The document for tiles of `layers`, each with the box around its features when it has any. `tiles` is the
/// absolute URL template of tiles in `format`.
#[must_use]
pub fn tilejson(layers: &[(&Layer, Option<BBox>)], tiles: &str, format: Format, audience: Audience) -> Value {
    let bounds = layers.iter().filter_map(|(_, bbox)| *bbox).reduce(BBox::union).unwrap_or(BBox::WORLD);
    let minzoom = layers.iter().map(|(layer, _)| layer.minzoom).min().unwrap_or(0);
    let maxzoom = layers.iter().map(|(layer, _)| layer.maxzoom).max().unwrap_or(0);
    let mut attributions: Vec<&str> = Vec::new();
    for (layer, _) in layers {
        if !attributions.contains(&layer.attribution.as_str()) {
            attributions.push(&layer.attribution);
        }
    }
    json!({
        "tilejson": "3.0.0",
        "name": layers.iter().map(|(layer, _)| layer.title.vi.as_str()).collect::<Vec<_>>().join(", "),
        "description": layers.iter().map(|(layer, _)| layer.description.vi.as_str()).collect::<Vec<_>>().join(" "),
        "version": "1.0.0",
        "attribution": attributions.join(" | "),
        "scheme": "xyz",
        "format": if format == Format::Mvt { "pbf" } else { format.name() },
        "encoding": format.name(),
        "tiles": [tiles],
        "minzoom": minzoom,
        "maxzoom": maxzoom,
        "bounds": bounds.to_array(),
        "center": [f64::midpoint(bounds.west, bounds.east), f64::midpoint(bounds.south, bounds.north), minzoom],
        "vector_layers": layers.iter().map(|(layer, _)| vector_layer(layer, audience)).collect::<Vec<_>>(),
    })
}

fn vector_layer(layer: &Layer, audience: Audience) -> Value {
    let seen = layer.fields.iter().filter(|field| audience.may_see(field.audience));
    let fields: serde_json::Map<String, Value> = std::iter::once(&layer.id_field)
        .chain(seen)
        .map(|field| (field.name.clone(), json!(describe(field))))
        .collect();
    json!({
        "id": layer.id,
        "description": layer.title.vi,
        "minzoom": layer.minzoom,
        "maxzoom": layer.maxzoom,
        "fields": fields,
    })
}

fn describe(field: &Field) -> String {
    let kind = match field.field_type {
        FieldType::Integer | FieldType::Real => "Number",
        FieldType::Boolean => "Boolean",
        FieldType::Text | FieldType::Code | FieldType::Date | FieldType::DateTime => "String",
    };
    match &field.unit {
        Some(unit) => format!("{kind}: {} ({unit})", field.title.vi),
        None => format!("{kind}: {}", field.title.vi),
    }
}
