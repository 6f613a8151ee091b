//! `/healthz` and `/readyz`: what an orchestrator and the pages ask.

use actix_web::HttpResponse;
use actix_web::http::header;
use serde_json::json;

use super::error::Problem;
use super::serving::Serving;

/// `GET /healthz`: the process is alive.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(json!({"status": "alive"}))
}

/// `GET /readyz`: 200 when the layers are loaded and tiles are served, else 503.
pub async fn readyz(state: Serving) -> Result<HttpResponse, Problem> {
    let revision = state.city()?.atlas().version().revision;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({"status": "ready", "revision": revision.0})))
}
