//! `/metrics` in the Prometheus text format.

use std::sync::OnceLock;

use actix_web::HttpResponse;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::serving::Serving;

/// Seconds, from a cached tile to the slowest that is still tolerable.
const BUCKETS: [f64; 9] = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0];

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// The process has one recorder, whoever asks first. `None` when another library has taken its place.
fn recorder() -> Option<&'static PrometheusHandle> {
    let install = || {
        let builder =
            PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS).ok()?;
        builder.install_recorder().map_err(|error| tracing::error!(%error, "metrics are not recorded")).ok()
    };
    RECORDER.get_or_init(install).as_ref()
}

/// Begins to record.
pub fn start() {
    recorder();
}

/// `GET /metrics`.
pub async fn metrics(state: Serving) -> HttpResponse {
    metrics::gauge!("citylayers_cache_bytes").set(approximate(state.cache.bytes()));
    metrics::gauge!("citylayers_cache_piece_bytes").set(approximate(state.kept.bytes()));
    metrics::gauge!("citylayers_cache_tiles").set(approximate(state.cache.len()));
    if let Ok(city) = state.city() {
        for layer in city.layers() {
            let (index, id) = (city.atlas().layer(&layer.id), layer.id.to_string());
            let count = index.as_ref().map_or(0, |index| index.len());
            metrics::gauge!("citylayers_features", "layer" => id.clone()).set(approximate(count as u64));
            let bytes = index.map_or(0, |index| index.heap_bytes());
            metrics::gauge!("citylayers_layer_bytes", "layer" => id).set(approximate(bytes as u64));
        }
    }
    let text = recorder().map(PrometheusHandle::render).unwrap_or_default();
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text)
}

#[expect(clippy::cast_precision_loss, reason = "gauges are f64; counts stay far below 2^52")]
fn approximate(count: u64) -> f64 {
    count as f64
}
