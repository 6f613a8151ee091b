//! `/tiles/{layers}/{z}/{x}/{y}.mvt` and `.mlt`, `/tiles/{layers}.json`, and the same tile by its OGC name.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use chrono::Utc;
use serde::Deserialize;

use super::as_of;
use super::draw::LEFT_OUT;
use super::error::Problem;
use super::indicators::{Wanted, indicated, with_indicated};
use super::links::base_url;
use super::measured::measured;
use super::negotiate::{content_encoding, encoding, format, has_already, header_text};
use super::parameters::Parameters;
use super::serving::{Serving, State};
use crate::city::City;
use crate::geo::tile::MAX_ZOOM;
use crate::geo::{BBox, TileCoord};
use crate::model::layer::KNOWN;
use crate::model::{Audience, Field, FieldType, Layer, LayerId, Title, Version};
use crate::tile::Format;
use crate::tile::cache::{Indicated, Key, Measured};
use crate::tile::readings::AGE;
use crate::tile::tilejson::{Described, tilejson};

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

/// `GET /tiles/{layers}/{z}/{x}/{y}.mvt`, `.pbf` the same, `.mlt` as columns.
pub async fn tile(request: HttpRequest, state: Serving, path: web::Path<TilePath>) -> Result<HttpResponse, Problem> {
    let format = match path.extension.as_str() {
        "mvt" | "pbf" => Format::Mvt,
        "mlt" => Format::Mlt,
        other => return Err(Problem::NotFound(format!("tiles end in .mvt, .pbf or .mlt, not .{other}"))),
    };
    let layers = layers(&state, &path.layers)?;
    let coord = coord([("z", &path.z), ("x", &path.x), ("y", &path.y)])?;
    answer(&request, &state, &layers, coord, (format, "Accept-Encoding")).await
}

/// `{layer}/tiles/WebMercatorQuad/{z}/{row}/{col}` as it stands in the path.
#[derive(Deserialize)]
pub struct OgcTilePath {
    layer: String,
    z: String,
    row: String,
    col: String,
}

/// `GET /collections/{layer}/tiles/WebMercatorQuad/{z}/{row}/{col}` (OGC 20-057, section 7): row before column,
/// the format by `Accept`.
pub async fn ogc_tile(
    request: HttpRequest,
    state: Serving,
    path: web::Path<OgcTilePath>,
) -> Result<HttpResponse, Problem> {
    let layer = layer(&state, &path.layer)?;
    let coord = coord([("z", &path.z), ("col", &path.col), ("row", &path.row)])?;
    let format = format(header_text(&request, &header::ACCEPT));
    answer(&request, &state, &[layer], coord, (format, "Accept, Accept-Encoding")).await
}

/// The tile, with the format and with the headers of the request on which it depends.
async fn answer(
    request: &HttpRequest,
    state: &Serving,
    layers: &[Arc<Layer>],
    coord: TileCoord,
    (format, vary): (Format, &'static str),
) -> Result<HttpResponse, Problem> {
    let city = state.city()?;
    let versions = layers.iter().map(|layer| city.atlas().tile_version(&layer.id, coord));
    let version = versions.max().unwrap_or_default();
    let wanted = indicated(request.query_string(), state, layers, format)?;
    let told = wanted.as_ref().map(Wanted::key);
    let with_present = live(request.query_string())?;
    let measured = match as_of::moment(request.query_string(), layers, Utc::now())? {
        Some(_) if format != Format::Mvt => {
            return Err(Problem::BadRequest("`datetime`: only .mvt tiles carry what is measured".to_owned()));
        }
        Some(_) if !with_present => {
            let message =
                "`datetime` asks for the values of a moment and `live=false` for none: leave one of them away";
            return Err(Problem::BadRequest(message.to_owned()));
        }
        Some(at) => {
            let version = as_of::version(city, layers, at);
            Some(Measured { version, at: at.timestamp_millis(), as_of: true })
        }
        None if with_present => measured(city, layers, coord, format),
        None => None,
    };
    let etag = etag(version, measured, told.as_ref(), state, format);
    let common = [(header::ETAG, etag.as_str()), (header::VARY, vary), NO_CACHE];
    let with_common = |mut response: HttpResponseBuilder| {
        for header in common {
            response.insert_header(header);
        }
        response
    };
    if has_already(header_text(request, &header::IF_NONE_MATCH), &etag) {
        metrics::counter!("citylayers_tiles_total", "outcome" => "not_modified").increment(1);
        return Ok(with_common(HttpResponse::NotModified()).finish());
    }
    let encoding = encoding(header_text(request, &header::ACCEPT_ENCODING));
    let names: Vec<&str> = layers.iter().map(|layer| layer.id.as_str()).collect();
    let layer_names = names.join(",").into();
    let audience = state.audience();
    let key = Key { audience, layers: layer_names, version, coord, format, encoding, measured, indicated: told };
    let tile = with_indicated(state, city, layers, key, wanted).await?;
    let status = if tile.bytes.is_empty() { HttpResponse::NoContent() } else { HttpResponse::Ok() };
    let mut response = with_common(status);
    if let Some(left_out) = &tile.left_out {
        response.insert_header((LEFT_OUT, left_out.as_ref()));
    }
    if tile.bytes.is_empty() {
        return Ok(response.finish());
    }
    if let Some(name) = content_encoding(encoding) {
        response.insert_header((header::CONTENT_ENCODING, name));
    }
    Ok(response.content_type(format.media_type()).body(tile.bytes))
}

/// Whether present values are wanted: not with `?live=false`.
fn live(query: &str) -> Result<bool, Problem> {
    let wish: Option<bool> = Parameters::parse(query)?.value("live", "it is true or false")?;
    Ok(wish.unwrap_or(true))
}

/// Weak, because the packings of a tile share it; another format is another tile.
fn etag(
    version: Version,
    measured: Option<Measured>,
    told: Option<&Indicated>,
    state: &State,
    format: Format,
) -> String {
    let suffix = if format == Format::Mlt { "-mlt" } else { "" };
    let measured = measured.map(|Measured { version, at, as_of }| {
        let then = if as_of { "t" } else { "" };
        format!("-{version}-{then}{at:x}")
    });
    let measured = measured.unwrap_or_default();
    let told = told.map(|told| format!("-{}-{}", told.choice, told.version)).unwrap_or_default();
    format!("W/\"{version}{measured}{told}-{:x}{suffix}\"", state.fingerprint)
}

/// A client may keep a tile but asks each time whether it is still so: an edit is seen by the next request.
const NO_CACHE: (header::HeaderName, &str) = (header::CACHE_CONTROL, "no-cache");

/// The query of a `TileJSON`.
#[derive(Deserialize)]
struct DescribeQuery {
    encoding: Option<String>,
}

/// `GET /tiles/{layers}.json`: `TileJSON` 3.0, with `?encoding=mlt` of such tiles.
pub async fn describe(request: HttpRequest, state: Serving, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let layers = layers(&state, &path)?;
    let format = tilejson_format(request.query_string())?;
    let city = state.city()?;
    let described: Vec<Described> = layers
        .iter()
        .map(|layer| {
            let left_out = city.atlas().layer(&layer.id).map_or_else(Vec::new, |index| index.left_out_by_zoom());
            Described { layer: with_observed(layer.in_tiles()), bbox: bbox(city, &layer.id), left_out }
        })
        .collect();
    let names: Vec<&str> = layers.iter().map(|layer| layer.id.as_str()).collect();
    let (base, names, extension) = (base_url(&request, &state), names.join(","), format.name());
    let template = format!("{base}/tiles/{names}/{{z}}/{{x}}/{{y}}.{extension}");
    let document = tilejson(&described, &template, format, state.audience());
    Ok(HttpResponse::Ok().insert_header(NO_CACHE).content_type("application/json").body(document.to_string()))
}

/// A layer as its tiles have it, with what is measured among its fields.
fn with_observed(mut layer: Layer) -> Layer {
    if layer.observed.is_empty() {
        return layer;
    }
    let field = |name: &str, unit: Option<String>, title: &Title| Field {
        name: name.to_owned(),
        field_type: FieldType::Real,
        unit,
        title: title.clone(),
        codes: Vec::new(),
        required: false,
        searchable: false,
        audience: Audience::Public,
        aliases: Vec::new(),
    };
    let age = Title { vi: "Đo cách đây".to_owned(), en: "Measured so long ago".to_owned() };
    let observed: Vec<Field> =
        layer.observed.iter().map(|observed| field(&observed.name, observed.unit.clone(), &observed.title)).collect();
    layer.fields.extend(observed);
    layer.fields.push(field(AGE, Some("s".to_owned()), &age));
    let Some(clustering) = layer.cluster.clone() else { return layer };
    for total in clustering.totals.iter().filter(|total| total.range.is_some()) {
        layer.fields.push(Field { field_type: FieldType::Integer, ..field(&total.name, None, &total.title) });
    }
    for of in clustering.measured() {
        let Title { vi, en } = &layer.observed[of].title;
        let title =
            Title { vi: format!("{vi}: số đối tượng có số đo"), en: format!("{en}: features that tell") };
        let known = field(&format!("{}{KNOWN}", layer.observed[of].name), None, &title);
        layer.fields.push(Field { field_type: FieldType::Integer, ..known });
    }
    layer
}

fn tilejson_format(query: &str) -> Result<Format, Problem> {
    let query = web::Query::<DescribeQuery>::from_query(query)
        .map_err(|error| Problem::BadRequest(format!("the query `{query}` cannot be read: {error}")))?;
    match query.encoding.as_deref() {
        None => Ok(Format::default()),
        Some(name) => [Format::Mvt, Format::Mlt].into_iter().find(|format| format.name() == name).ok_or_else(|| {
            Problem::BadRequest(format!("encoding `{name}` is not known: tiles are written as mvt or mlt"))
        }),
    }
}

/// The box around a layer's features, `None` without features.
#[must_use]
pub fn bbox(city: &City, id: &LayerId) -> Option<BBox> {
    city.atlas().layer(id).filter(|index| !index.is_empty()).map(|index| BBox::holding(index.window()))
}

/// The layers of a comma-separated list, each once, in alphabetical order: the same tile has one place in the cache.
pub fn layers(state: &State, list: &str) -> Result<Vec<Arc<Layer>>, Problem> {
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

/// The layer of a name that stands in a path, if whoever asks may see it.
pub fn layer(state: &State, name: &str) -> Result<Arc<Layer>, Problem> {
    if name.is_empty() {
        return Err(Problem::BadRequest("a layer id in the list of layers is empty".to_owned()));
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
