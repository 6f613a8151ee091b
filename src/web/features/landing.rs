//! `/` and `/conformance`: where a client begins (OGC 19-072, section 7).

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value as Json, json};

use super::document::answer;
use super::formats::{Format, Language, OF_DOCUMENTS, format};
use crate::web::error::Problem;
use crate::web::links::{base_url, link};
use crate::web::pages;
use crate::web::parameters::Parameters;
use crate::web::serving::Serving;

/// The media type of the API definition (17-069r4, requirement class `oas30`).
pub const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";

/// What is conformed to where features may be changed.
const CLASSES_OF_EDITS: &[&str] = &[
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/create-replace-delete",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/update",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/optimistic-locking-etags",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/features",
];

/// What is conformed to.
const CLASSES: &[&str] = &[
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/landing-page",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/accent-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions-plus",
    "http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/temporal-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/array-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/property-property",
    "http://www.opengis.net/spec/cql2/1.0/conf/functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/arithmetic",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/core-roles-features",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/sortables",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
];

/// `GET /`: the map for people, the landing page for programs.
pub async fn landing(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::parse(request.query_string())?;
    if format(&request, &mut parameters, OF_DOCUMENTS)? == Format::Html {
        // The rest of the query is the map's.
        return pages::map(&request);
    }
    let language = Language::of(&request, &mut parameters)?;
    parameters.finish()?;
    let base = base_url(&request, &state);
    let document = json!({
        "title": "citylayers",
        "description": language.say(
            "Các lớp dữ liệu đô thị thông minh: đối tượng, ô bản đồ và truy vấn không gian.",
            "Layers of a smart city: features, tiles and spatial queries."
        ),
        "attribution": attribution(&state),
        "links": links(&base, language),
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept, Accept-Language"))
        .json(document))
}

fn attribution(state: &Serving) -> String {
    let mut all: Vec<&str> = state.catalog.layers().iter().map(|layer| layer.attribution.as_str()).collect();
    all.sort_unstable();
    all.dedup();
    all.join(" · ")
}

fn links(base: &str, language: Language) -> Vec<Json> {
    let say = |vietnamese, english| language.say(vietnamese, english);
    vec![
        link(&format!("{base}/"), "self", "application/json", say("Tài liệu này", "This document")),
        link(&format!("{base}/?f=html"), "alternate", "text/html", say("Bản đồ", "The map")),
        link(&format!("{base}/api"), "service-desc", OPENAPI, say("Định nghĩa API", "API definition")),
        link(&format!("{base}/api.html"), "service-doc", "text/html", say("Tài liệu API", "API documentation")),
        link(
            &format!("{base}/conformance"),
            "conformance",
            "application/json",
            say("Các lớp tuân thủ", "Conformance classes"),
        ),
        link(
            &format!("{base}/functions"),
            "http://www.opengis.net/def/rel/ogc/1.0/functions",
            "application/json",
            say("Hàm dùng trong bộ lọc", "Functions of filters"),
        ),
        link(
            &format!("{base}/tileMatrixSets"),
            "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes",
            "application/json",
            say("Các lưới ô", "Tile matrix sets"),
        ),
        link(&format!("{base}/collections"), "data", "application/json", say("Các lớp dữ liệu", "Collections")),
        link(&format!("{base}/indicators"), "related", "application/json", say("Các chỉ số", "Indicators")),
        link(
            &format!("{base}/scenes"),
            "related",
            "application/json",
            say("Các cảnh của màn hình giám sát", "Scenes of the wall"),
        ),
        link(&format!("{base}/planner"), "related", "text/html", say("Bàn làm việc quy hoạch", "The planner's desk")),
        link(
            &format!("{base}/wall"),
            "related",
            "text/html",
            say("Màn hình giám sát", "The wall of an operations centre"),
        ),
    ]
}

/// `GET /conformance`.
pub async fn conformance(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    let _ready = state.city()?;
    let edits = CLASSES_OF_EDITS.iter().filter(|_| state.edits);
    let classes: Vec<&str> = CLASSES.iter().chain(edits).copied().collect();
    answer(&request, ["Các lớp tuân thủ", "Conformance classes"], |_| json!({"conformsTo": classes}))
}
