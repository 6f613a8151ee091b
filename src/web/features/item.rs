//! `/collections/{layer}/items/{id}`: one feature.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value as Json;

use super::area::{system, way};
use super::formats::{Format, Language, OF_DOCUMENTS, format};
use super::geojson::{Writer, write};
use super::html;
use crate::crs::OgcCrs;
use crate::index::page::Found;
use crate::model::feature::fnv1a;
use crate::model::{Audience, Layer};
use crate::web::error::Problem;
use crate::web::links::{base_url, escaped, link};
use crate::web::negotiate::{has_already, header_text};
use crate::web::parameters::{Parameters, wrong};
use crate::web::serving::{Serving, State};
use crate::web::tiles::layer;

/// `GET /collections/{layer}/items/{id}`.
pub async fn item(
    request: HttpRequest,
    state: Serving,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (name, id) = path.into_inner();
    let layer = layer(&state, &name)?;
    let mut parameters = Parameters::parse(request.query_string())?;
    let crs = system(&mut parameters, "crs")?;
    let format = format(&request, &mut parameters, OF_DOCUMENTS)?;
    let language = Language::of(&request, &mut parameters)?;
    parameters.finish()?;
    let found = find(&state, &layer, &id)?;
    let writer = Writer::new(crs.clone(), way(&crs)?, state.audience());
    if !writer.reaches(&found) {
        return Err(wrong("crs", &crs.to_string(), "the feature lies where this system does not reach; ask for CRS84"));
    }
    let etag = tag_of(&etag(&found, state.audience()), format, language, &crs);
    let known = has_already(header_text(&request, &header::IF_NONE_MATCH), &etag);
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept, Accept-Language"))
        .insert_header((header::ETAG, etag));
    if known {
        return Ok(response.finish());
    }
    response.insert_header(("Content-Crs", format!("<{crs}>")));
    if format == Format::Html {
        let page = html::item(&layer, &found, language, state.audience());
        return Ok(response.content_type("text/html; charset=utf-8").body(page));
    }
    let links = links(&request, &state, &layer, &id, language);
    Ok(response.content_type(format.of_features()).body(document(&writer, &found, &links)))
}

/// A feature of a layer by its id.
pub fn find(state: &State, layer: &Layer, id: &str) -> Result<Found, Problem> {
    let index = state.city()?.atlas().layer(&layer.id).ok_or(Problem::Internal)?;
    index.found(id).ok_or_else(|| missing(layer, id))
}

/// There is no such feature.
#[must_use]
pub fn missing(layer: &Layer, id: &str) -> Problem {
    let shown: String = id.chars().take(80).collect();
    Problem::NotFound(format!("the layer `{}` has no feature `{shown}`", layer.id))
}

/// Changes with what an audience sees of a feature, and with nothing else: strong, so that a change can be made on condition of it
/// (RFC 9110, section 8.8.1). Format and system do not matter to who changes it.
///
/// # Panics
/// Never: lon/lat needs no way.
#[must_use]
pub fn etag(found: &Found, audience: Audience) -> String {
    let transform = OgcCrs::crs84().crs().transform().expect("lon/lat needs no way");
    let mut bytes = Vec::new();
    Writer::new(OgcCrs::crs84(), transform, audience).feature(&mut bytes, found);
    format!("\"{:016x}\"", fnv1a(&String::from_utf8_lossy(&bytes)))
}

/// The tag of a representation: that of the feature, and what else its bytes depend on (RFC 9110, section 8.8.3). `GeoJSON` in CRS84
/// and Vietnamese, as whoever changes a feature gets it back, has that of the feature alone.
fn tag_of(state: &str, format: Format, language: Language, crs: &OgcCrs) -> String {
    if format == Format::Json && language == Language::Vietnamese && crs.is_crs84() {
        return state.to_owned();
    }
    let variant = format!("{} {} {crs}", format.name(), language.say("vi", "en"));
    format!("{}.{:08x}\"", state.trim_end_matches('"'), fnv1a(&variant) >> 32)
}

/// Whether a tag is of the feature as it is in `state`, in whichever representation it was seen.
#[must_use]
pub fn is_of(tag: &str, state: &str) -> bool {
    let rest = tag.trim().strip_prefix(state.trim_end_matches('"'));
    rest.is_some_and(|rest| rest == "\"" || rest.starts_with('.') && rest.ends_with('"'))
}

fn document(writer: &Writer, found: &Found, links: &[Json]) -> Vec<u8> {
    let mut bytes = Vec::new();
    writer.open_feature(&mut bytes, found);
    bytes.extend_from_slice(b",\"links\":");
    write(&mut bytes, &links);
    bytes.extend_from_slice(b"}\n");
    bytes
}

fn links(request: &HttpRequest, state: &State, layer: &Layer, id: &str, language: Language) -> Vec<Json> {
    let base = base_url(request, state);
    let collection = format!("{base}/collections/{}", layer.id);
    let item = format!("{collection}/items/{}", escaped(id));
    let given = request.query_string();
    let own = if given.is_empty() { item.clone() } else { format!("{item}?{given}") };
    let as_page = language.say("Đối tượng này ở dạng trang web", "This feature as a page");
    vec![
        link(&own, "self", Format::Json.of_features(), language.say("Đối tượng này", "This feature")),
        link(&format!("{item}?f=html"), "alternate", "text/html", as_page),
        link(&collection, "collection", "application/json", language.pick(&layer.title)),
    ]
}
