//! What every answer carries, and the count of answers.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse};

use super::error::Problem;

/// What scripts of other pages may read, beside what the Fetch standard shows them anyway.
const SHOWN: &str = "citylayers-left-out, content-crs, etag, link, location";

/// Reads are for everybody's pages (CORS, the Fetch standard), and content types mean what they say.
pub async fn on_every_answer(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let route = request.match_pattern().unwrap_or_else(|| "none".to_owned());
    let mut response = next.call(request).await?;
    let status = response.status().as_u16().to_string();
    metrics::counter!("citylayers_http_requests_total", "route" => route, "status" => status).increment(1);
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(SHOWN));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

/// `OPTIONS` on any path: what a browser asks before a read with headers of its own.
#[must_use]
pub fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((header::ALLOW, "GET, HEAD, OPTIONS"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, OPTIONS"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, "*"))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, "86400"))
        .finish()
}

/// Any path that nothing else answers.
pub async fn nothing_here(request: HttpRequest) -> Result<HttpResponse, Problem> {
    match request.method().as_str() {
        "GET" | "HEAD" => Err(Problem::NotFound(format!("nothing is at {}", request.path()))),
        "OPTIONS" => Ok(preflight()),
        other => Err(Problem::MethodNotAllowed(format!("{other} is not answered at {}", request.path()))),
    }
}
