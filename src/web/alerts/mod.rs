//! Alerts over HTTP: which there are, what was done about one, doing something about it, and one as CAP 1.2.

pub mod act;
pub mod area;
pub mod cap;
pub mod list;
pub mod rules;

use std::sync::Arc;

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::error::Problem;
use super::headers::preflight;
use super::negotiate::header_text;
use super::origin::own_page;
use super::serving::{Serving, State};
use super::tiles::layer;
use crate::city::CityError;
use crate::model::alert::ALERTS;
use crate::model::{Alert, DocumentKind, Layer};
use crate::store::Keys;

/// The layer of alerts, where the catalogue has one that is seen.
fn alerts_layer(state: &State) -> Result<Arc<Layer>, Problem> {
    layer(state, ALERTS)
}

/// An alert by its id, open or over.
async fn found(state: &State, id: &str) -> Result<Arc<Alert>, Problem> {
    alerts_layer(state)?;
    let city = state.city()?;
    if let Some(open) = city.open_alert(id) {
        return Ok(open);
    }
    let ended = city
        .alerts(DocumentKind::EndedAlert, Keys::These(vec![id.to_owned()]))
        .await
        .map_err(|error| failed(&error))?;
    let missing = || Problem::NotFound(format!("there is no alert `{id}`; GET /alerts tells those that there are"));
    ended.into_iter().next().map(Arc::new).ok_or_else(missing)
}

fn failed(error: &CityError) -> Problem {
    tracing::error!(%error, "alerts could not be read or changed");
    Problem::Internal
}

/// Whether people may change things here, and from there.
fn operated(request: &HttpRequest, state: &State) -> Result<(), Problem> {
    if state.operations {
        return own_page(request, state);
    }
    Err(Problem::MethodNotAllowed(
        "nothing is done about alerts and rules here; the operator starts the service with --operations to allow it"
            .to_owned(),
    ))
}

/// Only JSON is read.
fn of_json(request: &HttpRequest) -> Result<(), Problem> {
    let kind = header_text(request, &header::CONTENT_TYPE).unwrap_or_default();
    let bare = kind.split(';').next().unwrap_or_default().trim();
    if bare.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::UnsupportedMediaType(format!("`Content-Type: {kind}` is not read here; send application/json")))
}

/// Every other method of what is posted about alerts.
pub async fn post_only(request: HttpRequest) -> HttpResponse {
    not_answered(&request, "POST, OPTIONS")
}

/// Every other method of `/rules` and `/rules/{id}`.
pub async fn otherwise(request: HttpRequest, state: Serving) -> HttpResponse {
    let allow = match (state.operations, request.match_info().get("id")) {
        (false, _) => "GET, HEAD, OPTIONS",
        (true, Some(_)) => "GET, HEAD, OPTIONS, PUT, DELETE",
        (true, None) => "GET, HEAD, OPTIONS, POST",
    };
    not_answered(&request, allow)
}

fn not_answered(request: &HttpRequest, allow: &'static str) -> HttpResponse {
    let mut response = if request.method() == Method::OPTIONS {
        preflight()
    } else {
        let detail = format!("{} is not answered at {}; answered are {allow}", request.method(), request.path());
        Problem::MethodNotAllowed(detail).error_response()
    };
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allow));
    response
}
