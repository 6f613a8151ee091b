//! Layers made by hand.

use std::sync::Arc;

use citylayers::geo::GeometryKind;
use citylayers::model::style::{Group, Style};
use citylayers::model::{Audience, Field, FieldType, Layer, LayerId, Title};

/// A field of every type, named after it.
pub const EVERY_TYPE: [(&str, FieldType); 7] = [
    ("a_text", FieldType::Text),
    ("a_code", FieldType::Code),
    ("an_integer", FieldType::Integer),
    ("a_real", FieldType::Real),
    ("a_boolean", FieldType::Boolean),
    ("a_date", FieldType::Date),
    ("a_moment", FieldType::DateTime),
];

/// A layer with the id field `code`.
pub fn layer(id: &str, geometry: GeometryKind, id_type: FieldType, fields: &[(&str, FieldType)]) -> Arc<Layer> {
    Arc::new(Layer {
        id: LayerId::new(id).expect("a layer id"),
        title: title(id),
        description: title("mô tả"),
        agency: title("cơ quan"),
        source: String::new(),
        licence: String::new(),
        attribution: String::new(),
        geometry,
        id_field: field("code", id_type),
        numbered: false,
        fields: fields.iter().map(|&(name, field_type)| field(name, field_type)).collect(),
        minzoom: 0,
        maxzoom: 14,
        extent: None,
        audience: Audience::Public,
        thinning: None,
        cluster: None,
        planning: None,
        fiware: Vec::new(),
        validity: None,
        observed: Vec::new(),
        moving: false,
        retention_days: None,
        silent_after: 3600,
        style: Style {
            color: "#3366cc".to_owned(),
            outline: None,
            opacity: 1.0,
            width: 1.0,
            radius: 4.0,
            color_by: None,
            value: None,
            label: None,
            hide: None,
            order: 0,
            visible: true,
            group: Group::Boundaries,
        },
    })
}

/// A layer of each geometry kind with fields of every type; the lines have numbers for ids.
pub fn every_kind() -> [Arc<Layer>; 3] {
    [
        layer("street_lights", GeometryKind::Point, FieldType::Text, &EVERY_TYPE),
        layer("roads", GeometryKind::Line, FieldType::Integer, &EVERY_TYPE),
        layer("wards", GeometryKind::Polygon, FieldType::Text, &EVERY_TYPE),
    ]
}

fn field(name: &str, field_type: FieldType) -> Field {
    Field {
        name: name.to_owned(),
        field_type,
        unit: None,
        title: title(name),
        codes: Vec::new(),
        required: false,
        searchable: false,
        audience: Audience::Public,
        aliases: Vec::new(),
    }
}

fn title(text: &str) -> Title {
    Title { vi: format!("Lớp {text}"), en: format!("Layer {text}") }
}
