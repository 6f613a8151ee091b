//! `POST /alerts/{id}/acknowledge|resolve|assign` and `/steps/{n}`: what people do about an alert.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::Utc;
use serde::Deserialize;

use super::{failed, found, of_json, operated};
use crate::model::alert::{Deed, DeedError};
use crate::rules::geojson;
use crate::web::desk::{json_body, meant};
use crate::web::error::Problem;
use crate::web::parameters::Parameters;
use crate::web::serving::Serving;

/// Characters of a name, and of a note.
const LONGEST: [usize; 2] = [100, 2_000];

/// Who does it, and what there is to say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    by: String,
    note: Option<String>,
    to: Option<String>,
}

/// `POST /alerts/{id}/{deed}`.
pub async fn act(
    request: HttpRequest,
    state: Serving,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (id, deed) = path.into_inner();
    let said = said(&request, &state, payload).await?;
    let deed = match (deed.as_str(), &said.to) {
        ("acknowledge", None) => Deed::Acknowledge,
        ("resolve", None) => Deed::Resolve,
        ("assign", Some(to)) => Deed::Assign(to.trim().to_owned()),
        ("assign", None) => {
            return Err(Problem::BadRequest("`to` is missing: whom the alert is given to".to_owned()));
        }
        (_, Some(_)) => return Err(Problem::BadRequest("`to` is for `assign` only".to_owned())),
        (other, None) => return Err(Problem::NotFound(format!("`{other}` cannot be done about an alert"))),
    };
    done(&state, &id, deed, said).await
}

/// `POST /alerts/{id}/steps/{n}`.
pub async fn step(
    request: HttpRequest,
    state: Serving,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (id, number) = path.into_inner();
    let number = number.parse().map_err(|_error| Problem::NotFound(format!("`{number}` is no number of a step")))?;
    let said = said(&request, &state, payload).await?;
    if said.to.is_some() {
        return Err(Problem::BadRequest("`to` is for `assign` only".to_owned()));
    }
    done(&state, &id, Deed::Tick(number), said).await
}

async fn said(request: &HttpRequest, state: &Serving, payload: web::Payload) -> Result<Said, Problem> {
    operated(request, state).map_err(|problem| match problem {
        Problem::MethodNotAllowed(detail) => Problem::SwitchedOff(detail),
        other => other,
    })?;
    of_json(request)?;
    Parameters::parse(request.query_string())?.finish()?;
    let said: Said = meant(json_body(payload).await?, "what was done")?;
    let texts = [
        (Some(&said.by), "by", LONGEST[0]),
        (said.to.as_ref(), "to", LONGEST[0]),
        (said.note.as_ref(), "note", LONGEST[1]),
    ];
    for (text, name, most) in texts {
        let Some(text) = text else { continue };
        let length = text.chars().count();
        let is_line = name != "note";
        // A note may be empty.
        if length > most || (is_line && !text.chars().any(char::is_alphanumeric)) {
            return Err(Problem::BadRequest(format!(
                "`{name}` has {length} characters: it has 1 to {most}, a letter or a digit among them"
            )));
        }
        if text.chars().any(|letter| letter.is_control() && (is_line || !"\n\r\t".contains(letter))) {
            return Err(Problem::BadRequest(format!("`{name}` has a control character: write it as plain text")));
        }
    }
    Ok(said)
}

async fn done(state: &Serving, id: &str, deed: Deed, said: Said) -> Result<HttpResponse, Problem> {
    let city = Arc::clone(state.city()?);
    let (own, name) = (Arc::clone(&city), id.to_owned());
    let acted = city.task(async move { own.act(&name, &deed, said.by.trim(), said.note.as_deref(), Utc::now()).await });
    let acted = acted.await.map_err(|error| {
        tracing::error!(%error, "a deed ended without a word");
        Problem::Internal
    })?;
    let over = |alert: &crate::model::Alert| {
        Problem::Conflict(format!(
            "alert `{id}` is {} already: nothing can be done about it any more",
            alert.status.as_str()
        ))
    };
    match acted.map_err(|error| failed(&error))? {
        Some(Ok(())) => Ok(HttpResponse::Ok()
            .content_type("application/geo+json")
            .body(geojson(found(state, id).await?.as_ref(), true).to_string())),
        Some(Err(error @ DeedError::NoStep { .. })) => Err(Problem::NotFound(error.to_string())),
        Some(Err(error)) => Err(Problem::Conflict(error.to_string())),
        None => Err(over(found(state, id).await?.as_ref())),
    }
}
