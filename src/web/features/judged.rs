//! A body at the door of the importers: what is taken of it, or every reason why not.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::area::way;
use super::geojson::Writer;
use super::schema::GEOMETRY;
use crate::crs::{Crs, OgcCrs};
use crate::index::LayerIndex;
use crate::index::page::Found;
use crate::ingest::report::{Fault, Reason, Refusal, Repair};
use crate::ingest::{Existing, ImportError, ImportOptions, Mode, Source, geojson, import};
use crate::model::{Audience, Layer, Rows, ValueRef};
use crate::web::error::Problem;

/// Faults that an answer lists.
const MOST_TOLD: usize = 100;

/// What can be kept.
pub struct Judged {
    /// The features.
    pub rows: Arc<Rows>,
    /// What was mended.
    pub repairs: Vec<Repair>,
}

/// The features of a body that a layer does not have yet.
pub fn many(
    bytes: &[u8],
    crs: &OgcCrs,
    layer: &Arc<Layer>,
    index: &LayerIndex,
    audience: Audience,
) -> Result<Judged, Problem> {
    let find = |id: &str| index.get(id).map(|feature| feature.geometry.bbox());
    let largest = if layer.numbered { index.largest_number() } else { 0 };
    judge(read(bytes)?, crs, layer, &Existing { find: &find, largest }, audience)
}

/// The one feature of a body, under an id, whatever the body says of it.
pub fn one(bytes: &[u8], crs: &OgcCrs, layer: &Arc<Layer>, id: &str, audience: Audience) -> Result<Judged, Problem> {
    let mut document: Json =
        serde_json::from_slice(bytes).map_err(|error| Problem::BadRequest(format!("the body is no JSON: {error}")))?;
    if document["type"] != "Feature" {
        return Err(Problem::BadRequest("a Feature takes the place of a feature; the body is none".to_owned()));
    }
    name(&mut document, layer, id);
    judge(read(document.to_string().as_bytes())?, crs, layer, &Existing::nothing(), audience)
}

/// A feature with some members exchanged (RFC 7396). Its geometry stays as it is unless the patch has one, which is in `crs`.
pub fn patched(
    before: &Found,
    bytes: &[u8],
    crs: &OgcCrs,
    layer: &Arc<Layer>,
    audience: Audience,
) -> Result<Judged, Problem> {
    let patch: Json = parsed(bytes)?;
    let Json::Object(members) = &patch else {
        return Err(Problem::BadRequest("a merge patch of a feature is an object".to_owned()));
    };
    check_members(members)?;
    let id = super::geojson::id(layer, before.id());
    let key = layer.id_field.name.as_str();
    let named = [members.get("id"), members.get("properties").and_then(|properties| properties.get(key))];
    if let Some(other) = named.into_iter().flatten().find(|other| **other != id) {
        return Err(Problem::Conflict(format!(
            "the id of a feature stays: it is {id} and cannot become {other}; put a new feature and remove this one"
        )));
    }
    let writer = Writer::new(OgcCrs::crs84(), way(&OgcCrs::crs84())?, audience);
    let mut text = Vec::new();
    writer.feature(&mut text, before);
    let mut document: Json = serde_json::from_slice(&text).map_err(|error| {
        tracing::error!(%error, "a feature that was written cannot be read");
        Problem::Internal
    })?;
    merge(&mut document, &patch);
    let crs = if members.contains_key(GEOMETRY) { crs.clone() } else { OgcCrs::crs84() };
    name(&mut document, layer, before.id());
    judge(read(document.to_string().as_bytes())?, &crs, layer, &Existing::nothing(), audience)
}

/// What is not part of a feature would be merged and lost.
fn check_members(members: &Map<String, Json>) -> Result<(), Problem> {
    const OF_FEATURES: [&str; 6] = ["type", "id", "geometry", "properties", "bbox", "links"];
    let unprocessable = |detail| Err(Problem::Unprocessable { detail, refusals: json!([]) });
    if let Some(other) = members.keys().find(|name| !OF_FEATURES.contains(&name.as_str())) {
        return unprocessable(format!("a feature has no member `{other}`: values belong into `properties`"));
    }
    if members.get(GEOMETRY).is_some_and(Json::is_null) {
        return unprocessable("the geometry of a feature cannot be taken away; DELETE removes the feature".to_owned());
    }
    Ok(())
}

fn parsed(bytes: &[u8]) -> Result<Json, Problem> {
    serde_json::from_slice(bytes).map_err(|error| Problem::BadRequest(format!("the body is no JSON: {error}")))
}

/// RFC 7396, section 2.
fn merge(target: &mut Json, patch: &Json) {
    let Json::Object(members) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Json::Object(Map::new());
    }
    for (name, value) in members {
        if value.is_null() {
            target.as_object_mut().and_then(|target| target.remove(name));
        } else {
            merge(&mut target[name], value);
        }
    }
}

/// Puts an id in the place of whatever names the feature.
fn name(document: &mut Json, layer: &Layer, id: &str) {
    document["id"] = json!(id);
    if let Some(properties) = document.get_mut("properties").and_then(Json::as_object_mut) {
        let aliases = layer.id_field.aliases.iter();
        let names: Vec<&String> = std::iter::once(&layer.id_field.name).chain(aliases).collect();
        properties.retain(|name, _| !names.iter().any(|alias| alias.eq_ignore_ascii_case(name)));
    } else if document.get("properties").is_none() {
        document["properties"] = Json::Null;
    }
}

fn read(bytes: &[u8]) -> Result<Source, Problem> {
    geojson::features(bytes).map_err(|refusal| Problem::BadRequest(refusal.fault.message))
}

fn judge(
    mut source: Source,
    crs: &OgcCrs,
    layer: &Arc<Layer>,
    existing: &Existing<'_>,
    audience: Audience,
) -> Result<Judged, Problem> {
    if crs.north_first() {
        source.records = Box::new(source.records.map(|record| {
            record.map(|mut record| {
                record.geometry.iter_mut().for_each(crate::ingest::RawGeometry::exchange_axes);
                record
            })
        }));
    }
    source.crs = Some(one_system(source.crs, crs)?);
    let options = ImportOptions { mode: Mode::Append, refuse_share: 0.0, ..ImportOptions::new("the body") };
    let (rows, report) =
        import(source, layer, &options, existing, &|_| ()).map_err(|error| refused(&error, layer, crs))?;
    // Who may not see a field may not write it, and is not told that it is there.
    let unseen = |field: &usize| {
        let is_given = |row| rows.columns()[*field].get(row).is_some();
        !audience.may_see(layer.fields[*field].audience) && (0..rows.len()).any(is_given)
    };
    let unseen = (0..layer.fields.len()).find(unseen).map(|field| &layer.fields[field].name);
    if let Some(unknown) = report.ignored_fields.first().or(unseen) {
        let seen = layer.fields.iter().filter(|field| audience.may_see(field.audience));
        let names: Vec<&str> = seen.map(|field| field.name.as_str()).collect();
        let detail = format!("the layer `{}` has no property `{unknown}`; it has {}", layer.id, names.join(", "));
        return Err(Problem::Unprocessable { detail, refusals: json!([]) });
    }
    if rows.is_empty() {
        return Err(Problem::BadRequest("the body has no feature".to_owned()));
    }
    Ok(Judged { rows: Arc::new(rows), repairs: report.repairs })
}

/// The system of a body: that of the header, or of the old member `crs` (GeoJSON 2008), which may stand beside the header when both
/// mean the same.
fn one_system(named: Option<String>, crs: &OgcCrs) -> Result<String, Problem> {
    match named {
        Some(named) if crs.is_crs84() => Ok(named),
        Some(named) if Crs::parse(&named).ok().as_ref() != Some(crs.crs()) => Err(Problem::BadRequest(format!(
            "the body's member `crs` names {named} and the header Content-Crs names {crs}; leave the member away"
        ))),
        _ => Ok(crs.crs().to_string()),
    }
}

/// Why a body is refused, with the way out over HTTP.
fn refused(error: &ImportError, layer: &Layer, crs: &OgcCrs) -> Problem {
    let detail = match error {
        ImportError::TooManyRefused { report, .. } => {
            let ids = |reason| report.refusals.iter().find(move |refusal: &&Refusal| refusal.fault.reason == reason);
            if let Some(Refusal { id: Some(id), .. }) = ids(Reason::DuplicateId) {
                return Problem::Conflict(format!(
                    "feature `{id}` would be in the layer `{}` twice; PUT takes the place of one. Nothing was written",
                    layer.id
                ));
            }
            let first = report.refusals.first().map(|refusal| said(&refusal.fault, layer, crs)).unwrap_or_default();
            format!(
                "{} of {} features cannot be kept, nothing was written: {first}",
                report.refusals.len(),
                report.read
            )
        }
        ImportError::Projected { sample, .. } => format!(
            "coordinates such as {sample} are metres, and the header Content-Crs says degrees; name their system there, such as \
             <http://www.opengis.net/def/crs/EPSG/0/9208>"
        ),
        ImportError::Degrees { sample, .. } => format!(
            "coordinates such as {sample} are degrees, and the header Content-Crs says metres; leave it away for longitude and latitude"
        ),
        ImportError::Unshifted { evidence, .. } => format!(
            "{evidence}; name the system in the header Content-Crs, such as <http://www.opengis.net/def/crs/EPSG/0/4756>"
        ),
        other => other.to_string(),
    };
    let refusals = error.report().map_or_else(Vec::new, |report| {
        let each = report.refusals.iter().flat_map(|refusal| {
            let faults = std::iter::once(&refusal.fault).chain(&refusal.also);
            faults.map(move |fault| told(refusal, fault, layer, crs))
        });
        each.take(MOST_TOLD).collect()
    });
    Problem::Unprocessable { detail, refusals: Json::Array(refusals) }
}

/// One thing that is wrong, as the answer tells it.
fn told(refusal: &Refusal, fault: &Fault, layer: &Layer, crs: &OgcCrs) -> Json {
    let (row, id, message) = (refusal.row, &refusal.id, said(fault, layer, crs));
    let mut told = json!({"row": row, "id": id, "reason": fault.reason, "message": message});
    if let Some(field) = &fault.field {
        told["field"] = json!(field);
    }
    told
}

fn said(fault: &Fault, layer: &Layer, crs: &OgcCrs) -> String {
    match fault.reason {
        Reason::SwappedAxes => {
            let first = if crs.north_first() { "north (or latitude)" } else { "east (or longitude)" };
            format!("the coordinates fit only with exchanged axes: in {crs} {first} comes first")
        }
        Reason::MissingId => format!("it has no property `{}`, which names a feature", layer.id_field.name),
        _ => fault.message.clone(),
    }
}

impl Judged {
    /// Whether a layer has none of the ids.
    #[must_use]
    pub fn is_new_to(&self, index: &LayerIndex) -> bool {
        (0..self.rows.len()).all(|row| index.found(self.rows.id(row)).is_none())
    }

    /// Values of fields that the writer may not see stay as they were.
    pub fn keep_unseen(&mut self, before: &Found, audience: Audience) {
        let layer = Arc::clone(self.rows.layer());
        if layer.fields.iter().all(|field| audience.may_see(field.audience)) {
            return;
        }
        let mut feature = self.rows.feature(0);
        for (number, field) in layer.fields.iter().enumerate() {
            if !audience.may_see(field.audience) {
                feature.properties[number] = before.rows.columns()[number].get(before.row).map(ValueRef::to_value);
            }
        }
        let mut rows = Rows::new(layer);
        rows.push_feature(&feature);
        self.rows = Arc::new(rows);
    }
}
