//! What tiles there are, as OGC API - Tiles tells it (OGC 20-057, requirement classes `tileset` and `tilesets-list`; the grid as OGC
//! 17-083r4 defines it).

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value as Json, json};

use super::error::Problem;
use super::features::Language;
use super::features::document::answer;
use super::links::{base_url, link};
use super::serving::Serving;
use super::tiles::{bbox, layer};
use crate::crs::ogc::CRS84;
use crate::geo::BBox;
use crate::geo::tile::MAX_ZOOM;
use crate::model::Layer;

const GRID: &str = "WebMercatorQuad";
const GRID_URI: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
const GRID_CRS: &str = "http://www.opengis.net/def/crs/EPSG/0/3857";
const SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";

/// Half the side of the world square, metres of EPSG:3857.
const HALF: f64 = 20_037_508.342_789_244;

/// Metres on the screen of a pixel, by convention (OGC 17-083r4, section 6.1.1).
const PIXEL: f64 = 0.000_28;

/// `GET /collections/{layer}/tiles`.
pub async fn tilesets(request: HttpRequest, state: Serving, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let layer = layer(&state, &path)?;
    let _ready = state.city()?;
    let base = base_url(&request, &state);
    let own = format!("{base}/collections/{}/tiles", layer.id);
    answer(&request, ["Các bộ ô", "Tilesets"], |language| {
        let mut tileset = brief(&layer, language);
        tileset["links"] = json!([
            link(&format!("{own}/{GRID}"), "self", "application/json", language.pick(&layer.title)),
            scheme(&base),
        ]);
        json!({"links": [link(&own, "self", "application/json", language.pick(&layer.title))], "tilesets": [tileset]})
    })
}

/// `GET /collections/{layer}/tiles/WebMercatorQuad`.
pub async fn tileset(request: HttpRequest, state: Serving, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let layer = layer(&state, &path)?;
    let city = state.city()?;
    let base = base_url(&request, &state);
    let extent = bbox(city, &layer.id).or(layer.extent).unwrap_or(BBox::WORLD);
    answer(&request, ["Bộ ô", "Tileset"], |language| {
        let own = format!("{base}/collections/{}/tiles/{GRID}", layer.id);
        let template = json!({
            "href": format!("{own}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"),
            "rel": "item", "type": "application/vnd.mapbox-vector-tile", "templated": true,
            "title": language.say("Ô bản đồ vectơ", "Vector tiles"),
        });
        let tilejson = format!("{base}/tiles/{}.json", layer.id);
        let mut document = brief(&layer, language);
        document["links"] = json!([
            link(&own, "self", "application/json", language.pick(&layer.title)),
            template,
            scheme(&base),
            link(&tilejson, "describedby", "application/json", "TileJSON"),
        ]);
        document["boundingBox"] =
            json!({"lowerLeft": [extent.west, extent.south], "upperRight": [extent.east, extent.north], "crs": CRS84});
        document["layers"] = json!([{
            "id": layer.id, "title": language.pick(&layer.title), "dataType": "vector", "crs": GRID_CRS,
            "minTileMatrix": layer.minzoom.to_string(), "maxTileMatrix": layer.maxzoom.to_string(),
        }]);
        document
    })
}

fn brief(layer: &Layer, language: Language) -> Json {
    json!({
        "title": language.pick(&layer.title),
        "dataType": "vector",
        "crs": GRID_CRS,
        "tileMatrixSetURI": GRID_URI,
        "attribution": layer.attribution,
    })
}

fn scheme(base: &str) -> Json {
    link(&format!("{base}/tileMatrixSets/{GRID}"), SCHEME, "application/json", GRID)
}

/// `GET /tileMatrixSets`.
pub async fn tile_matrix_sets(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    let own = format!("{}/tileMatrixSets/{GRID}", base_url(&request, &state));
    answer(&request, ["Các lưới ô", "Tile matrix sets"], |_| {
        json!({"tileMatrixSets": [{
            "id": GRID, "title": "Google Maps Compatible for the World", "uri": GRID_URI, "crs": GRID_CRS,
            "links": [link(&own, "self", "application/json", GRID)],
        }]})
    })
}

/// `GET /tileMatrixSets/WebMercatorQuad`.
pub async fn tile_matrix_set(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let matrix = |zoom: u8| {
        let side = 1_u64 << zoom;
        let cell = 2.0 * HALF / 256.0 / f64::from(u32::try_from(side).unwrap_or(u32::MAX));
        json!({
            "id": zoom.to_string(), "scaleDenominator": cell / PIXEL, "cellSize": cell, "cornerOfOrigin": "topLeft",
            "pointOfOrigin": [-HALF, HALF], "tileWidth": 256, "tileHeight": 256, "matrixWidth": side, "matrixHeight": side,
        })
    };
    let matrices: Vec<Json> = (0..=MAX_ZOOM).map(matrix).collect();
    answer(&request, ["Lưới ô", "Tile matrix set"], |_| {
        json!({
            "id": GRID, "title": "Google Maps Compatible for the World", "uri": GRID_URI, "crs": GRID_CRS,
            "orderedAxes": ["X", "Y"], "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
            "tileMatrices": matrices,
        })
    })
}
