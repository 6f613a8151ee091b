//! `POST /observations`: readings of sensors and vehicles.

use std::io::Read;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use chrono::Utc;
use futures_util::future::join_all;
use serde::Serialize;
use serde_json::json;

use crate::city::City;
use crate::ingest::body;
use crate::ingest::reading::{Judged, Known, RefusedReading};
use crate::ingest::refusals::Way;
use crate::model::{Layer, LayerId, Observations};
use crate::web::desk::whole;
use crate::web::error::Problem;
use crate::web::negotiate::header_text;
use crate::web::origin::own_page;
use crate::web::parameters::Parameters;
use crate::web::serving::{Serving, State};

/// Bytes of a body, unpacked: some hundred thousand readings.
const LARGEST: usize = 25 << 20;

/// Bytes of a body that are judged at once, without another thread.
const SHORT: usize = 16 << 10;

/// Refusals that are listed where nothing is taken, or to context brokers: a body of a few bytes, packed, may be refused a hundred thousand
/// times.
pub(super) const LISTED: usize = 10_000;

const TYPES: [&str; 4] = ["application/json", "application/x-ndjson", "application/ndjson", "application/jsonl"];

/// What became of the readings of a body.
#[derive(Serialize)]
struct Taken<'a> {
    accepted: usize,
    /// Names beside the values that the layers do not observe.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<usize>,
    refused: &'a [RefusedReading],
}

/// Takes readings: one JSON object, an array, or one a line. Good ones are kept whatever the others are; acknowledged is durable.
pub async fn take(request: HttpRequest, state: Serving, payload: web::Payload) -> Result<HttpResponse, Problem> {
    Parameters::parse(request.query_string())?.finish()?;
    open(&request, &state)?;
    let city = Arc::clone(state.city()?);
    let body =
        body(&request, payload, &TYPES, "send application/json, or application/x-ndjson with a reading a line").await?;
    let mut judged = if body.len() <= SHORT {
        judged(&state, &city, |known| body::judge(&body, known))
    } else {
        let (state, city) = (state.clone(), Arc::clone(&city));
        let work = state.clone();
        work.work(move || judged(&state, &city, |known| body::judge(&body, known))).await?
    };
    state.refusals.remember(Utc::now(), Way::Http, &judged.refused);
    keep(&city, std::mem::take(&mut judged.taken)).await?;
    told(Way::Http, &judged);
    let Judged { accepted, refused, left_out, .. } = judged;
    if accepted == 0 && !refused.is_empty() {
        let detail = format!("none of {} readings can be kept: {}", refused.len(), refused[0].message);
        return Err(Problem::Unprocessable { detail, refusals: json!(refused[..refused.len().min(LISTED)]) });
    }
    Ok(HttpResponse::Ok().json(Taken { accepted, left_out: (left_out > 0).then_some(left_out), refused: &refused }))
}

/// Refuses where the operator takes no readings, and what a page of somebody else sends.
pub(super) fn open(request: &HttpRequest, state: &State) -> Result<(), Problem> {
    if state.observations {
        return own_page(request, state);
    }
    Err(Problem::SwitchedOff(
        "readings are not taken; the operator starts the service with --observations to take them".to_owned(),
    ))
}

/// Counts what became of readings.
pub(super) fn told(way: Way, judged: &Judged) {
    for (outcome, count) in [("accepted", judged.accepted), ("refused", judged.refused.len())] {
        metrics::counter!("citylayers_observations_total", "outcome" => outcome, "way" => way.as_str())
            .increment(count as u64);
    }
    if judged.left_out > 0 {
        metrics::counter!("citylayers_observations_left_out_total", "way" => way.as_str())
            .increment(judged.left_out as u64);
    }
}

/// Keeps readings. When it returns they are durable.
pub(super) async fn keep(city: &Arc<City>, taken: Vec<Observations>) -> Result<(), Problem> {
    // Each in a task of its own, which comes to its end when the client goes.
    let kept = taken.into_iter().map(|observations| {
        let own = Arc::clone(city);
        city.task(async move { own.observe(observations).await })
    });
    for kept in join_all(kept).await {
        let failed = match kept {
            Ok(Ok(_)) => continue,
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::error!(error = failed, "readings could not be kept");
        return Err(Problem::Internal);
    }
    Ok(())
}

/// What `judge` says, who knows the layers that may be seen, their features, and the present moment.
pub(super) fn judged(state: &State, city: &City, judge: impl FnOnce(&Known<'_>) -> Judged) -> Judged {
    let audience = state.audience();
    let layer = |name: &str| {
        let layer = LayerId::new(name).and_then(|id| state.catalog.layer(&id).cloned());
        layer.filter(|layer| audience.may_see(layer.audience))
    };
    let has = |layer: &Layer, id: &str| city.atlas().layer(&layer.id).is_some_and(|index| index.found(id).is_some());
    judge(&Known { layer: &layer, has: &has, now: Utc::now(), untimed: &state.untimed })
}

/// The body, unpacked, of one of some media types; `way_out` tells what to send instead of others.
pub(super) async fn body(
    request: &HttpRequest,
    payload: web::Payload,
    types: &[&str],
    way_out: &str,
) -> Result<Bytes, Problem> {
    let kind = header_text(request, &header::CONTENT_TYPE).unwrap_or_default();
    let bare = kind.split(';').next().unwrap_or_default().trim();
    if !types.iter().any(|known| known.eq_ignore_ascii_case(bare)) {
        return Err(Problem::UnsupportedMediaType(format!("`Content-Type: {kind}` is not read here; {way_out}")));
    }
    let packing = header_text(request, &header::CONTENT_ENCODING).unwrap_or("identity").trim().to_ascii_lowercase();
    let bytes = whole(payload, LARGEST, "send it in parts").await?;
    match packing.as_str() {
        "identity" => Ok(bytes),
        "gzip" | "x-gzip" => unpacked(bytes).await,
        other => Err(Problem::UnsupportedMediaType(format!("`Content-Encoding: {other}` is not read; gzip is"))),
    }
}

async fn unpacked(bytes: Bytes) -> Result<Bytes, Problem> {
    let unpack = move || {
        let mut unpacked = Vec::new();
        // One byte more tells what is too large from what just fits.
        let reader = flate2::read::MultiGzDecoder::new(bytes.as_ref());
        reader.take(LARGEST as u64 + 1).read_to_end(&mut unpacked).map(|_| unpacked)
    };
    let unpacked = web::block(unpack).await.map_err(|error| {
        tracing::error!(%error, "a body could not be unpacked");
        Problem::Internal
    })?;
    let unpacked = unpacked.map_err(|error| Problem::BadRequest(format!("the body is no gzip: {error}")))?;
    if unpacked.len() > LARGEST {
        return Err(Problem::TooLarge(format!("the body unpacks to more than {LARGEST} bytes: send it in parts")));
    }
    Ok(unpacked.into())
}
