//! A layer's TOML file, key by key, with the place of whatever is checked against something else later.

use toml::Spanned;

use super::by_value::ByValueFile;
use super::cluster::ClusterFile;
use super::fiware::FiwareFile;
use super::observed::{self, ObservedFile};
use super::planning::{PlanningFile, ValidityFile};
use super::scalar;
use super::table::{Page, Table, parsed};
use crate::geo::{BBox, GeometryKind};
use crate::model::style::Group;
use crate::model::{Audience, FieldType, Title};

/// The file as it stands. `None` is absent, or was wrong and is noted.
pub struct LayerFile {
    pub id: Option<Spanned<String>>,
    pub title: Option<Title>,
    pub description: Option<Title>,
    pub agency: Option<Title>,
    pub source: Option<String>,
    pub licence: Option<String>,
    pub attribution: Option<String>,
    pub geometry: Option<GeometryKind>,
    pub id_field: Option<FieldFile>,
    pub numbered: bool,
    pub fields: Vec<FieldFile>,
    pub zoom: Option<(u8, u8)>,
    pub extent: Option<BBox>,
    pub audience: Audience,
    pub thinning: Option<ThinningFile>,
    pub cluster: Option<ClusterFile>,
    pub planning: Option<PlanningFile>,
    pub validity: Option<ValidityFile>,
    pub observed: Vec<ObservedFile>,
    pub moving: Option<Spanned<bool>>,
    pub retention_days: Option<Spanned<u16>>,
    pub fiware: Vec<FiwareFile>,
    pub silent_after: Option<Spanned<u32>>,
    pub style: Option<StyleFile>,
}

/// `[id_field]` or one `[[field]]`.
pub struct FieldFile {
    pub place: Place,
    pub name: Option<Spanned<String>>,
    pub field_type: Option<FieldType>,
    pub unit: Option<String>,
    pub title: Option<Title>,
    pub codes: Vec<CodeFile>,
    /// The layer whose field of the same name has the codes.
    pub codes_of: Option<Spanned<String>>,
    pub required: bool,
    pub searchable: bool,
    pub audience: Audience,
    pub aliases: Vec<Spanned<String>>,
}

/// Bytes of the file.
pub type Place = std::ops::Range<usize>;

/// One of a field's `codes`.
pub struct CodeFile {
    pub code: Option<Spanned<String>>,
    pub title: Option<Title>,
    pub color: Option<String>,
    pub aliases: Vec<Spanned<String>>,
}

/// `[thinning]`.
pub struct ThinningFile {
    pub base_zoom: Option<Spanned<u8>>,
    pub rate: Option<f64>,
    pub by: Option<ByFile>,
    pub merge: Vec<Spanned<String>>,
}

/// `[thinning.by]`.
pub struct ByFile {
    pub field: Option<Spanned<String>>,
    pub zooms: Vec<(Spanned<String>, Spanned<u8>)>,
}

/// `[style]`.
pub struct StyleFile {
    pub color: Option<String>,
    pub outline: Option<String>,
    pub opacity: f64,
    pub width: f64,
    pub radius: f64,
    pub color_by: Option<Spanned<String>>,
    pub value: Option<ByValueFile>,
    pub label: Option<Spanned<String>>,
    pub hide: Option<HideFile>,
    pub order: i64,
    pub visible: bool,
    pub group: Option<Group>,
}

/// `[style.hide]`.
pub struct HideFile {
    pub field: Option<Spanned<String>>,
    pub codes: Vec<Spanned<String>>,
}

impl LayerFile {
    /// Takes every key of `table`; what is wrong or unknown is noted on `page`.
    pub fn read(page: &mut Page, mut table: Table) -> Self {
        let file = Self {
            id: table.required(page, "id", scalar::name),
            title: table.title(page, "title"),
            description: table.title(page, "description"),
            agency: table.title(page, "agency"),
            source: table.required(page, "source", scalar::text).map(Spanned::into_inner),
            licence: table.required(page, "licence", scalar::text).map(Spanned::into_inner),
            attribution: table.required(page, "attribution", scalar::text).map(Spanned::into_inner),
            geometry: table.required(page, "geometry", scalar::geometry).map(Spanned::into_inner),
            id_field: table.required_table(page, "id_field").map(|table| FieldFile::read_id(page, table)),
            numbered: or_false(table.optional(page, "numbered", scalar::flag)),
            fields: table.tables(page, "field").into_iter().map(|table| FieldFile::read(page, table)).collect(),
            zoom: table.required(page, "zoom", scalar::zooms).map(Spanned::into_inner),
            extent: table.optional(page, "extent", scalar::extent).map(Spanned::into_inner),
            audience: table.optional(page, "audience", scalar::audience).map(Spanned::into_inner).unwrap_or_default(),
            thinning: table.table(page, "thinning").map(|table| ThinningFile::read(page, table)),
            cluster: table.table(page, "cluster").map(|table| ClusterFile::read(page, table)),
            planning: table.table(page, "planning").map(|table| PlanningFile::read(page, table)),
            validity: table.table(page, "validity").map(|table| ValidityFile::read(page, table)),
            observed: table.tables(page, "observed").into_iter().map(|table| ObservedFile::read(page, table)).collect(),
            moving: table.optional(page, "moving", scalar::flag),
            retention_days: table.optional(page, "retention_days", observed::days),
            fiware: table.tables(page, "fiware").into_iter().map(|table| FiwareFile::read(page, table)).collect(),
            silent_after: table.optional(page, "silent_after", observed::seconds),
            style: table.required_table(page, "style").map(|table| StyleFile::read(page, table)),
        };
        table.finish(page);
        file
    }
}

impl FieldFile {
    fn read(page: &mut Page, mut table: Table) -> Self {
        let field = Self {
            place: table.span(),
            name: table.required(page, "name", scalar::name),
            field_type: table.required(page, "type", scalar::field_type).map(Spanned::into_inner),
            unit: table.optional(page, "unit", scalar::text).map(Spanned::into_inner),
            title: table.title(page, "title"),
            codes: table.tables(page, "codes").into_iter().map(|table| CodeFile::read(page, table)).collect(),
            codes_of: table.optional(page, "codes_of", scalar::name),
            required: or_false(table.optional(page, "required", scalar::flag)),
            searchable: or_false(table.optional(page, "searchable", scalar::flag)),
            audience: table.optional(page, "audience", scalar::audience).map(Spanned::into_inner).unwrap_or_default(),
            aliases: table.texts(page, "aliases"),
        };
        table.finish(page);
        field
    }

    /// The field that names a feature is always there and seen by all.
    fn read_id(page: &mut Page, mut table: Table) -> Self {
        let field = Self {
            place: table.span(),
            name: table.required(page, "name", scalar::name),
            field_type: Some(
                table.optional(page, "type", scalar::id_type).map_or(FieldType::Text, Spanned::into_inner),
            ),
            unit: None,
            title: table.title(page, "title"),
            codes: Vec::new(),
            codes_of: None,
            required: true,
            searchable: false,
            audience: Audience::Public,
            aliases: table.texts(page, "aliases"),
        };
        table.finish(page);
        field
    }
}

impl CodeFile {
    fn read(page: &mut Page, mut table: Table) -> Self {
        let code = Self {
            code: table.required(page, "code", scalar::text),
            title: table.title(page, "title"),
            color: table.optional(page, "color", scalar::color).map(Spanned::into_inner),
            aliases: table.texts(page, "aliases"),
        };
        table.finish(page);
        code
    }
}

impl ThinningFile {
    fn read(page: &mut Page, mut table: Table) -> Self {
        let thinning = Self {
            base_zoom: table.required(page, "base_zoom", scalar::zoom),
            rate: table.required(page, "rate", scalar::rate).map(Spanned::into_inner),
            by: table.table(page, "by").map(|table| ByFile::read(page, table)),
            merge: table.texts(page, "merge"),
        };
        table.finish(page);
        thinning
    }
}

impl ByFile {
    fn read(page: &mut Page, mut table: Table) -> Self {
        let field = table.required(page, "field", scalar::name);
        let zooms = table.required_table(page, "zooms").map(|zooms| {
            zooms
                .rest()
                .filter_map(|(code, zoom)| {
                    let zoom = parsed(page, code.get_ref(), &zoom, scalar::zoom)?;
                    Some((code, zoom))
                })
                .collect()
        });
        table.finish(page);
        Self { field, zooms: zooms.unwrap_or_default() }
    }
}

impl StyleFile {
    fn read(page: &mut Page, mut table: Table) -> Self {
        let style = Self {
            color: table.required(page, "color", scalar::color).map(Spanned::into_inner),
            outline: table.optional(page, "outline", scalar::color).map(Spanned::into_inner),
            opacity: table.optional(page, "opacity", scalar::share).map_or(1.0, Spanned::into_inner),
            width: table.optional(page, "width", scalar::pixels).map_or(1.0, Spanned::into_inner),
            radius: table.optional(page, "radius", scalar::pixels).map_or(4.0, Spanned::into_inner),
            color_by: table.optional(page, "color_by", scalar::name),
            value: table.table(page, "value").map(|table| ByValueFile::read(page, table)),
            label: table.optional(page, "label", scalar::name),
            hide: table.table(page, "hide").map(|table| HideFile::read(page, table)),
            order: table.optional(page, "order", scalar::whole).map_or(0, Spanned::into_inner),
            visible: or_false(table.optional(page, "visible", scalar::flag)),
            group: table.required(page, "group", scalar::group).map(Spanned::into_inner),
        };
        table.finish(page);
        style
    }
}

impl HideFile {
    fn read(page: &mut Page, mut table: Table) -> Self {
        let hide = Self { field: table.required(page, "field", scalar::name), codes: table.texts(page, "codes") };
        table.finish(page);
        hide
    }
}

fn or_false(flag: Option<Spanned<bool>>) -> bool {
    flag.is_some_and(Spanned::into_inner)
}
