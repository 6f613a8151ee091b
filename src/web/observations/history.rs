//! `GET /collections/{layer}/items/{id}/observations`: what was measured of one feature.

use std::fmt::Write;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Map, Value as Json, json};

use super::series::{Aggregate, Moment, aggregated, bare};
use crate::model::{FeatureId, Interval, Layer, Observation, TimeSpan};
use crate::store::Span;
use crate::web::error::Problem;
use crate::web::features::formats::{Format, format};
use crate::web::features::item::missing;
use crate::web::links::{base_url, escaped, link};
use crate::web::parameters::{Parameters, wrong};
use crate::web::serving::{Serving, State};
use crate::web::tiles::layer;

/// Moments of an answer when nothing is asked for, and at most.
const LIMIT: usize = 1_000;
const MOST: usize = 10_000;

/// Readings that are looked at for intervals: a year of one a minute.
const MOST_READ: usize = 600_000;

/// What was asked for.
struct Query {
    /// Places of properties.
    properties: Vec<usize>,
    /// They were chosen: moments at which none of them was measured are left out.
    chosen: bool,
    interval: Option<Interval>,
    step: Option<(TimeSpan, Aggregate)>,
    limit: usize,
    format: Format,
}

impl Query {
    fn read(request: &HttpRequest, layer: &Layer) -> Result<Self, Problem> {
        let mut parameters = Parameters::parse(request.query_string())?;
        let steps = "it is a length of time such as PT15M, PT1H or P1D, at most a year";
        let step = parameters.value::<TimeSpan>("interval", steps)?;
        let names: Vec<&str> = Aggregate::ALL.iter().map(|(name, _)| *name).collect();
        let aggregate = parameters.value::<Aggregate>("agg", &format!("it is one of {}", names.join(", ")))?;
        if step.is_none() && aggregate.is_some() {
            return Err(Problem::BadRequest("`agg` needs an `interval` such as PT15M".to_owned()));
        }
        let properties = properties(&mut parameters, layer)?;
        let query = Self {
            chosen: properties.is_some(),
            properties: properties.unwrap_or_else(|| (0..layer.observed.len()).collect()),
            interval: parameters.local_interval("datetime")?,
            step: step.map(|step| (step, aggregate.unwrap_or(Aggregate::Avg))),
            limit: parameters.limit(LIMIT, MOST)?,
            format: format(request, &mut parameters, &[Format::Json, Format::Csv])?,
        };
        parameters.finish()?;
        Ok(query)
    }

    /// Without a time the newest are meant.
    fn span(&self) -> Span {
        let (from, to) = self.interval.map_or((None, None), Interval::ends);
        let limit = if self.step.is_some() { MOST_READ + 1 } else { self.limit + 1 };
        Span { from, to, limit, newest_first: self.interval.is_none(), placed: false }
    }

    fn is_told(&self, values: &[Option<f64>]) -> bool {
        !self.chosen || self.properties.iter().any(|&place| values.get(place).copied().flatten().is_some())
    }

    /// Whether these are all that the answer needs, of as many as were asked for.
    fn is_enough(&self, readings: &[Observation], asked: usize) -> bool {
        let told = || readings.iter().filter(|reading| self.is_told(&reading.values)).count();
        readings.len() < asked || self.step.is_some() || told() > self.limit
    }

    /// In order of time, at most `limit`, and whether there is more.
    fn series(&self, mut readings: Vec<Observation>) -> Result<(Vec<Moment>, bool), Problem> {
        let newest = self.interval.is_none();
        if self.step.is_some() && readings.len() > MOST_READ {
            return Err(too_many());
        }
        if newest {
            readings.reverse();
        }
        let mut series = match self.step {
            Some((step, aggregate)) => aggregated(&readings, step, aggregate),
            None => bare(readings),
        };
        series.retain(|moment| self.is_told(&moment.values));
        let beyond = series.len().saturating_sub(self.limit);
        if newest {
            series.drain(..beyond);
        } else {
            series.truncate(self.limit);
        }
        Ok((series, beyond > 0))
    }
}

fn too_many() -> Problem {
    Problem::BadRequest(format!(
        "there are more than {MOST_READ} readings in that time: ask for less of it with `datetime`"
    ))
}

fn properties(parameters: &mut Parameters, layer: &Layer) -> Result<Option<Vec<usize>>, Problem> {
    let Some(list) = parameters.text("property") else { return Ok(None) };
    let place = |name: &str| {
        layer.observed_index(name).ok_or_else(|| {
            let known: Vec<&str> = layer.observed.iter().map(|observed| observed.name.as_str()).collect();
            wrong("property", &list, format!("`{name}` is not observed; observed are {}", known.join(", ")))
        })
    };
    list.split(',').map(place).collect::<Result<_, _>>().map(Some)
}

/// The layer of a path, if its features are observed.
pub fn observed_layer(state: &State, name: &str) -> Result<std::sync::Arc<Layer>, Problem> {
    let layer = layer(state, name)?;
    if layer.is_observed() {
        return Ok(layer);
    }
    Err(Problem::NotFound(format!("nothing is observed in the layer `{}`", layer.id)))
}

/// The readings of a feature. One that is there no longer has its history still.
pub async fn readings(state: &State, layer: &Layer, id: &str, span: Span) -> Result<Vec<Observation>, Problem> {
    let city = state.city()?;
    let feature = FeatureId::new(id).ok_or_else(|| missing(layer, id))?;
    let found = city.observations(&layer.id, &feature, span).await.map_err(|error| {
        tracing::error!(%error, "a history could not be read");
        Problem::Internal
    })?;
    let there = || city.atlas().layer(&layer.id).is_some_and(|index| index.found(id).is_some());
    if found.is_empty() && !there() { Err(missing(layer, id)) } else { Ok(found) }
}

/// Answers with JSON or CSV.
pub async fn history(
    request: HttpRequest,
    state: Serving,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (name, id) = path.into_inner();
    let layer = observed_layer(&state, &name)?;
    let query = Query::read(&request, &layer)?;
    let _turn = state.histories.acquire().await.map_err(|_closed| Problem::Internal)?;
    let mut span = query.span();
    let mut found = readings(&state, &layer, &id, span).await?;
    // Most devices tell all of their properties at once; of one that does not, more has to be looked at.
    while !query.is_enough(&found, span.limit) {
        if span.limit > MOST_READ {
            return Err(too_many());
        }
        span.limit = (span.limit * 8).min(MOST_READ + 1);
        found = readings(&state, &layer, &id, span).await?;
    }
    let (query, series) = state
        .work(move || {
            let series = query.series(found)?;
            Ok::<_, Problem>((query, series))
        })
        .await??;
    let (series, more) = series;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-cache")).insert_header((header::VARY, "Accept"));
    let own = format!("{}/collections/{}/items/{}/observations", base_url(&request, &state), layer.id, escaped(&id));
    let links = links(&own, &request, &query, &series, more);
    if let Some(next) = links.iter().find(|link| link["rel"] == "next").and_then(|link| link["href"].as_str()) {
        response.append_header((header::LINK, format!("<{next}>; rel=\"next\"")));
    }
    if query.format == Format::Csv {
        return Ok(response.content_type("text/csv; charset=utf-8").body(csv(&layer, &query, &series)));
    }
    let mut document = json!({
        "layer": layer.id,
        "feature": id,
        "properties": query.properties.iter().map(|&place| &layer.observed[place]).collect::<Vec<_>>(),
        "observations": series.iter().map(|moment| told(&layer, &query, moment)).collect::<Vec<_>>(),
        "numberReturned": series.len(),
        "links": links,
    });
    if let Some((_, aggregate)) = query.step {
        let name = Aggregate::ALL.iter().find(|(_, known)| *known == aggregate).map(|(name, _)| *name);
        document["agg"] = json!(name);
    }
    Ok(response.json(document))
}

fn links(own: &str, request: &HttpRequest, query: &Query, series: &[Moment], more: bool) -> Vec<Json> {
    let given = request.query_string();
    let this = if given.is_empty() { own.to_owned() } else { format!("{own}?{given}") };
    let mut links = vec![link(&this, "self", "application/json", "observations")];
    if let Some(last) = series.last().filter(|_| more && query.interval.is_some()) {
        let next = query.step.map_or(last.time + TimeDelta::milliseconds(1), |(step, _)| step.after(last.time));
        let from = next.to_rfc3339_opts(SecondsFormat::Millis, true);
        let to = query.interval.and_then(|interval| interval.ends().1);
        let to = to.map_or_else(|| "..".to_owned(), |to| to.to_rfc3339_opts(SecondsFormat::Millis, true));
        let kept = given.split('&').filter(|pair| !pair.is_empty() && pair.split('=').next() != Some("datetime"));
        let all: Vec<String> =
            kept.map(str::to_owned).chain([format!("datetime={}", escaped(&format!("{from}/{to}")))]).collect();
        links.push(link(&format!("{own}?{}", all.join("&")), "next", "application/json", "next"));
    }
    links
}

fn told(layer: &Layer, query: &Query, moment: &Moment) -> Json {
    let mut told = Map::new();
    told.insert("time".into(), json!(moment.time.to_rfc3339_opts(SecondsFormat::Millis, true)));
    if let Some([lon, lat]) = moment.position {
        told.insert("lon".into(), json!(lon));
        told.insert("lat".into(), json!(lat));
    }
    for &place in &query.properties {
        if let Some(value) = moment.values.get(place).copied().flatten() {
            told.insert(layer.observed[place].name.clone(), json!(value));
        }
    }
    Json::Object(told)
}

/// RFC 4180; names of properties are plain.
fn csv(layer: &Layer, query: &Query, series: &[Moment]) -> String {
    let places = layer.moving && query.step.is_none();
    let names = query.properties.iter().map(|&place| layer.observed[place].name.as_str());
    let head: Vec<&str> =
        ["time"].into_iter().chain(places.then_some(["lon", "lat"]).into_iter().flatten()).chain(names).collect();
    let mut text = head.join(",") + "\r\n";
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    for moment in series {
        let time = moment.time.to_rfc3339_opts(SecondsFormat::Millis, true);
        let place = moment.position.map_or([None, None], |place| place.map(Some));
        let values = query.properties.iter().map(|&place| moment.values.get(place).copied().flatten());
        let all = places.then_some(place).into_iter().flatten().chain(values);
        text.push_str(&time);
        for value in all {
            let _written = write!(text, ",{}", number(value));
        }
        text.push_str("\r\n");
    }
    text
}
