//! Files in: one feature at a time from a file to rows that the rest may trust.
//!
//! The walk: `format` (what is it?) -> a reader -> `import`: `crs`, then record by record through the `door`: `fields`,
//! `repair` (`validity`, `mend`), `shift` -> rows and a report.

pub mod body;
mod csv;
mod door;
pub mod edges;
pub mod encoding;
pub mod fields;
mod flatgeobuf;
mod format;
pub mod geojson;
mod geojsonseq;
mod gpkg;
pub mod gtfs;
pub mod import;
pub mod indications;
mod input;
pub mod members;
pub mod mend;
pub mod message;
pub mod ngsi;
mod periods;
pub mod place;

pub mod read;
pub mod reading;
pub mod refusals;
mod relay;
pub mod repair;
pub mod report;
mod shapefile;
pub mod shift;
pub mod source;
pub mod validity;
pub mod values;

mod wkb;
mod wkt;

pub use encoding::Encoding;
pub use import::{Existing, ImportError, ImportOptions, Mode, import};
pub use read::{ReadError, ReadOptions, open};
pub use report::{Fault, Reason, Refusal, Repair, Report};
pub use source::{Format, Raw, RawGeometry, Record, Source};

/// A small layer of points for the tests of this room.
#[cfg(test)]
fn test_layer() -> crate::model::Layer {
    use crate::geo::GeometryKind;
    use crate::model::layer::Code;
    use crate::model::style::{Group, Style};
    use crate::model::{Audience, Field, FieldType, Layer, LayerId, Title};

    let title = |text: &str| Title { vi: text.into(), en: text.into() };
    let field = |name: &str, field_type, required, aliases: &[&str]| Field {
        name: name.into(),
        field_type,
        unit: None,
        title: title(name),
        codes: Vec::new(),
        required,
        searchable: false,
        audience: Audience::Public,
        aliases: aliases.iter().map(|&alias| alias.into()).collect(),
    };
    let code = |code: &str, title: Title, aliases: &[&str]| Code {
        code: code.into(),
        title,
        color: None,
        aliases: aliases.iter().map(|&alias| alias.into()).collect(),
    };
    let codes = vec![code("A", title("Alpha"), &[]), code("B", title("Beta"), &["đất ở"])];
    Layer {
        id: LayerId::new("things").expect("a name"),
        title: title("things"),
        description: title("things"),
        agency: title("agency"),
        source: String::new(),
        licence: String::new(),
        attribution: String::new(),
        geometry: GeometryKind::Point,
        id_field: field("code", FieldType::Text, true, &["id"]),
        numbered: false,
        fields: vec![
            field("name", FieldType::Text, true, &["TEN_XA", "title"]),
            field("height", FieldType::Real, false, &[]),
            Field { codes, ..field("kind", FieldType::Code, false, &[]) },
        ],
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
