//! `/collections/{layer}/overlay` and `/collections/{layer}/changes`: a drawn area over a layer, and a layer at two times.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::desk::{GeoJson, answered, index, json_body, meant, system};
use super::error::Problem;
use super::parameters::Parameters;
use super::serving::Serving;
use super::tiles::layer;
use crate::planning::changes::changes;
use crate::planning::overlay::{Question, field, overlay};
use crate::planning::pieces::Asked;
use crate::planning::project::to_lon_lat;

/// A GeoJSON feature, or a geometry with its system.
#[derive(Deserialize)]
struct Body {
    #[serde(rename = "type")]
    kind: Option<String>,
    crs: Option<String>,
    geometry: Value,
    #[serde(flatten)]
    more: Map<String, Value>,
}

/// The body, which may be a geometry alone. A feature may have more members, anything else not.
fn body(value: Value) -> Result<Body, Problem> {
    if value.get("geometry").is_none() {
        return Ok(Body { kind: None, crs: None, geometry: value, more: Map::new() });
    }
    let body: Body = meant(value, "the body")?;
    match body.more.keys().next().filter(|_| body.kind.as_deref() != Some("Feature")) {
        Some(name) => Err(Problem::BadRequest(format!("there is no member `{name}` here; there are crs and geometry"))),
        None => Ok(body),
    }
}

/// `POST /collections/{layer}/overlay?by=field&geometry=true&datetime=...`.
pub async fn overlay_of(
    request: HttpRequest,
    state: Serving,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::parse(request.query_string())?;
    let (by, pieces) = (parameters.text("by"), parameters.flag("geometry")?);
    let interval = parameters.interval("datetime")?;
    parameters.finish()?;
    let (layer, audience) = (layer(&state, &path)?, state.audience());
    let by = by.map(|name| field(&layer, &name, audience)).transpose();
    let by = by.map_err(|error| Problem::BadRequest(error.to_string()))?;
    let index = index(&state, &layer)?;
    let body = body(json_body(payload).await?)?;
    let crs = system(body.crs.as_deref())?;
    let drawn = meant::<GeoJson>(body.geometry, "the geometry")?.into();
    answered(&state, move || {
        let asked = Asked::new(to_lon_lat(&drawn, &crs)?)?;
        overlay(&index, &asked, &Question { by, interval, pieces, audience, version: None })
    })
    .await
}

/// `GET /collections/{layer}/changes?from=&to=&by=field`.
pub async fn changes_of(
    request: HttpRequest,
    state: Serving,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::parse(request.query_string())?;
    let both = (parameters.interval("from")?, parameters.interval("to")?);
    let by = parameters.text("by");
    parameters.finish()?;
    let (Some(from), Some(to)) = both else {
        return Err(Problem::BadRequest(
            "send `from` and `to`, two times that are compared: from=2025-12-31&to=2026-01-01".to_owned(),
        ));
    };
    let (layer, audience) = (layer(&state, &path)?, state.audience());
    let by = match by {
        Some(name) => Some(field(&layer, &name, audience).map_err(|error| Problem::BadRequest(error.to_string()))?),
        None => layer.planning.as_ref().and_then(|planning| planning.code),
    };
    let by = by.filter(|&field| audience.may_see(layer.fields[field].audience));
    let index = index(&state, &layer)?;
    answered(&state, move || changes(&index, [&from, &to], by, audience)).await
}
