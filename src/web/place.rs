//! `/at` and `/nearest`: what is at a place, and what is nearest to it.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value as Json, json};

use super::desk::when;
use super::error::Problem;
use super::features::area::way;
use super::features::body::{self, Part};
use super::features::collections;
use super::features::filter::Chosen;
use super::features::geojson::{Writer, write};
use super::parameters::{Parameters, wrong};
use super::serving::{Serving, State};
use crate::crs::OgcCrs;
use crate::index::LayerIndex;
use crate::index::nearest::{Choice, Near};
use crate::model::Layer;

/// Metres from a place at which points and lines are there, too, when nothing is asked for, and at most.
const RADIUS: [f64; 2] = [10.0, 1_000.0];

/// Features when nothing is asked for, and at most.
const COUNT: [usize; 2] = [10, 1_000];

/// Metres beyond which nothing is near.
const FARTHEST: f64 = 20_100_000.0;

/// A place as it is asked for: `lon` and `lat`, or `crs` with `x` (east) and `y` (north).
fn place(parameters: &mut Parameters) -> Result<[f64; 2], Problem> {
    let number = |parameters: &mut Parameters, name| parameters.numbers(name, &[1], "it is a number");
    let lon_lat = (number(parameters, "lon")?, number(parameters, "lat")?);
    let on_plane = (number(parameters, "x")?, number(parameters, "y")?);
    let crs = parameters.text("crs");
    let place = match (lon_lat, on_plane, crs) {
        ((Some(lon), Some(lat)), (None, None), crs) if crs.as_deref().is_none_or(is_lon_lat) => [lon[0], lat[0]],
        ((None, None), (Some(x), Some(y)), Some(text)) => {
            let crs = OgcCrs::parse(&text).map_err(|error| wrong("crs", &text, error))?;
            let beyond = || wrong("x", &format!("{},{}", x[0], y[0]), format!("it is no place in {}", crs.crs()));
            way(&crs)?.lon_lat([x[0], y[0]]).ok_or_else(beyond)?
        }
        _ => {
            return Err(Problem::BadRequest(
                "a place is `lon` and `lat` in degrees, or `crs` with `x` (east) and `y` (north)".to_owned(),
            ));
        }
    };
    let [lon, lat] = place;
    if lon.abs() > 180.0 || lat.abs() > 90.0 {
        return Err(Problem::BadRequest(format!(
            "{lon}, {lat} is no place on Earth: longitude is from -180 to 180, latitude from -90 to 90; are they exchanged?"
        )));
    }
    Ok(place)
}

fn is_lon_lat(name: &str) -> bool {
    OgcCrs::parse(name).is_ok_and(|crs| crs.is_crs84())
}

/// The layers of `layers`, all without it.
fn layers(parameters: &mut Parameters, state: &State) -> Result<Vec<Arc<Layer>>, Problem> {
    Ok(collections::asked(parameters, state)?.unwrap_or_else(|| collections::layers(state).cloned().collect()))
}

fn number(parameters: &mut Parameters, name: &'static str, [usual, most]: [f64; 2]) -> Result<f64, Problem> {
    let meant = format!("it is a number of metres from 0 to {most}");
    let Some(numbers) = parameters.numbers(name, &[1], &meant)? else { return Ok(usual) };
    let number = numbers[0];
    if (0.0..=most).contains(&number) { Ok(number) } else { Err(wrong(name, &number.to_string(), meant)) }
}

/// `GET /at`.
pub async fn at(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::parse(request.query_string())?;
    let place = place(&mut parameters)?;
    let layers = layers(&mut parameters, &state)?;
    let radius = number(&mut parameters, "radius", RADIUS)?;
    let when = when(&mut parameters)?;
    parameters.finish()?;
    let indexes = indexes(&state, &layers)?;
    let near = state.work(move || {
        let at = |index: &Arc<LayerIndex>| {
            let interval = when.of(index.layer());
            index.at_place(place, radius, Choice { filter: None, interval: interval.as_ref() })
        };
        nearest_first(indexes.iter().flat_map(at).collect())
    });
    let near = near.await?;
    let matched = json!({"type": "FeatureCollection", "numberMatched": near.len()});
    answer(&request, &state, near, COUNT[1], matched)
}

/// `GET /nearest`.
pub async fn nearest(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::parse(request.query_string())?;
    let place = place(&mut parameters)?;
    let layers = layers(&mut parameters, &state)?;
    let meant = format!("it is a whole number from 1 to {}", COUNT[1]);
    let count: usize = parameters.value("k", &meant)?.unwrap_or(COUNT[0]);
    if !(1..=COUNT[1]).contains(&count) {
        return Err(wrong("k", &count.to_string(), meant));
    }
    let farthest = number(&mut parameters, "max_distance", [FARTHEST; 2])?;
    let chosen = Chosen::read(&mut parameters)?;
    let when = when(&mut parameters)?;
    parameters.finish()?;
    let (indexes, audience) = (indexes(&state, &layers)?, state.audience());
    let near = state.work(move || {
        let mut near: Vec<Near> = Vec::new();
        for index in &indexes {
            let filter = chosen.filter(index.layer(), audience)?;
            let interval = when.of(index.layer());
            let choice = Choice { filter: filter.as_ref(), interval: interval.as_ref() };
            near.extend(index.nearest(place, count, farthest, choice));
        }
        Ok::<_, Problem>(nearest_first(near))
    });
    let near = near.await??;
    answer(&request, &state, near, count, json!({"type": "FeatureCollection"}))
}

/// Of equally near ones those of the earlier layer.
fn nearest_first(mut near: Vec<Near>) -> Vec<Near> {
    near.sort_by(|one, other| one.distance.total_cmp(&other.distance));
    near
}

fn indexes(state: &State, layers: &[Arc<Layer>]) -> Result<Vec<Arc<LayerIndex>>, Problem> {
    let atlas = state.city()?.atlas();
    Ok(layers.iter().filter_map(|layer| atlas.layer(&layer.id)).collect())
}

/// A `FeatureCollection`, begun by `opening`, whose features say their `layer` and their `distance` in metres.
fn answer(
    request: &HttpRequest,
    state: &State,
    mut near: Vec<Near>,
    most: usize,
    mut opening: Json,
) -> Result<HttpResponse, Problem> {
    near.truncate(most);
    let crs = OgcCrs::crs84();
    let writer = std::rc::Rc::new(Writer::new(crs.clone(), way(&crs)?, state.audience()));
    let mut head: Vec<u8> = Vec::new();
    opening["numberReturned"] = json!(near.len());
    write(&mut head, &opening);
    head.pop();
    head.extend_from_slice(b",\"features\":[");
    let open: Part = Box::new(move |to: &mut Vec<u8>| to.extend_from_slice(&head));
    let close: Part = Box::new(|to: &mut Vec<u8>| to.extend_from_slice(b"\n]}\n"));
    let features = near.into_iter().enumerate().map(move |(number, near)| -> Part {
        let writer = std::rc::Rc::clone(&writer);
        Box::new(move |to| {
            to.extend_from_slice(if number > 0 { b",\n" } else { b"\n" });
            writer.open_feature(to, &near.found);
            to.extend_from_slice(b",\"layer\":");
            write(to, &near.found.rows.layer().id);
            to.extend_from_slice(b",\"distance\":");
            // To the millimetre: more is not meant.
            write(to, &((near.distance * 1000.0).round() / 1000.0));
            to.push(b'}');
        })
    });
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept-Encoding"))
        .content_type("application/geo+json");
    Ok(body::answer(request, response, std::iter::once(open).chain(features).chain(std::iter::once(close))))
}
