//! The pages, embedded in the binary.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use rust_embed::RustEmbed;

use super::error::Problem;

/// What `npm run build` made of `web/`.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Pages;

/// Nothing from elsewhere, nothing inline, no frame of others.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; worker-src 'self'; style-src 'self'; \
     img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

/// `GET /`: the map.
pub async fn map() -> Result<HttpResponse, Problem> {
    file("index.html")
}

/// `GET /{file}`: what the page is made of.
pub async fn asset(path: web::Path<String>) -> Result<HttpResponse, Problem> {
    file(&path)
}

fn file(path: &str) -> Result<HttpResponse, Problem> {
    let Some(found) = Pages::get(path) else {
        let missing = if path == "index.html" {
            "the pages were not built into this binary; `make build` does"
        } else {
            "no such page"
        };
        return Err(Problem::NotFound(format!("{path}: {missing}")));
    };
    // Names under assets/ carry a hash of their content.
    let caching = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kind = found.metadata.mimetype();
    let kind = if kind.starts_with("text/") || kind.ends_with("javascript") {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_owned()
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, caching))
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .content_type(kind)
        .body(found.data.into_owned()))
}
