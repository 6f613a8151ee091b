//! `GET /catalog`: the layers and fields that an audience may see, with what the atlas knows of them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::Catalog;
use crate::geo::BBox;
use crate::model::layer::{Clustering, Code, KNOWN, Observed, Thinning};
use crate::model::planning::{Planning, Role};
use crate::model::style::Style;
use crate::model::{Audience, Field, FieldType, Layer, LayerId, Title};

/// What is known of a layer's features, from outside the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LayerFacts {
    /// How many there are.
    pub count: usize,
    /// The box around all of them, in degrees; `None` without features.
    pub bbox: Option<BBox>,
    /// Whether they come from the demo and not from a file.
    pub demo: bool,
    /// Whether they are the `stops` or the `routes` of a timetable.
    pub timetable: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct CatalogJson<'a> {
    title: &'a Title,
    version: &'static str,
    bbox: Option<[f64; 4]>,
    layers: Vec<LayerJson<'a>>,
}

#[derive(Debug, Serialize)]
struct LayerJson<'a> {
    id: &'a LayerId,
    title: &'a Title,
    description: &'a Title,
    agency: &'a Title,
    source: &'a str,
    licence: &'a str,
    attribution: &'a str,
    geometry: String,
    id_field: &'a str,
    fields: Vec<FieldJson<'a>>,
    minzoom: u8,
    maxzoom: u8,
    audience: Audience,
    thinning: Option<ThinningJson<'a>>,
    cluster: Option<ClusterJson<'a>>,
    planning: Option<PlanningJson<'a>>,
    validity: Option<ValidityJson<'a>>,
    observed: &'a [Observed],
    moving: bool,
    retention_days: Option<u16>,
    silent_after: u32,
    bbox: Option<[f64; 4]>,
    count: usize,
    demo: bool,
    timetable: Option<&'static str>,
    style: Style,
    tiles: String,
    tilejson: String,
}

#[derive(Debug, Serialize)]
struct FieldJson<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    field_type: FieldType,
    unit: Option<&'a str>,
    title: &'a Title,
    codes: &'a [Code],
    required: bool,
    searchable: bool,
}

#[derive(Debug, Serialize)]
struct ClusterJson<'a> {
    max_zoom: u8,
    cell: u32,
    sum: Vec<&'a str>,
    totals: Vec<TotalJson<'a>>,
}

#[derive(Debug, Serialize)]
struct TotalJson<'a> {
    name: &'a str,
    title: &'a Title,
    unit: Option<&'a str>,
    of: &'a str,
    known: String,
    range: Option<[f64; 2]>,
}

#[derive(Debug, Serialize)]
struct PlanningJson<'a> {
    role: Role,
    code: Option<&'a str>,
    version: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct ValidityJson<'a> {
    from: Option<&'a str>,
    to: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct ThinningJson<'a> {
    base_zoom: u8,
    rate: f64,
    by: Option<ByJson<'a>>,
    merge: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct ByJson<'a> {
    field: &'a str,
    zooms: BTreeMap<&'a str, u8>,
}

/// The catalogue for readers of `audience`; what they may not see is left out, not marked. A layer without facts counts
/// as empty.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "the answer is texts, numbers and maps by text")]
pub fn catalog_json(catalog: &Catalog, audience: Audience, facts: &BTreeMap<LayerId, LayerFacts>) -> Value {
    let seen: Vec<(&Layer, LayerFacts)> = (catalog.layers().iter())
        .filter(|layer| audience.may_see(layer.audience))
        .map(|layer| (&**layer, facts.get(&layer.id).copied().unwrap_or_default()))
        .collect();
    let answer = CatalogJson {
        title: catalog.title(),
        version: env!("CARGO_PKG_VERSION"),
        bbox: seen.iter().filter_map(|(_, facts)| facts.bbox).reduce(BBox::union).map(BBox::to_array),
        layers: seen.into_iter().map(|(layer, facts)| layer_json(layer, audience, facts)).collect(),
    };
    serde_json::to_value(answer).expect("texts, numbers and maps by text are JSON")
}

fn layer_json(layer: &Layer, audience: Audience, facts: LayerFacts) -> LayerJson<'_> {
    let fields =
        || std::iter::once(&layer.id_field).chain(&layer.fields).filter(|field| audience.may_see(field.audience));
    let seen = |name: &String| fields().any(|field| field.name == *name);
    let style = Style {
        color_by: layer.style.color_by.clone().filter(seen),
        label: layer.style.label.clone().filter(seen),
        ..layer.style.clone()
    };
    LayerJson {
        id: &layer.id,
        title: &layer.title,
        description: &layer.description,
        agency: &layer.agency,
        source: &layer.source,
        licence: &layer.licence,
        attribution: &layer.attribution,
        geometry: layer.geometry.to_string(),
        id_field: &layer.id_field.name,
        fields: fields().map(field_json).collect(),
        minzoom: layer.minzoom,
        maxzoom: layer.maxzoom,
        audience: layer.audience,
        thinning: layer.thinning.as_ref().map(|thinning| thinning_json(thinning, layer, audience)),
        cluster: layer.cluster.as_ref().map(|clustering| cluster_json(clustering, layer, audience)),
        planning: layer.planning.as_ref().map(|planning| planning_json(planning, layer, audience)),
        validity: layer.validity.map(|validity| ValidityJson {
            from: validity.from.and_then(|field| seen_field(layer, field, audience)),
            to: validity.to.and_then(|field| seen_field(layer, field, audience)),
        }),
        observed: &layer.observed,
        moving: layer.moving,
        retention_days: layer.retention_days,
        silent_after: layer.silent_after,
        bbox: facts.bbox.map(BBox::to_array),
        count: facts.count,
        demo: facts.demo,
        timetable: facts.timetable,
        style,
        tiles: format!("/tiles/{}/{{z}}/{{x}}/{{y}}.mvt", layer.id),
        tilejson: format!("/tiles/{}.json", layer.id),
    }
}

fn field_json(field: &Field) -> FieldJson<'_> {
    FieldJson {
        name: &field.name,
        field_type: field.field_type,
        unit: field.unit.as_deref(),
        title: &field.title,
        codes: &field.codes,
        required: field.required,
        searchable: field.searchable,
    }
}

fn cluster_json<'a>(clustering: &'a Clustering, layer: &'a Layer, audience: Audience) -> ClusterJson<'a> {
    let summed = clustering.sums.iter().filter_map(|&field| layer.fields.get(field));
    let sum = summed.filter(|field| audience.may_see(field.audience)).map(|field| field.name.as_str()).collect();
    let totals = clustering.totals.iter().filter_map(|total| {
        let observed = layer.observed.get(total.of)?;
        Some(TotalJson {
            name: &total.name,
            title: &total.title,
            unit: observed.unit.as_deref().filter(|_| total.range.is_none()),
            of: &observed.name,
            known: format!("{}{KNOWN}", observed.name),
            range: total.range,
        })
    });
    ClusterJson { max_zoom: clustering.max_zoom, cell: clustering.cell, sum, totals: totals.collect() }
}

fn planning_json<'a>(planning: &Planning, layer: &'a Layer, audience: Audience) -> PlanningJson<'a> {
    let version = planning.version.iter().filter_map(|&field| seen_field(layer, field, audience)).collect();
    let code = planning.code.and_then(|field| seen_field(layer, field, audience));
    PlanningJson { role: planning.role, code, version }
}

/// The name of a field that the audience may see.
fn seen_field(layer: &Layer, field: usize, audience: Audience) -> Option<&str> {
    layer.fields.get(field).filter(|field| audience.may_see(field.audience)).map(|field| field.name.as_str())
}

fn thinning_json<'a>(thinning: &'a Thinning, layer: &'a Layer, audience: Audience) -> ThinningJson<'a> {
    let by = thinning.by.as_ref().and_then(|by| {
        let field = layer.fields.get(by.field).filter(|field| audience.may_see(field.audience))?;
        Some(ByJson { field: &field.name, zooms: by.zooms.iter().map(|(code, zoom)| (code.as_str(), *zoom)).collect() })
    });
    let fields = thinning.merge.iter().filter_map(|&field| layer.fields.get(field));
    let merge = fields.filter(|field| audience.may_see(field.audience)).map(|field| field.name.as_str()).collect();
    ThinningJson { base_zoom: thinning.base_zoom, rate: thinning.rate, by, merge }
}
