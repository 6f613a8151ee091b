//! `GET /collections/{layer}/items/{id}/track`: where a feature that moves was, as a line with times (OGC 19-045r3, Moving Features
//! JSON, "trajectory").

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Value as Json, json};

use super::history::{observed_layer, readings};
use crate::model::{Interval, Observation};
use crate::store::Span;
use crate::web::error::Problem;
use crate::web::parameters::Parameters;
use crate::web::serving::Serving;

/// Places of an answer: a day of one each nine seconds.
const MOST: usize = 10_000;

/// Without a word for so long nobody knows the way between two places.
const GAP: i64 = 15;

/// Answers with a `Feature`: a line for each stretch without a gap, and the times of its places in `datetimes`.
pub async fn track(
    request: HttpRequest,
    state: Serving,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (name, id) = path.into_inner();
    let layer = observed_layer(&state, &name)?;
    let mut parameters = Parameters::parse(request.query_string())?;
    let interval = parameters.local_interval("datetime")?;
    let minutes = parameters.value::<u32>("gap", "it is a number of minutes")?.map_or(GAP, i64::from);
    parameters.finish()?;
    if !layer.moving {
        return Err(Problem::NotFound(format!("features of the layer `{}` do not move", layer.id)));
    }
    let (from, to) = interval.map_or((None, None), Interval::ends);
    let span = Span { from, to, limit: MOST, newest_first: true, placed: true };
    let _turn = state.histories.acquire().await.map_err(|_closed| Problem::Internal)?;
    let mut found = readings(&state, &layer, &id, span).await?;
    found.reverse();
    let stretches: Vec<&[Observation]> =
        found.chunk_by(|one, next| next.time - one.time <= TimeDelta::minutes(minutes)).collect();
    let of_each = |value: &dyn Fn(&Observation) -> Json| -> Vec<Vec<Json>> {
        // A line has two places at least: one alone stands there twice.
        let alone = |stretch: &'_ [Observation]| (stretch.len() == 1).then(|| value(&stretch[0]));
        stretches.iter().map(|stretch| stretch.iter().map(value).chain(alone(stretch)).collect()).collect()
    };
    let document = json!({
        "type": "Feature",
        "id": id,
        "geometry": {"type": "MultiLineString", "coordinates": of_each(&|reading| json!(reading.position))},
        "properties": {
            "layer": layer.id,
            "datetimes": of_each(&|reading| json!(reading.time.to_rfc3339_opts(SecondsFormat::Millis, true))),
        },
    });
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-cache")).content_type("application/geo+json");
    Ok(response.body(document.to_string()))
}
