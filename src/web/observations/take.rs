//! `POST /observations`: readings of sensors and vehicles.

use std::io::Read;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use chrono::Utc;
use futures_util::future::join_all;
use serde_json::json;

use crate::city::City;
use crate::ingest::reading::{self, Judged, Known};
use crate::model::LayerId;
use crate::web::desk::whole;
use crate::web::error::Problem;
use crate::web::negotiate::header_text;
use crate::web::parameters::Parameters;
use crate::web::serving::{Serving, State};

/// Bytes of a body, unpacked: some hundred thousand readings.
const LARGEST: usize = 25 << 20;

/// Bytes of a body that are judged at once, without another thread.
const SHORT: usize = 16 << 10;

const TYPES: [&str; 4] = ["application/json", "application/x-ndjson", "application/ndjson", "application/jsonl"];

/// Takes readings: one JSON object, an array, or one a line. Good ones are kept whatever the others are; acknowledged is durable.
pub async fn take(request: HttpRequest, state: Serving, payload: web::Payload) -> Result<HttpResponse, Problem> {
    Parameters::parse(request.query_string())?.finish()?;
    if !state.observations {
        return Err(Problem::MethodNotAllowed(
            "readings are not taken; the operator starts the service with --observations to take them".to_owned(),
        ));
    }
    let city = Arc::clone(state.city()?);
    let body = body(&request, payload).await?;
    let judged = if body.len() <= SHORT {
        judge(&state, &city, &body)
    } else {
        let (state, city) = (state.clone(), Arc::clone(&city));
        let work = state.clone();
        work.work(move || judge(&state, &city, &body)).await?
    };
    let Judged { taken, accepted, refused } = judged;
    state.refused.remember(Utc::now(), &refused);
    // Each in a task of its own, which comes to its end when the client goes.
    let kept = taken.into_iter().map(|observations| {
        let city = Arc::clone(&city);
        tokio::spawn(async move { city.observe(observations).await })
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
    metrics::counter!("citylayers_observations_total", "outcome" => "accepted").increment(accepted as u64);
    metrics::counter!("citylayers_observations_total", "outcome" => "refused").increment(refused.len() as u64);
    if accepted == 0 && !refused.is_empty() {
        let detail = format!("none of {} readings can be kept: {}", refused.len(), refused[0].message);
        return Err(Problem::Unprocessable { detail, refusals: json!(refused) });
    }
    Ok(HttpResponse::Ok().json(json!({"accepted": accepted, "refused": refused})))
}

fn judge(state: &State, city: &City, body: &[u8]) -> Judged {
    let audience = state.audience();
    let layer = |name: &str| {
        let layer = LayerId::new(name).and_then(|id| state.catalog.layer(&id).cloned());
        layer.filter(|layer| audience.may_see(layer.audience))
    };
    let has = |layer: &crate::model::Layer, id: &str| {
        city.atlas().layer(&layer.id).is_some_and(|index| index.found(id).is_some())
    };
    reading::judge(body, &Known { layer: &layer, has: &has, now: Utc::now() })
}

/// The body, unpacked.
async fn body(request: &HttpRequest, payload: web::Payload) -> Result<Bytes, Problem> {
    let kind = header_text(request, &header::CONTENT_TYPE).unwrap_or_default();
    let bare = kind.split(';').next().unwrap_or_default().trim();
    if !TYPES.iter().any(|known| known.eq_ignore_ascii_case(bare)) {
        return Err(Problem::UnsupportedMediaType(format!(
            "`Content-Type: {kind}` is not read here; send application/json, or application/x-ndjson with a reading a line"
        )));
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
