//! `/freshness`: of every source, how much of it was heard lately.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value as Json, json};

use crate::index::Atlas;
use crate::index::present::Slot;
use crate::model::Layer;
use crate::web::error::Problem;
use crate::web::parameters::Parameters;
use crate::web::serving::Serving;

/// Silence is told in minutes.
const LASTS: Duration = Duration::from_secs(2);

/// `GET /freshness`.
pub async fn freshness(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    Parameters::parse(request.query_string())?.finish()?;
    let atlas = Arc::clone(state.city()?.atlas());
    let (layers, audience) = (state.catalog.layers().to_vec(), state.audience());
    let make = async {
        let now = Utc::now();
        let look = move || {
            let seen = |layer: &&Arc<Layer>| layer.is_observed() && audience.may_see(layer.audience);
            layers.iter().filter(seen).map(|layer| told(&atlas, layer, now)).collect::<Vec<_>>()
        };
        let layers = state.work(look).await?;
        Ok(json!({"time": moment(now), "layers": layers}))
    };
    state.lately.answer("freshness".to_owned(), LASTS, make).await
}

/// What is known of a layer's features: how many were measured at all (within its retention), how many of those not for long, how
/// many never, and when one was last.
fn told(atlas: &Atlas, layer: &Layer, now: DateTime<Utc>) -> Json {
    let index = atlas.layer(&layer.id);
    let features = index.as_ref().map_or(0, |index| index.len());
    let since = layer.silent_since(now);
    let (mut measured, mut silent, mut newest) = (0_usize, 0_usize, None);
    if let Some((present, index)) = atlas.present(&layer.id).zip(index) {
        // What was measured of features that are no more does not count.
        let there = present.slots().iter().filter(|slot| index.found(&slot.id).is_some());
        for time in there.filter_map(Slot::time) {
            measured += 1;
            silent += usize::from(time < since);
            newest = newest.max(Some(time));
        }
    }
    json!({
        "layer": layer.id,
        "title": layer.title,
        "features": features,
        "measured": measured,
        "silent": silent,
        "unheard": features.saturating_sub(measured),
        "silent_after": layer.silent_after,
        "newest": newest.map(moment),
    })
}

fn moment(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
