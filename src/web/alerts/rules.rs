//! `/rules`: which rules hold, and making others without a restart.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use serde_json::{Value as Json, json};

use super::{alerts_layer, failed, of_json, operated};
use crate::city::City;
use crate::model::Rule;
use crate::rules::{Known, Ready};
use crate::web::desk::{json_body, meant};
use crate::web::error::Problem;
use crate::web::links::{base_url, escaped};
use crate::web::negotiate::header_text;
use crate::web::parameters::Parameters;
use crate::web::serving::{Serving, State};

/// Rules that are held at once: each watches its layer with every reading.
const MOST: usize = 1_000;

/// A rule as it is told: with whether it stands in a file.
fn told(state: &State, ready: &Ready) -> Json {
    let mut rule = json!(ready.rule);
    rule["in_file"] = json!(is_in_file(state, &ready.rule.id));
    rule
}

fn is_in_file(state: &State, id: &str) -> bool {
    state.catalog.rules().iter().any(|rule| rule.id == id)
}

fn missing(id: &str) -> Problem {
    Problem::NotFound(format!("there is no rule `{id}`; GET /rules tells those that there are"))
}

fn known(state: &State, id: &str) -> Result<Arc<Ready>, Problem> {
    state.city()?.rules().into_iter().find(|ready| ready.rule.id == id).ok_or_else(|| missing(id))
}

/// `GET /rules`.
pub async fn rules(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    Parameters::parse(request.query_string())?.finish()?;
    let rules: Vec<Json> = state.city()?.rules().iter().map(|ready| told(&state, ready)).collect();
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(json!({"rules": rules})))
}

/// `GET /rules/{id}`.
pub async fn rule(request: HttpRequest, state: Serving, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    Parameters::parse(request.query_string())?.finish()?;
    let ready = known(&state, &path)?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(told(&state, &ready)))
}

/// A body as a rule that holds here.
async fn sent(request: &HttpRequest, state: &State, payload: web::Payload) -> Result<Ready, Problem> {
    operated(request, state)?;
    of_json(request)?;
    alerts_layer(state)?;
    Parameters::parse(request.query_string())?.finish()?;
    let mut body = json_body(payload).await?;
    if let Some(members) = body.as_object_mut() {
        members.remove("in_file"); // read-only, and in what GET answers
    }
    let rule: Rule = meant(body, "the rule")?;
    if is_in_file(state, &rule.id) {
        return Err(Problem::Conflict(format!(
            "rule `{0}` stands in rules/{0}.toml of the data folder: change it there, or choose another id",
            rule.id
        )));
    }
    let known =
        Known { layers: state.catalog.layers(), indicators: state.catalog.indicators(), webhooks: &state.webhooks };
    Ready::new(rule, known).map_err(|fault| {
        let refusals = fault.faults.iter().map(|message| json!({"id": fault.rule, "message": message})).collect();
        Problem::Unprocessable { detail: fault.to_string(), refusals: Json::Array(refusals) }
    })
}

/// `POST /rules`.
pub async fn create(request: HttpRequest, state: Serving, payload: web::Payload) -> Result<HttpResponse, Problem> {
    let ready = sent(&request, &state, payload).await?;
    let city = state.city()?;
    if city.rules().iter().any(|known| known.rule.id == ready.rule.id) {
        return Err(exists(&ready.rule.id));
    }
    if city.rules().len() >= MOST {
        return Err(Problem::Conflict(format!("there are {MOST} rules already; DELETE one first")));
    }
    let location = format!("{}/rules/{}", base_url(&request, &state), escaped(&ready.rule.id));
    let document = told(&state, &ready);
    let (city, (id, body)) = (Arc::clone(city), (ready.rule.id.clone(), written(&ready)?));
    if !in_a_task(state.city()?, async move { city.add_rule(ready, body, Utc::now()).await }).await? {
        return Err(exists(&id));
    }
    logged(&request, &id, "made");
    Ok(HttpResponse::Created().insert_header((header::LOCATION, location)).json(document))
}

/// `PUT /rules/{id}`.
pub async fn replace(
    request: HttpRequest,
    state: Serving,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let ready = sent(&request, &state, payload).await?;
    if ready.rule.id != *path {
        return Err(Problem::BadRequest(format!("the rule names itself `{}`, not `{path}`", ready.rule.id)));
    }
    known(&state, &path)?;
    let document = told(&state, &ready);
    let (city, body) = (Arc::clone(state.city()?), written(&ready)?);
    in_a_task(state.city()?, async move { city.put_rule(ready, body, Utc::now()).await }).await?;
    logged(&request, &path, "changed");
    Ok(HttpResponse::Ok().json(document))
}

/// A rule has no trail, and nobody signs in: the log tells from where it was changed, as far as that is known, and what a proxy says.
fn logged(request: &HttpRequest, rule: &str, what: &'static str) {
    let peer = request.peer_addr().map(|peer| peer.to_string()).unwrap_or_default();
    let forwarded_for = header_text(request, &header::X_FORWARDED_FOR).unwrap_or_default();
    tracing::info!(rule, peer, forwarded_for, "a rule was {what}");
}

fn exists(id: &str) -> Problem {
    Problem::Conflict(format!("there is a rule `{id}` already; PUT changes it"))
}

fn written(ready: &Ready) -> Result<String, Problem> {
    serde_json::to_string(&ready.rule).map_err(|error| {
        tracing::error!(%error, "a rule could not be written");
        Problem::Internal
    })
}

/// `DELETE /rules/{id}`. Its alerts stay until somebody ends them.
pub async fn remove(request: HttpRequest, state: Serving, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    operated(&request, &state)?;
    Parameters::parse(request.query_string())?.finish()?;
    let id = path.into_inner();
    if is_in_file(&state, &id) {
        return Err(Problem::Conflict(format!(
            "rule `{id}` stands in rules/{id}.toml of the data folder: take it away there"
        )));
    }
    let (city, name) = (Arc::clone(state.city()?), id.clone());
    let removed = in_a_task(state.city()?, async move { city.remove_rule(&name, Utc::now()).await }).await?;
    if !removed {
        return Err(missing(&id));
    }
    logged(&request, &id, "taken away");
    Ok(HttpResponse::NoContent().finish())
}

/// Comes to its end when the client goes.
async fn in_a_task<T: Send + 'static>(
    city: &City,
    work: impl Future<Output = Result<T, crate::city::CityError>> + Send + 'static,
) -> Result<T, Problem> {
    let done = city.task(work).await.map_err(|error| {
        tracing::error!(%error, "a change of the rules ended without a word");
        Problem::Internal
    })?;
    done.map_err(|error| failed(&error))
}
