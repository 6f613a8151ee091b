//! `/scenes/{scene}/counters`: the numbers of a scene, as they are now.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value as Json, json};

use super::scene;
use crate::catalog::scene::{Counter, Measure, Past, When};
use crate::index::Atlas;
use crate::index::cql2::{Filter, parse_text};
use crate::index::page::Wanted;
use crate::index::present::Present;
use crate::index::summary::{Measured, Question, Summary, measure};
use crate::model::validity::Interval;
use crate::model::{Audience, Layer, Rows, ValueRef};
use crate::web::error::Problem;
use crate::web::parameters::Parameters;
use crate::web::serving::Serving;

/// Whoever hears of news asks at once, and an eye reads no faster.
const LASTS: Duration = Duration::from_secs(1);

/// `GET /scenes/{scene}/counters`.
pub async fn counters(request: HttpRequest, state: Serving, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    Parameters::parse(request.query_string())?.finish()?;
    let scene = scene(&state, &path)?;
    let atlas = Arc::clone(state.city()?.atlas());
    let (wanted, audience) = (scene.counters.clone(), state.audience());
    let id = scene.id.clone();
    let make = async {
        let now = Utc::now();
        let told = move |counter: &Counter| told(&atlas, counter, audience, now);
        let counters = state.work(move || wanted.iter().map(told).collect::<Result<Vec<_>, _>>()).await??;
        let time = now.to_rfc3339_opts(SecondsFormat::Millis, true);
        Ok(json!({"scene": id, "time": time, "counters": counters}))
    };
    state.lately.answer(format!("{}/counters", scene.id), LASTS, make).await
}

/// The number of a counter, among how many features it was looked for, and how many of them have a value. What was measured by
/// a feature that is silent by now does not count: nobody knows how it is there, and of nobody there is no number.
fn told(atlas: &Atlas, counter: &Counter, audience: Audience, now: DateTime<Utc>) -> Result<Json, Problem> {
    let index = atlas.layer(&counter.layer).ok_or(Problem::Internal)?;
    let layer = index.layer();
    let filter = filter(counter, layer, audience)?;
    // What the wall's map shows.
    let today = Interval::day_of(now);
    let interval = layer.validity.is_some().then_some(&today);
    let selections = index.wanted(&Wanted { filter: filter.as_ref(), interval, ..Wanted::default() });
    let asked = counter.measure.property().map(|name| measure(layer, name, audience).ok_or(Problem::Internal));
    let question = Question { by: None, measures: asked.transpose()?.into_iter().collect() };
    let present = atlas.present(&counter.layer);
    let since = layer.silent_since(now);
    let mut summary = Summary::new(question, present.as_deref()).since(since);
    let mut looked_at = 0;
    for (rows, numbers) in selections {
        let meets = |&row: &usize| {
            let is_met = counter.when.as_ref().is_none_or(|when| {
                let value = measured_now(when, &rows, row, present.as_deref(), since);
                looked_at += u64::from(value.is_some());
                value.is_some_and(|value| when.is_met(value))
            });
            is_met && is_past(counter.past.as_ref(), &rows, row, now)
        };
        summary.add(&rows, numbers.into_iter().map(|row| row as usize).filter(meets)).map_err(|error| {
            tracing::error!(%error, "a counter could not be counted");
            Problem::Internal
        })?;
    }
    let group = summary.finish().pop().unwrap_or_default();
    let values = group.measures.first().copied().unwrap_or_default();
    let of: Option<u64> = counter.measure.property().map(|_| values.count).or(counter.when.as_ref().map(|_| looked_at));
    let value = number(&counter.measure, group.count, &values).filter(|_| of != Some(0));
    Ok(json!({"value": value, "features": group.count, "measured": of}))
}

/// The filter of a counter; it was judged when the service started.
fn filter(counter: &Counter, layer: &Layer, audience: Audience) -> Result<Option<Filter>, Problem> {
    let Some(filter) = &counter.filter else { return Ok(None) };
    let compiled = parse_text(&filter.text).and_then(|expr| Filter::compile(&expr, layer, audience, &Some));
    compiled.map(Some).map_err(|error| Problem::BadRequest(format!("the filter cannot be meant: {error}")))
}

/// What a condition looks at; `None` where it was never measured, or is silent by now.
fn measured_now(when: &When, rows: &Rows, row: usize, present: Option<&Present>, since: DateTime<Utc>) -> Option<f64> {
    let place = rows.layer().observed_index(&when.property)?;
    let (time, value) = present?.of(rows.id(row))?.values.get(place).copied().flatten()?;
    (time >= since).then_some(value)
}

fn is_past(past: Option<&Past>, rows: &Rows, row: usize, now: DateTime<Utc>) -> bool {
    past.is_none_or(|past| moment(rows, row, &past.field).is_some_and(|moment| past.is_met(moment, now)))
}

/// What a field of type `datetime` holds.
#[must_use]
pub fn moment(rows: &Rows, row: usize, field: &str) -> Option<DateTime<Utc>> {
    match rows.columns()[rows.layer().field_index(field)?].get(row)? {
        ValueRef::DateTime(moment) => Some(moment),
        _ => None,
    }
}

fn number(measure: &Measure, count: u64, measured: &Measured) -> Option<f64> {
    match measure {
        #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 features")]
        Measure::Count => Some(count as f64),
        Measure::Sum(_) => measured.sum(),
        Measure::Avg(_) => measured.avg(),
        Measure::Min(_) => measured.min(),
        Measure::Max(_) => measured.max(),
    }
}
