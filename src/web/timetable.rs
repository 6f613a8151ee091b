//! What leaves a stop next, and what a way on a route costs.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::{Value as Json, json};

use super::error::Problem;
use super::features::item::find;
use super::links::{base_url, escaped, link};
use super::parameters::{Parameters, wrong};
use super::serving::{Serving, State};
use super::tiles::layer;
use crate::model::timetable::{CalendarState, Departure, HORIZON};
use crate::model::{Layer, Timetable};

/// Departures of an answer when nothing is asked for, and at most.
const LIMIT: usize = 10;
const MOST: usize = 100;

/// `GET /collections/{layer}/items/{id}/departures`.
pub async fn departures(
    request: HttpRequest,
    state: Serving,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (name, id) = path.into_inner();
    let layer = layer(&state, &name)?;
    let mut parameters = Parameters::parse(request.query_string())?;
    let from = moment(&mut parameters)?;
    let limit = parameters.limit(LIMIT, MOST)?;
    parameters.finish()?;
    let timetable = state.city()?.timetable_of_stops(&layer.id).ok_or_else(|| no_timetable(&layer, "stops"))?;
    find(&state, &layer, &id)?;
    let links = links(&request, &state, &layer, &id, "departures");
    let document =
        state.work(move || told(&timetable, &layer, &id, from.unwrap_or_else(Utc::now), limit, &links)).await?;
    Ok(answer(&document))
}

/// `GET /collections/{layer}/items/{id}/fares`.
pub async fn fares(
    request: HttpRequest,
    state: Serving,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (name, id) = path.into_inner();
    let layer = layer(&state, &name)?;
    Parameters::parse(request.query_string())?.finish()?;
    let timetable = state.city()?.timetable_of_routes(&layer.id).ok_or_else(|| no_timetable(&layer, "routes"))?;
    find(&state, &layer, &id)?;
    let agency = |place: Option<u32>| place.map(|place| timetable.agencies[place as usize].name.as_str());
    let held = timetable.route(&id).map(|route| timetable.fares_of(route)).unwrap_or_default();
    let fares: Vec<Json> = held
        .into_iter()
        .map(|(fare, rules)| {
            let zone = |rule: &&crate::model::timetable::FareRule| {
                json!({"origin": rule.origin, "destination": rule.destination, "contains": rule.contains})
            };
            let zoned = rules.iter().filter(|rule| rule.origin.is_some() || rule.destination.is_some() || rule.contains.is_some());
            json!({
                "id": fare.id, "price": fare.price, "currency": fare.currency, "prepaid": fare.prepaid,
                "transfers": fare.transfers, "agency": agency(fare.agency), "zones": zoned.map(zone).collect::<Vec<_>>(),
            })
        })
        .collect();
    let links = links(&request, &state, &layer, &id, "fares");
    Ok(answer(&json!({"layer": layer.id, "feature": id, "fares": fares, "links": links})))
}

/// A moment (RFC 3339). A `+` that was not written as `%2B` has become a blank.
fn moment(parameters: &mut Parameters) -> Result<Option<DateTime<Utc>>, Problem> {
    let Some(text) = parameters.text("datetime") else { return Ok(None) };
    let moment = DateTime::parse_from_rfc3339(&text.trim().replace(' ', "+"));
    let moment =
        moment.map_err(|_no_moment| wrong("datetime", &text, "it is a moment such as 2026-11-21T10:00:00+07:00"))?;
    Ok(Some(moment.to_utc()))
}

fn no_timetable(layer: &Layer, role: &str) -> Problem {
    Problem::NotFound(format!(
        "the features of the layer `{}` are not the {role} of a timetable; the operator makes one with: citylayers import FEED --gtfs",
        layer.id
    ))
}

fn answer(document: &Json) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-cache")).json(document)
}

fn links(request: &HttpRequest, state: &State, layer: &Layer, id: &str, what: &str) -> Vec<Json> {
    let item = format!("{}/collections/{}/items/{}", base_url(request, state), layer.id, escaped(id));
    let query = Some(request.query_string()).filter(|query| !query.is_empty());
    let own = format!("{item}/{what}{}", query.map(|query| format!("?{query}")).unwrap_or_default());
    vec![link(&own, "self", "application/json", what), link(&item, "item", "application/geo+json", id)]
}

fn told(
    timetable: &Arc<Timetable>,
    layer: &Layer,
    id: &str,
    from: DateTime<Utc>,
    limit: usize,
    links: &[Json],
) -> Json {
    let found = timetable.stop(id).map(|stop| timetable.departures(stop, from, limit)).unwrap_or_default();
    let today = from.with_timezone(&timetable.timezone).date_naive();
    let (first, last) = timetable.span().unzip();
    let state = timetable.state_on(today);
    json!({
        "layer": layer.id,
        "feature": id,
        "datetime": local(timetable, from),
        "timezone": timetable.timezone.name(),
        "calendar": {"from": first, "to": last, "state": state.word()},
        "message": message(state, first, last, found.is_empty()),
        "publisher": timetable.publisher,
        "version": timetable.version,
        "departures": found.iter().map(|departure| one(timetable, departure)).collect::<Vec<_>>(),
        "numberReturned": found.len(),
        "links": links,
    })
}

fn one(timetable: &Timetable, departure: &Departure<'_>) -> Json {
    let route = &timetable.routes[departure.trip.route as usize];
    json!({
        "time": local(timetable, departure.at),
        "route": route.id,
        "name": route.name,
        "headsign": departure.trip.headsign,
        "direction": departure.trip.direction,
        "trip": departure.trip.id,
        "stop": timetable.stops[departure.stop as usize].id,
        "service_date": departure.service_date,
        "headway_s": departure.headway,
        "approximate": departure.approximate,
    })
}

/// A moment on the clocks of the timetable.
fn local(timetable: &Timetable, moment: DateTime<Utc>) -> String {
    moment.with_timezone(&timetable.timezone).to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// Why there is nothing to tell, or to trust.
fn message(state: CalendarState, first: Option<NaiveDate>, last: Option<NaiveDate>, nothing: bool) -> Option<Json> {
    let day = |day: Option<NaiveDate>| day.map(|day| day.format("%d/%m/%Y").to_string()).unwrap_or_default();
    let both = |vietnamese: String, english: String| Some(json!({"vi": vietnamese, "en": english}));
    match state {
        CalendarState::Expired => both(
            format!("Lịch chạy xe đã hết hạn ngày {}; chưa có lịch mới.", day(last)),
            format!("The timetable ended on {}; there is no newer one.", day(last)),
        ),
        CalendarState::NotBegun => both(
            format!("Lịch chạy xe bắt đầu từ ngày {}.", day(first)),
            format!("The timetable begins on {}.", day(first)),
        ),
        CalendarState::Empty => {
            both("Lịch chạy xe không có ngày nào.".to_owned(), "The timetable has no day of service.".to_owned())
        }
        CalendarState::Current if nothing => both(
            format!("Không có chuyến nào rời điểm này trong {HORIZON} ngày tới."),
            format!("Nothing leaves here within {HORIZON} days."),
        ),
        CalendarState::Current => None,
    }
}
