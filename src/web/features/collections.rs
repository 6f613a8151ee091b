//! `/collections` and `/collections/{layer}`: what there is.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value as Json, json};

use super::formats::{Format, Language, OF_DOCUMENTS, OF_FEATURES, format};
use super::html;
use crate::city::City;
use crate::crs::OgcCrs;
use crate::crs::ogc::CRS84;
use crate::geo::BBox;
use crate::model::Layer;
use crate::web::error::Problem;
use crate::web::links::{base_url, link};
use crate::web::parameters::{Parameters, wrong};
use crate::web::serving::{Serving, State};
use crate::web::tiles::{bbox, layer};

/// The relations of OGC's register that a collection uses.
const QUERYABLES: &str = "http://www.opengis.net/def/rel/ogc/1.0/queryables";
const SORTABLES: &str = "http://www.opengis.net/def/rel/ogc/1.0/sortables";
const SCHEMA: &str = "http://www.opengis.net/def/rel/ogc/1.0/schema";
const TILESETS: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";

/// `GET /collections`.
pub async fn collections(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::parse(request.query_string())?;
    let format = format(&request, &mut parameters, OF_DOCUMENTS)?;
    let language = Language::of(&request, &mut parameters)?;
    parameters.finish()?;
    let (city, base) = (state.city()?, base_url(&request, &state));
    let all: Vec<Json> = layers(&state).map(|layer| described(city, layer, &base, language)).collect();
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept, Accept-Language"));
    if format == Format::Html {
        return Ok(response.content_type("text/html; charset=utf-8").body(html::collections(&all, language)));
    }
    let own = format!("{base}/collections");
    Ok(response.json(json!({
        "links": own_links(&own, language),
        "crs": systems(),
        "collections": all,
    })))
}

/// The layers that whoever asks may see, in the catalogue's order.
pub fn layers(state: &State) -> impl Iterator<Item = &Arc<Layer>> {
    state.catalog.layers().iter().filter(|layer| state.audience().may_see(layer.audience))
}

/// The layers of the parameter `layers`, each once; `None` without it.
pub fn asked(parameters: &mut Parameters, state: &State) -> Result<Option<Vec<Arc<Layer>>>, Problem> {
    let Some(list) = parameters.text("layers") else { return Ok(None) };
    let mut asked: Vec<Arc<Layer>> = Vec::new();
    for name in list.split(',') {
        let known = layers(state).find(|layer| layer.id.as_str() == name);
        let known = known
            .ok_or_else(|| wrong("layers", &list, format!("there is no layer `{name}`; GET /catalog lists them")))?;
        if asked.iter().all(|layer| layer.id != known.id) {
            asked.push(Arc::clone(known));
        }
    }
    Ok(Some(asked))
}

/// `GET /collections/{layer}`.
pub async fn collection(
    request: HttpRequest,
    state: Serving,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let layer = layer(&state, &path)?;
    let mut parameters = Parameters::parse(request.query_string())?;
    let format = format(&request, &mut parameters, OF_DOCUMENTS)?;
    let language = Language::of(&request, &mut parameters)?;
    parameters.finish()?;
    let document = described(state.city()?, &layer, &base_url(&request, &state), language);
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept, Accept-Language"));
    if format == Format::Html {
        let page = html::collection(&layer, &document, language);
        return Ok(response.content_type("text/html; charset=utf-8").body(page));
    }
    Ok(response.json(document))
}

/// The URIs of all systems in which features are answered, CRS84 first: some clients take the first.
#[must_use]
pub fn systems() -> Vec<String> {
    OgcCrs::all().iter().map(ToString::to_string).collect()
}

/// One layer as a collection: the same alone and in the list (17-069r4, requirement `sfc-md-success`).
fn described(city: &City, layer: &Layer, base: &str, language: Language) -> Json {
    let own = format!("{base}/collections/{}", layer.id);
    let index = city.atlas().layer(&layer.id);
    let extent = bbox(city, &layer.id).or(layer.extent).unwrap_or(BBox::WORLD);
    let mut links = own_links(&own, language);
    let features = language.say("Đối tượng", "Features");
    links.extend(OF_FEATURES.iter().map(|format| {
        let href =
            if *format == Format::Json { format!("{own}/items") } else { format!("{own}/items?f={}", format.name()) };
        link(&href, "items", format.of_features(), features)
    }));
    let documents = [
        ("schema", SCHEMA, language.say("Lược đồ", "Schema")),
        ("queryables", QUERYABLES, language.say("Thuộc tính lọc được", "Queryables")),
        ("sortables", SORTABLES, language.say("Thuộc tính sắp xếp được", "Sortables")),
    ];
    links.extend(
        documents
            .iter()
            .map(|(name, rel, title)| link(&format!("{own}/{name}"), rel, "application/schema+json", title)),
    );
    let tiles = language.say("Ô bản đồ vectơ", "Vector tiles");
    links.push(link(&format!("{own}/tiles"), TILESETS, "application/json", tiles));
    json!({
        "id": layer.id,
        "title": language.pick(&layer.title),
        "description": language.pick(&layer.description),
        "attribution": layer.attribution,
        "itemType": "feature",
        "itemCount": index.map_or(0, |index| index.len()),
        "extent": {"spatial": {"bbox": [extent.to_array()], "crs": CRS84}},
        "crs": systems(),
        "storageCrs": CRS84,
        "links": links,
    })
}

fn own_links(own: &str, language: Language) -> Vec<Json> {
    vec![
        link(own, "self", "application/json", language.say("Tài liệu này", "This document")),
        link(
            &format!("{own}?f=html"),
            "alternate",
            "text/html",
            language.say("Tài liệu này ở dạng trang web", "This document as a page"),
        ),
    ]
}
