//! `/collections/{layer}/schema`, `/queryables`, `/sortables`: what a feature has, as JSON Schema 2020-12 (OGC 23-058r2).

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value as Json, json};

use super::formats::{Format, Language, OF_DOCUMENTS, format};
use super::html;
use crate::geo::GeometryKind;
use crate::model::layer::Code;
use crate::model::validity::Times;
use crate::model::{Audience, Field, FieldType, Layer};
use crate::web::error::Problem;
use crate::web::links::base_url;
use crate::web::parameters::Parameters;
use crate::web::serving::Serving;
use crate::web::tiles::layer;

/// The name of the geometry among the queryables and in the schema.
pub const GEOMETRY: &str = "geometry";

/// What a schema is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// What is answered and taken.
    Features,
    /// What a filter may name.
    Queryables,
    /// What can be sorted by.
    Sortables,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Features => "schema",
            Self::Queryables => "queryables",
            Self::Sortables => "sortables",
        }
    }
}

/// `GET /collections/{layer}/schema`.
pub async fn schema(request: HttpRequest, state: Serving, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    answer(&request, &state, &path, Purpose::Features)
}

/// `GET /collections/{layer}/queryables`.
pub async fn queryables(
    request: HttpRequest,
    state: Serving,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    answer(&request, &state, &path, Purpose::Queryables)
}

/// `GET /collections/{layer}/sortables`.
pub async fn sortables(request: HttpRequest, state: Serving, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    answer(&request, &state, &path, Purpose::Sortables)
}

fn answer(request: &HttpRequest, state: &Serving, name: &str, purpose: Purpose) -> Result<HttpResponse, Problem> {
    let layer = layer(state, name)?;
    let mut parameters = Parameters::parse(request.query_string())?;
    let format = format(request, &mut parameters, OF_DOCUMENTS)?;
    let language = Language::of(request, &mut parameters)?;
    parameters.finish()?;
    let id = format!("{}/collections/{}/{}", base_url(request, state), layer.id, purpose.name());
    let document = document(&layer, purpose, &id, language, state.audience());
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept, Accept-Language"));
    Ok(match format {
        Format::Html => {
            response.content_type("text/html; charset=utf-8").body(html::schema(&layer, &document, language))
        }
        _ => response.content_type("application/schema+json").body(document.to_string()),
    })
}

fn document(layer: &Layer, purpose: Purpose, id: &str, language: Language, audience: Audience) -> Json {
    let mut properties = Map::new();
    let seen = layer.fields.iter().filter(|field| audience.may_see(field.audience));
    for (sequence, field) in std::iter::once(&layer.id_field).chain(seen).enumerate() {
        // Equals come by id, and nothing is sorted by it downwards.
        if sequence == 0 && purpose == Purpose::Sortables {
            continue;
        }
        let mut described = described(field, language);
        described.insert("x-ogc-propertySeq".into(), json!(sequence + 1));
        if let Some(role) = role(layer, field) {
            described.insert("x-ogc-role".into(), json!(role));
        }
        properties.insert(field.name.clone(), Json::Object(described));
    }
    if purpose != Purpose::Sortables {
        properties.insert(GEOMETRY.into(), geometry(layer.geometry, language));
    }
    let mut document = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": id,
        "type": "object",
        "title": language.pick(&layer.title),
        "description": language.pick(&layer.description),
        "properties": properties,
        "additionalProperties": false,
    });
    if purpose == Purpose::Features {
        document["required"] = required(layer).into();
    }
    document
}

/// What a property is for (OGC 23-058r2, section 9.10).
fn role(layer: &Layer, field: &Field) -> Option<&'static str> {
    let is = |number: Option<usize>| number.is_some_and(|number| layer.fields[number].name == field.name);
    if field.name == layer.id_field.name {
        return Some("id");
    }
    match layer.times()? {
        Times::Validity(validity) if is(validity.from) => Some("primary-interval-start"),
        Times::Validity(validity) if is(validity.to) => Some("primary-interval-end"),
        Times::Moment(moment) if is(Some(moment)) => Some("primary-instant"),
        _ => None,
    }
}

/// The properties that a feature must have to be taken.
fn required(layer: &Layer) -> Vec<&str> {
    let id = (!layer.numbered).then_some(layer.id_field.name.as_str());
    let fields = layer.fields.iter().filter(|field| field.required).map(|field| field.name.as_str());
    id.into_iter().chain(fields).chain([GEOMETRY]).collect()
}

fn geometry(kind: GeometryKind, language: Language) -> Json {
    let format = match kind {
        GeometryKind::Point => "geometry-point",
        GeometryKind::Line => "geometry-multilinestring",
        GeometryKind::Polygon => "geometry-multipolygon",
    };
    json!({"title": language.say("Hình học", "Geometry"), "x-ogc-role": "primary-geometry", "format": format})
}

/// The schema of one property.
#[must_use]
pub fn described(field: &Field, language: Language) -> Map<String, Json> {
    let (kind, format) = match field.field_type {
        FieldType::Text | FieldType::Code => ("string", None),
        FieldType::Integer => ("integer", None),
        FieldType::Real => ("number", None),
        FieldType::Boolean => ("boolean", None),
        FieldType::Date => ("string", Some("date")),
        FieldType::DateTime => ("string", Some("date-time")),
    };
    let mut described = Map::new();
    described.insert("title".into(), json!(language.pick(&field.title)));
    described.insert("type".into(), json!(kind));
    if let Some(format) = format {
        described.insert("format".into(), json!(format));
    }
    if let Some(unit) = &field.unit {
        described.insert("x-ogc-unit".into(), json!(unit));
    }
    if !field.codes.is_empty() {
        let codes: Vec<&str> = field.codes.iter().map(|code| code.code.as_str()).collect();
        let one_of = |code: &Code| json!({"const": code.code, "title": language.pick(&code.title)});
        described.insert("enum".into(), json!(codes));
        described.insert("oneOf".into(), field.codes.iter().map(one_of).collect());
    }
    described
}
