//! What the planner's resources share: bodies, geometries in them, and the thread that answers.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use chrono::Utc;
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::Problem;
use super::parameters::Parameters;
use super::serving::{Serving, State};
use crate::crs::OgcCrs;
use crate::index::LayerIndex;
use crate::model::Layer;
use crate::model::planning::When;
use crate::model::validity::Interval;
use crate::planning::project::{Drawn, Paths};
use crate::planning::{Desk, PlanningError};

/// Bytes of a body: the most corners that an answer takes, with all digits, are half of it.
const MOST_BYTES: usize = 2 << 20;

/// The JSON of a body.
pub async fn json_body(payload: web::Payload) -> Result<Value, Problem> {
    let bytes = whole(payload, MOST_BYTES, "send a geometry with fewer corners").await?;
    serde_json::from_slice(&bytes).map_err(|error| Problem::BadRequest(format!("the body is not JSON: {error}")))
}

/// The bytes of a body, at most so many; `way_out` tells what to do about more.
pub async fn whole(payload: web::Payload, most: usize, way_out: &str) -> Result<Bytes, Problem> {
    let read = payload.to_bytes_limited(most).await;
    let read = read.map_err(|_beyond| Problem::TooLarge(format!("the body has more than {most} bytes: {way_out}")))?;
    read.map_err(|error| Problem::BadRequest(format!("the body did not come whole: {error}")))
}

/// A value of a body as what it should be.
pub fn meant<T: for<'de> Deserialize<'de>>(value: Value, what: &str) -> Result<T, Problem> {
    serde_json::from_value(value).map_err(|error| Problem::BadRequest(format!("{what} cannot be read: {error}")))
}

/// A place of a body: two numbers; a third, a height, is not looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position(pub [f64; 2]);

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let numbers = Vec::<f64>::deserialize(deserializer)?;
        match numbers[..] {
            [x, y] | [x, y, _] => Ok(Self([x, y])),
            _ => Err(D::Error::custom(format!("a place has two numbers, not {}", numbers.len()))),
        }
    }
}

/// A GeoJSON geometry that has an area or a length.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(tag = "type", content = "coordinates")]
pub enum GeoJson {
    /// RFC 7946, section 3.1.6.
    Polygon(Vec<Vec<Position>>),
    /// Section 3.1.7.
    MultiPolygon(Vec<Vec<Vec<Position>>>),
    /// Section 3.1.4.
    LineString(Vec<Position>),
    /// Section 3.1.5.
    MultiLineString(Vec<Vec<Position>>),
}

impl From<GeoJson> for Drawn {
    fn from(geometry: GeoJson) -> Self {
        match geometry {
            GeoJson::Polygon(rings) => Self::Polygons(vec![paths(rings)]),
            GeoJson::MultiPolygon(polygons) => Self::Polygons(polygons.into_iter().map(paths).collect()),
            GeoJson::LineString(line) => Self::Lines(paths(vec![line])),
            GeoJson::MultiLineString(lines) => Self::Lines(paths(lines)),
        }
    }
}

fn paths(paths: Vec<Vec<Position>>) -> Paths {
    paths.into_iter().map(|path| path.into_iter().map(|Position(place)| place).collect()).collect()
}

/// The system of a body, CRS84 where it names none.
pub fn system(name: Option<&str>) -> Result<OgcCrs, Problem> {
    name.map_or_else(|| Ok(OgcCrs::crs84()), OgcCrs::parse).map_err(|error| Problem::BadRequest(error.to_string()))
}

/// The present state of a layer.
pub fn index(state: &State, layer: &Layer) -> Result<Arc<LayerIndex>, Problem> {
    state.city()?.atlas().layer(&layer.id).ok_or(Problem::Internal)
}

/// `datetime`, and the day that it is in Viet Nam (UTC+7, without summer time).
pub fn when(parameters: &mut Parameters) -> Result<When, Problem> {
    Ok(When { asked: parameters.interval("datetime")?, today: Interval::day_of(Utc::now()) })
}

/// The layers that a planner asks, as they are now.
pub fn desk(state: &State) -> Result<Desk, Problem> {
    let atlas = state.city()?.atlas();
    let layers = state.catalog.layers().iter().filter_map(|layer| atlas.layer(&layer.id));
    Ok(Desk::new(layers, state.audience()))
}

/// The answer of `work`, done on a blocking thread, of which there are no more at once than cores.
pub async fn answered<T: Serialize>(
    state: &Serving,
    work: impl FnOnce() -> Result<T, PlanningError> + Send + 'static,
) -> Result<HttpResponse, Problem> {
    let body = state.work(move || work().map(|answer| serde_json::to_vec(&answer))).await?;
    let body = body.map_err(|error| Problem::BadRequest(error.to_string()))?.map_err(|error| {
        tracing::error!(%error, "the answer to a planner's question could not be written");
        Problem::Internal
    })?;
    let mut response = HttpResponse::Ok();
    Ok(response.insert_header((header::CACHE_CONTROL, "no-store")).content_type("application/json").body(body))
}

/// Every other method of a resource that is asked with POST.
pub async fn post_only(request: HttpRequest) -> HttpResponse {
    const METHODS: &str = "POST, OPTIONS";
    if request.method() == actix_web::http::Method::OPTIONS {
        return HttpResponse::NoContent()
            .insert_header((header::ALLOW, METHODS))
            .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, METHODS))
            .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, "*"))
            .insert_header((header::ACCESS_CONTROL_MAX_AGE, "86400"))
            .finish();
    }
    let detail = format!("{} is not answered at {}: POST a body in JSON", request.method(), request.path());
    let mut response = actix_web::ResponseError::error_response(&Problem::MethodNotAllowed(detail));
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(METHODS));
    response
}
