//! The pages, embedded in the binary.

use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use parking_lot::Mutex;
use rust_embed::RustEmbed;

use super::error::Problem;
use super::negotiate::{content_encoding, encoding, header_text};
use crate::tile::packing::{Encoding, pack};

/// What `npm run build` made of `web/`.
#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Pages;

/// Nothing from elsewhere, nothing inline, no frame of others.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; worker-src 'self'; style-src 'self'; \
     img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

/// Files that were packed once, by path and packing.
static PACKED: LazyLock<Mutex<HashMap<(String, Encoding), Bytes>>> = LazyLock::new(Mutex::default);

/// The map.
pub fn map(request: &HttpRequest) -> Result<HttpResponse, Problem> {
    file(request, "index.html")
}

/// `GET /planner`: the planner's desk.
pub async fn planner(request: HttpRequest) -> Result<HttpResponse, Problem> {
    file(&request, "planner.html")
}

/// `GET /wall`: the wall of an operations centre.
pub async fn wall(request: HttpRequest) -> Result<HttpResponse, Problem> {
    file(&request, "wall.html")
}

/// `GET /{file}`: what the page is made of.
pub async fn asset(request: HttpRequest, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    file(&request, &path)
}

fn file(request: &HttpRequest, path: &str) -> Result<HttpResponse, Problem> {
    let Some(found) = Pages::get(path) else {
        let missing = if std::path::Path::new(path).extension().is_some_and(|extension| extension == "html") {
            "the pages were not built into this binary; `make build` does"
        } else {
            "no such page"
        };
        return Err(Problem::NotFound(format!("{path}: {missing}")));
    };
    // Names under assets/ carry a hash of their content.
    let caching = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kind = found.metadata.mimetype();
    let text = kind.starts_with("text/") || kind.ends_with("javascript") || kind.ends_with("svg+xml");
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, caching))
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .insert_header((header::REFERRER_POLICY, "same-origin"));
    if !text {
        // Fonts and pictures are packed already.
        return Ok(response.content_type(kind).body(found.data.into_owned()));
    }
    let encoding = encoding(header_text(request, &header::ACCEPT_ENCODING));
    if let Some(name) = content_encoding(encoding) {
        response.insert_header((header::CONTENT_ENCODING, name));
    }
    response.insert_header((header::VARY, "Accept-Encoding"));
    Ok(response.content_type(format!("{kind}; charset=utf-8")).body(packed(path, &found.data, encoding)))
}

/// A megabyte of script takes a tenth of a second to pack, once in the life of the process.
fn packed(path: &str, data: &[u8], encoding: Encoding) -> Bytes {
    let mut known = PACKED.lock();
    known.entry((path.to_owned(), encoding)).or_insert_with(|| pack(data, encoding)).clone()
}
