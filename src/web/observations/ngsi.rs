//! Readings from FIWARE's context brokers: entities of NGSI-LD (ETSI GS CIM 009) and `NGSIv2`.

use std::collections::HashSet;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use chrono::Utc;
use serde::Deserialize;
use serde_json::{Value, json};

use super::take::{LISTED, body, judged, keep, open, told};
use crate::ingest::body::Few;
use crate::ingest::ngsi;
use crate::ingest::read::without_bom;
use crate::ingest::reading::{Judged, ReadingReason};
use crate::ingest::refusals::Way;
use crate::model::Layer;
use crate::web::error::Problem;
use crate::web::parameters::Parameters;
use crate::web::serving::{Serving, State};

const TYPES: [&str; 2] = ["application/json", "application/ld+json"];

/// A notification of a subscription: CIM 009, section 5.3.1, and Orion's `NGSIv2` with fewer members. What else it has is not looked at.
#[derive(Deserialize)]
struct Notification {
    data: Few<Value>,
}

/// `POST /ngsi-ld/v1/entityOperations/upsert` (CIM 009, section 6.15.3.1). Nothing is ever created: 204 when all was taken, or 207 with what
/// was and what was not (the first 10,000). `options` is `update` or `replace`, which is the same here: an attribute that is not sent keeps its last reading.
pub async fn upsert(request: HttpRequest, state: Serving, payload: web::Payload) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::parse(request.query_string())?;
    if let Some(other) = parameters.text("options").filter(|options| !["update", "replace"].contains(&options.as_str()))
    {
        return Err(Problem::BadRequest(format!("`options={other}` is neither update nor replace")));
    }
    parameters.finish()?;
    let bytes = entities_body(&request, &state, payload).await?;
    let Few(entities) = read::<Few<Value>>(&state, bytes, "a list of entities").await?;
    if entities.is_empty() {
        return Err(Problem::BadRequest("the list is empty: there is nothing to take".to_owned()));
    }
    let (entities, judged) = take(&state, entities).await?;
    if judged.refused.is_empty() {
        return Ok(HttpResponse::NoContent().finish());
    }
    let name = |index: usize| entities.get(index).and_then(ngsi::id).unwrap_or_default();
    let refused: HashSet<usize> = judged.refused.iter().map(|refused| refused.index).collect();
    let success: Vec<&str> = (0..entities.len()).filter(|index| !refused.contains(index)).map(name).collect();
    let errors: Vec<Value> = judged
        .refused
        .iter()
        .take(LISTED)
        .map(|refused| {
            let (kind, title) = match refused.reason {
                ReadingReason::UnknownFeature => ("ResourceNotFound", "the entity is no feature here"),
                _ => ("BadRequestData", "the entity is no reading"),
            };
            let kind = format!("https://uri.etsi.org/ngsi-ld/errors/{kind}");
            let error = json!({"type": kind, "title": title, "detail": refused.message, "reason": refused.reason});
            json!({"entityId": name(refused.index), "error": error})
        })
        .collect();
    Ok(HttpResponse::build(StatusCode::MULTI_STATUS).json(json!({"success": success, "errors": errors})))
}

/// `POST /ngsi-ld/v1/notify` and `POST /v2/notify`: what Orion tells of a subscription. A notification with a bad entity is answered with
/// 200 as well: to Orion a refusal would be a listener that failed, which it stops telling.
pub async fn notified(request: HttpRequest, state: Serving, payload: web::Payload) -> Result<HttpResponse, Problem> {
    // Subscriptions may carry parameters of their own in the URL; they mean nothing here.
    let bytes = entities_body(&request, &state, payload).await?;
    let notification: Notification = read(&state, bytes, "a notification with `data`, a list of entities").await?;
    let (_, judged) = take(&state, notification.data.0).await?;
    let refused = &judged.refused[..judged.refused.len().min(LISTED)];
    Ok(HttpResponse::Ok().json(json!({"accepted": judged.accepted, "refused": refused})))
}

async fn entities_body(request: &HttpRequest, state: &State, payload: web::Payload) -> Result<Bytes, Problem> {
    open(request, state)?;
    body(request, payload, &TYPES, "send application/json or application/ld+json").await
}

async fn read<T>(state: &Serving, bytes: Bytes, what: &'static str) -> Result<T, Problem>
where
    T: for<'de> Deserialize<'de> + Send + 'static,
{
    let read = state.work(move || serde_json::from_slice(without_bom(&bytes))).await?;
    read.map_err(|error| Problem::BadRequest(format!("the body is not {what}: {error}")))
}

/// Judges and keeps. When it returns, what was accepted is durable.
async fn take(state: &Serving, entities: Vec<Value>) -> Result<(Arc<Vec<Value>>, Judged), Problem> {
    let city = Arc::clone(state.city()?);
    let entities = Arc::new(entities);
    let work = {
        let (state, city, entities) = (state.clone(), Arc::clone(&city), Arc::clone(&entities));
        move || {
            let audience = state.audience();
            let layers: Vec<Arc<Layer>> =
                city.layers().iter().filter(|layer| audience.may_see(layer.audience)).cloned().collect();
            let name = |index: usize| entities.get(index).and_then(ngsi::id).map(str::to_owned);
            judged(&state, &city, |known| ngsi::judge(&entities, &layers, known)).named(name)
        }
    };
    let mut judged = state.work(work).await?;
    state.refusals.remember(Utc::now(), Way::Fiware, &judged.refused);
    keep(&city, std::mem::take(&mut judged.taken)).await?;
    told(Way::Fiware, &judged);
    Ok((entities, judged))
}
