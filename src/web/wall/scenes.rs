//! `/scenes`: what the wall shows, one after another.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::web::error::Problem;
use crate::web::parameters::Parameters;
use crate::web::serving::Serving;

/// `GET /scenes`.
pub async fn scenes(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    Parameters::parse(request.query_string())?.finish()?;
    let document = json!({"scenes": state.catalog.scenes()});
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-cache")).json(document))
}
