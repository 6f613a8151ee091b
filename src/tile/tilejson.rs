//! `TileJSON` 3.0.0: what a client needs to know before it asks for tiles.

use serde_json::{Value, json};

use super::Format;
use crate::geo::BBox;
use crate::model::alert::ALERTS;
use crate::model::{Audience, Field, FieldType, Layer};

/// What is told of one layer.
#[derive(Clone, Debug)]
pub struct Described {
    /// The layer as tiles have it.
    pub layer: Layer,
    /// The box around its features, when it has any.
    pub bbox: Option<BBox>,
    /// Zooms that leave features out, and how many of the whole layer.
    pub left_out: Vec<(u8, usize)>,
}

impl Described {
    /// Where a client asks for tiles: it would draw nothing outside. What moves, and alerts, may be anywhere in the layer's extent before
    /// it asks for this document again.
    fn reach(&self) -> Option<BBox> {
        let comes_and_goes = self.layer.moving || self.layer.id.as_str() == ALERTS;
        if !comes_and_goes {
            return self.bbox;
        }
        let extent = self.layer.extent.unwrap_or(BBox::WORLD);
        Some(self.bbox.map_or(extent, |bbox| bbox.union(extent)))
    }
}

/// The document for tiles of `described`. `tiles` is the absolute URL template of tiles in `format`.
#[must_use]
pub fn tilejson(described: &[Described], tiles: &str, format: Format, audience: Audience) -> Value {
    let now = described.iter().filter_map(|of| of.bbox).reduce(BBox::union);
    let bounds = described.iter().filter_map(Described::reach).reduce(BBox::union).unwrap_or(BBox::WORLD);
    let middle = now.unwrap_or(bounds);
    let layers: Vec<&Layer> = described.iter().map(|of| &of.layer).collect();
    let minzoom = layers.iter().map(|layer| layer.minzoom).min().unwrap_or(0);
    let maxzoom = layers.iter().map(|layer| layer.maxzoom).max().unwrap_or(0);
    let mut attributions: Vec<&str> = Vec::new();
    for layer in &layers {
        if !attributions.contains(&layer.attribution.as_str()) {
            attributions.push(&layer.attribution);
        }
    }
    json!({
        "tilejson": "3.0.0",
        "name": layers.iter().map(|layer| layer.title.vi.as_str()).collect::<Vec<_>>().join(", "),
        "description": layers.iter().map(|layer| layer.description.vi.as_str()).collect::<Vec<_>>().join(" "),
        "version": "1.0.0",
        "attribution": attributions.join(" | "),
        "scheme": "xyz",
        "format": if format == Format::Mvt { "pbf" } else { format.name() },
        "encoding": format.name(),
        "tiles": [tiles],
        "minzoom": minzoom,
        "maxzoom": maxzoom,
        "bounds": bounds.to_array(),
        "center": [f64::midpoint(middle.west, middle.east), f64::midpoint(middle.south, middle.north), minzoom],
        "vector_layers": described.iter().map(|of| vector_layer(of, audience)).collect::<Vec<_>>(),
    })
}

/// `left_out` is a member of ours: zoom, and the features of the layer that its tiles do not show.
fn vector_layer(Described { layer, left_out, .. }: &Described, audience: Audience) -> Value {
    let left_out: serde_json::Map<String, Value> =
        left_out.iter().map(|(zoom, count)| (zoom.to_string(), json!(count))).collect();
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
        "left_out": left_out,
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
