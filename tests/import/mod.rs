//! Sources and layers made by hand: what the tests of the import have in common.

use std::sync::Arc;

use citylayers::geo::{BBox, GeometryKind};
use citylayers::ingest::{
    Existing, Format, ImportError, ImportOptions, Raw, RawGeometry, Record, Refusal, Report, Source, import,
};
use citylayers::model::style::{Group, Style};
use citylayers::model::{Audience, Field, FieldType, Layer, LayerId, Rows, Title};

pub fn field(name: &str, field_type: FieldType, required: bool) -> Field {
    Field {
        name: name.into(),
        field_type,
        unit: None,
        title: title(name),
        codes: Vec::new(),
        required,
        searchable: false,
        audience: Audience::Public,
        aliases: Vec::new(),
    }
}

fn title(text: &str) -> Title {
    Title { vi: text.into(), en: text.into() }
}

/// A layer with an id `code` and an optional text `name`.
pub fn layer(geometry: GeometryKind, extent: Option<BBox>) -> Layer {
    Layer {
        id: LayerId::new("things").unwrap(),
        title: title("things"),
        description: title("things"),
        agency: title("agency"),
        source: String::new(),
        licence: String::new(),
        attribution: String::new(),
        geometry,
        id_field: field("code", FieldType::Text, true),
        numbered: false,
        fields: vec![field("name", FieldType::Text, false)],
        minzoom: 0,
        maxzoom: 14,
        extent,
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
            color: "#000000".into(),
            outline: None,
            opacity: 1.0,
            width: 1.0,
            radius: 1.0,
            color_by: None,
            value: None,
            label: None,
            hide: None,
            order: 0,
            visible: true,
            group: Group::Planning,
        },
    }
}

/// A record with an id of its own and no fields.
pub fn record(row: u64, id: &str, geometry: RawGeometry) -> Record {
    Record {
        row,
        id: (!id.is_empty()).then(|| id.to_owned()),
        geometry: Some(geometry),
        had_z: false,
        fields: Vec::new(),
    }
}

/// The same with fields.
#[allow(dead_code, reason = "not every test crate has fields")]
pub fn with_fields(mut record: Record, fields: &[(&str, Raw)]) -> Record {
    record.fields = fields.iter().map(|(name, raw)| (Arc::from(*name), raw.clone())).collect();
    record
}

pub fn source(crs: Option<&str>, records: Vec<Result<Record, Refusal>>) -> Source {
    Source {
        format: Format::GeoJson,
        crs: crs.map(str::to_owned),
        encoding: "utf-8".into(),
        len: None,
        records: Box::new(records.into_iter()),
    }
}

/// Imports good records into an empty layer.
pub fn run(
    layer: Layer,
    crs: Option<&str>,
    records: Vec<Record>,
    options: &ImportOptions,
) -> Result<(Rows, Report), ImportError> {
    let source = source(crs, records.into_iter().map(Ok).collect());
    import(source, &Arc::new(layer), options, &Existing::nothing(), &|_| ())
}
