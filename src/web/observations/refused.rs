//! `GET /observations/refused`: an instrument that sends nonsense is found by what it sends.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use crate::web::error::Problem;
use crate::web::parameters::Parameters;
use crate::web::serving::Serving;

/// The last 1,000 that were refused, by whatever way they came, the newest first.
pub async fn refused(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    Parameters::parse(request.query_string())?.finish()?;
    let document = serde_json::json!({"refused": state.refusals.newest()});
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(document))
}
