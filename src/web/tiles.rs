//! `/tiles/{layers}/{z}/{x}/{y}.mvt`, `/tiles/{layers}.json` and the same tile by its OGC name.

use std::sync::Arc;
use std::time::Instant;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use serde::Deserialize;

use super::error::Problem;
use super::negotiate::{content_encoding, encoding, has_already};
use super::serving::{Serving, State};
use crate::city::City;
use crate::geo::BBox;
use crate::geo::TileCoord;
use crate::geo::tile::MAX_ZOOM;
use crate::index::LayerIndex;
use crate::model::{Audience, Layer, LayerId};
use crate::tile::cache::{Key, compress};
use crate::tile::render;
use crate::tile::tilejson::tilejson;

/// Layers in one tile.
const MAX_LAYERS: usize = 20;

/// Characters of a list of layers: a list of [`MAX_LAYERS`] of the longest names fits.
const MAX_LIST: usize = 1000;

/// `{layers}/{z}/{x}/{y}.{extension}` as it stands in the path.
#[derive(Deserialize)]
pub struct TilePath {
    layers: String,
    z: String,
    x: String,
    y: String,
    extension: String,
}

/// `GET /tiles/{layers}/{z}/{x}/{y}.mvt`, `.pbf` the same.
pub async fn tile(request: HttpRequest, state: Serving, path: web::Path<TilePath>) -> Result<HttpResponse, Problem> {
    if !matches!(path.extension.as_str(), "mvt" | "pbf") {
        return Err(Problem::NotFound(format!("tiles end in .mvt or .pbf, not .{}", path.extension)));
    }
    let layers = layers(&state, &path.layers)?;
    let coord = coord([("z", &path.z), ("x", &path.x), ("y", &path.y)])?;
    answer(&request, &state, &layers, coord).await
}

/// `{layer}/tiles/WebMercatorQuad/{z}/{row}/{col}` as it stands in the path.
#[derive(Deserialize)]
pub struct OgcTilePath {
    layer: String,
    z: String,
    row: String,
    col: String,
}

/// `GET /collections/{layer}/tiles/WebMercatorQuad/{z}/{row}/{col}` (OGC 20-057, section 7): row before column.
pub async fn ogc_tile(
    request: HttpRequest,
    state: Serving,
    path: web::Path<OgcTilePath>,
) -> Result<HttpResponse, Problem> {
    let layer = layer(&state, &path.layer)?;
    let coord = coord([("z", &path.z), ("col", &path.col), ("row", &path.row)])?;
    answer(&request, &state, &[layer], coord).await
}

async fn answer(
    request: &HttpRequest,
    state: &Serving,
    layers: &[Arc<Layer>],
    coord: TileCoord,
) -> Result<HttpResponse, Problem> {
    let city = state.city()?;
    let text = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let versions = layers.iter().map(|layer| city.atlas().tile_version(&layer.id, coord));
    let version = versions.max().unwrap_or_default();
    let etag = format!("W/\"{version}-{:x}\"", state.fingerprint);
    if has_already(text(header::IF_NONE_MATCH), &etag) {
        metrics::counter!("citylayers_tiles_total", "outcome" => "not_modified").increment(1);
        return Ok(HttpResponse::NotModified()
            .insert_header(caching(&etag))
            .insert_header(VARY)
            .insert_header(NO_CACHE)
            .finish());
    }
    let encoding = encoding(text(header::ACCEPT_ENCODING));
    let names: Vec<&str> = layers.iter().map(|layer| layer.id.as_str()).collect();
    let key = Key { audience: state.audience(), layers: names.join(",").into(), version, coord, encoding };
    let bytes = tile_bytes(state, city, layers, key).await?;
    let mut response = if bytes.is_empty() { HttpResponse::NoContent() } else { HttpResponse::Ok() };
    response.insert_header(caching(&etag)).insert_header(VARY).insert_header(NO_CACHE);
    if bytes.is_empty() {
        return Ok(response.finish());
    }
    if let Some(name) = content_encoding(encoding) {
        response.insert_header((header::CONTENT_ENCODING, name));
    }
    Ok(response.content_type("application/vnd.mapbox-vector-tile").body(bytes))
}

const VARY: (header::HeaderName, &str) = (header::VARY, "Accept-Encoding");
/// A client may keep a tile but asks each time whether it is still so: an edit is seen by the next request.
const NO_CACHE: (header::HeaderName, &str) = (header::CACHE_CONTROL, "no-cache");

fn caching(etag: &str) -> (header::HeaderName, &str) {
    (header::ETAG, etag)
}

/// The tile from the cache, or drawn and packed away from the async workers.
async fn tile_bytes(state: &Serving, city: &Arc<City>, layers: &[Arc<Layer>], key: Key) -> Result<Bytes, Problem> {
    if let Some(bytes) = state.cache.get(&key) {
        metrics::counter!("citylayers_tiles_total", "outcome" => "cached").increment(1);
        return Ok(bytes);
    }
    let indexes: Vec<Arc<LayerIndex>> = layers.iter().filter_map(|layer| city.atlas().layer(&layer.id)).collect();
    let cache = state.cache.clone();
    let drawn = web::block(move || {
        let (coord, audience, encoding) = (key.coord, key.audience, key.encoding);
        cache.get_or_draw(key, || draw(&indexes, coord, audience, |bytes| compress(bytes, encoding)))
    });
    drawn.await.map_err(|error| {
        tracing::error!(%error, "a tile could not be drawn");
        Problem::Internal
    })
}

fn draw(indexes: &[Arc<LayerIndex>], coord: TileCoord, audience: Audience, pack: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let start = Instant::now();
    let shown = indexes.iter().filter(|index| index.layer().minzoom <= coord.z());
    let found: Vec<_> = shown.map(|index| (index.layer_in_tiles(coord.z()), index.tile(coord))).collect();
    let layers: Vec<(&Layer, &[_])> =
        found.iter().map(|(layer, selections)| (layer.as_ref(), selections.as_slice())).collect();
    let drawn = render(&layers, coord, audience);
    let bytes = if drawn.bytes.is_empty() { Vec::new() } else { pack(&drawn.bytes) };
    metrics::counter!("citylayers_tiles_total", "outcome" => "drawn").increment(1);
    metrics::histogram!("citylayers_tile_draw_seconds").record(start.elapsed().as_secs_f64());
    bytes
}

/// `GET /tiles/{layers}.json`: `TileJSON` 3.0.
pub async fn describe(request: HttpRequest, state: Serving, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let layers = layers(&state, &path)?;
    let city = state.city()?;
    let described: Vec<(&Layer, Option<BBox>)> =
        layers.iter().map(|layer| (layer.as_ref(), bbox(city, &layer.id))).collect();
    let names: Vec<&str> = layers.iter().map(|layer| layer.id.as_str()).collect();
    let template = format!("{}/tiles/{}/{{z}}/{{x}}/{{y}}.mvt", base_url(&request, &state), names.join(","));
    let document = tilejson(&described, &template, state.audience());
    Ok(HttpResponse::Ok().insert_header(NO_CACHE).content_type("application/json").body(document.to_string()))
}

/// The box around a layer's features, `None` without features.
#[must_use]
pub fn bbox(city: &City, id: &LayerId) -> Option<BBox> {
    city.atlas().layer(id).filter(|index| !index.is_empty()).map(|index| index.window().into())
}

/// Where absolute links begin. Forwarded headers are not believed: behind a proxy `public_url` says it.
fn base_url(request: &HttpRequest, state: &State) -> String {
    let from_request = || {
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let sound = |host: &&str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
        format!("http://{}", host.filter(sound).unwrap_or("localhost"))
    };
    state.public_url.clone().unwrap_or_else(from_request)
}

/// The layers of a comma-separated list, each once, in alphabetical order: the same tile has one place in the cache.
fn layers(state: &State, list: &str) -> Result<Vec<Arc<Layer>>, Problem> {
    if list.len() > MAX_LIST {
        return Err(Problem::BadRequest(format!(
            "the list of layers has {} characters, at most {MAX_LIST}",
            list.len()
        )));
    }
    let mut names: Vec<&str> = list.split(',').collect();
    names.sort_unstable();
    names.dedup();
    if names.len() > MAX_LAYERS {
        return Err(Problem::BadRequest(format!(
            "{} layers in one tile, at most {MAX_LAYERS}: ask for two tiles",
            names.len()
        )));
    }
    names.into_iter().map(|name| layer(state, name)).collect()
}

fn layer(state: &State, name: &str) -> Result<Arc<Layer>, Problem> {
    if name.is_empty() {
        return Err(Problem::BadRequest("a layer id in the list is empty".to_owned()));
    }
    let known = LayerId::new(name).and_then(|id| state.catalog.layer(&id).cloned());
    let seen = known.filter(|layer| state.audience().may_see(layer.audience));
    seen.ok_or_else(|| Problem::NotFound(format!("there is no layer `{name}`; GET /catalog lists them")))
}

/// Zoom, column and row from their texts, each with the name that the path has for it.
fn coord(parts: [(&str, &str); 3]) -> Result<TileCoord, Problem> {
    let number = |(name, text): (&str, &str)| {
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = if plain { text.parse::<u32>().ok() } else { None };
        number.ok_or_else(|| Problem::BadRequest(format!("{name} `{text}` is not a whole number from 0")))
    };
    let [z, x, y] = [number(parts[0])?, number(parts[1])?, number(parts[2])?];
    let zoom = u8::try_from(z).ok().filter(|&z| z <= MAX_ZOOM);
    let zoom =
        zoom.ok_or_else(|| Problem::BadRequest(format!("{} {z} is beyond the deepest zoom, {MAX_ZOOM}", parts[0].0)))?;
    TileCoord::new(zoom, x, y).ok_or_else(|| {
        let (name, value) = if x >> zoom > 0 { (parts[1].0, x) } else { (parts[2].0, y) };
        Problem::BadRequest(format!("{name} {value} is outside zoom {z}, which has 0 to {}", (1_u64 << zoom) - 1))
    })
}
