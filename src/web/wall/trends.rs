//! `/scenes/{scene}/trends`: what went up and down over the last hours.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value as Json, json};

use super::counters::moment;
use super::scene;
use crate::catalog::scene::{Course, Trend};
use crate::city::City;
use crate::index::Atlas;
use crate::index::page::Wanted;
use crate::model::{FeatureId, Layer, LayerId, Observation};
use crate::store::Span;
use crate::web::error::Problem;
use crate::web::parameters::Parameters;
use crate::web::serving::Serving;

/// A point of a trend stands for many minutes.
const LASTS: Duration = Duration::from_secs(15);

/// Points of a trend: more than that is not seen in a line across a screen.
const POINTS: i64 = 72;

/// Points of a trend that counts: of a few features an hour more would be a comb.
const COUNTS: u32 = 24;

/// Features whose histories are read for the mean of a layer. Of more, so many are taken, evenly by their ids.
const MOST_FEATURES: usize = 40;

/// Readings of a feature that are looked at, the newest of them.
const MOST_READINGS: usize = 3_000;

/// `GET /scenes/{scene}/trends`.
pub async fn trends(request: HttpRequest, state: Serving, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    Parameters::parse(request.query_string())?.finish()?;
    let scene = scene(&state, &path)?;
    let city = state.city()?;
    let make = async {
        let now = Utc::now();
        let mut trends = Vec::new();
        for trend in &scene.trends {
            let layer = state.catalog.layer(&trend.layer).ok_or(Problem::Internal)?;
            trends.push(match &trend.course {
                Course::Property(property) => told(city, layer, trend, property, now).await?,
                Course::Count(field) => {
                    let (atlas, id) = (Arc::clone(city.atlas()), layer.id.clone());
                    let (field, hours) = (field.clone(), trend.hours);
                    state.work(move || counted(&atlas, &id, &field, hours, now)).await??
                }
            });
        }
        let time = now.to_rfc3339_opts(SecondsFormat::Millis, true);
        Ok(json!({"scene": scene.id, "time": time, "trends": trends}))
    };
    state.lately.answer(format!("{}/trends", scene.id), LASTS, make).await
}

/// The mean of a property over the hours.
async fn told(city: &City, layer: &Layer, trend: &Trend, property: &str, now: DateTime<Utc>) -> Result<Json, Problem> {
    let place = layer.observed_index(property).ok_or(Problem::Internal)?;
    let from = now - TimeDelta::hours(i64::from(trend.hours));
    let step = i64::from(trend.hours) * 3600 / POINTS;
    let features = match &trend.feature {
        Some(feature) => vec![feature.clone()],
        None => some_measured(city, &layer.id, place, from),
    };
    let mut means: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for feature in &features {
        let Some(feature) = FeatureId::new(feature) else { continue };
        let span = Span { from: Some(from), to: Some(now), limit: MOST_READINGS, newest_first: true, placed: false };
        let readings = city.observations(&layer.id, &feature, span).await.map_err(|error| {
            tracing::error!(%error, "a trend could not be read");
            Problem::Internal
        })?;
        for (interval, mean) in intervals(&readings, place, step) {
            means.entry(interval).or_default().push(mean);
        }
    }
    let point = |(interval, values): (&i64, &Vec<f64>)| {
        let time = DateTime::from_timestamp(interval * step, 0)?.to_rfc3339_opts(SecondsFormat::Secs, true);
        Some(json!({"time": time, "value": mean(values)}))
    };
    let points: Vec<Json> = means.iter().filter_map(point).collect();
    Ok(json!({"features": features.len(), "interval": step, "points": points}))
}

/// How many features have the moment of a field in each of [`COUNTS`] intervals, of which the last ends now. The time of a point is the
/// end of its interval.
fn counted(atlas: &Atlas, layer: &LayerId, field: &str, hours: u16, now: DateTime<Utc>) -> Result<Json, Problem> {
    let index = atlas.layer(layer).ok_or(Problem::Internal)?;
    let step = i64::from(hours) * 3600 / i64::from(COUNTS);
    let mut counts = [0_u64; COUNTS as usize];
    for (rows, numbers) in index.wanted(&Wanted::default()) {
        for row in numbers {
            let Some(moment) = moment(&rows, row as usize, field).filter(|moment| *moment <= now) else { continue };
            let back = usize::try_from((now - moment).num_seconds() / step).unwrap_or(usize::MAX);
            if let Some(count) = counts.get_mut(back) {
                *count += 1;
            }
        }
    }
    let point = |(back, count): (i64, &u64)| {
        let time = (now - TimeDelta::seconds(back * step)).to_rfc3339_opts(SecondsFormat::Secs, true);
        json!({"time": time, "value": count})
    };
    let mut points: Vec<Json> = (0..).zip(&counts).map(point).collect();
    points.reverse();
    Ok(json!({"features": counts.iter().sum::<u64>(), "interval": step, "points": points}))
}

/// Features of which the property was measured since a moment, at most [`MOST_FEATURES`].
fn some_measured(city: &City, layer: &LayerId, place: usize, since: DateTime<Utc>) -> Vec<String> {
    let Some((present, index)) = city.atlas().present(layer).zip(city.atlas().layer(layer)) else { return Vec::new() };
    let lately = |values: &[Option<(DateTime<Utc>, f64)>]| values[place].is_some_and(|(time, _)| time >= since);
    let slots = present.slots().iter().filter(|slot| lately(&slot.values) && index.found(&slot.id).is_some());
    let mut ids: Vec<&str> = slots.map(|slot| &*slot.id).collect();
    ids.sort_unstable();
    let taken = ids.len().min(MOST_FEATURES);
    (0..taken).map(|number| ids[number * ids.len() / taken].to_owned()).collect()
}

/// The mean of each interval in which the property was measured: who measures often counts no more than the others.
fn intervals(readings: &[Observation], place: usize, step: i64) -> BTreeMap<i64, f64> {
    let mut values: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for reading in readings {
        let interval = reading.time.timestamp().div_euclid(step);
        if let Some(value) = reading.values[place] {
            values.entry(interval).or_default().push(value);
        }
    }
    values.iter().map(|(interval, values)| (*interval, mean(values))).collect()
}

#[expect(clippy::cast_precision_loss, reason = "thousands of readings at most")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
