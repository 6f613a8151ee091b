//! `GET /alerts` and `GET /alerts/{id}`.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, SecondsFormat};
use serde_json::json;

use super::{alerts_layer, failed, found};
use crate::index::LayerIndex;
use crate::index::cql2::{Comparison, Expr, Filter};
use crate::index::page::{Found, Page, Start, Wanted};
use crate::index::sort::{Cursor, SortKey};
use crate::model::alert::Status;
use crate::model::{Alert, Audience, DocumentKind, Layer, Value, ValueRef};
use crate::rules::geojson;
use crate::store::Keys;
use crate::web::error::Problem;
use crate::web::features::area::{Asked, asked};
use crate::web::links::{base_url, escaped, link};
use crate::web::parameters::{Parameters, wrong};
use crate::web::serving::Serving;

/// Alerts of an answer, without a wish and at most.
const LIMIT: [usize; 2] = [100, 1_000];

/// CAP 1.2, the worst first.
const SEVERITIES: [&str; 5] = ["Extreme", "Severe", "Moderate", "Minor", "Unknown"];

/// A list with commas, of words that are known.
fn words(parameters: &mut Parameters, name: &'static str, known: &[&str]) -> Result<Option<Vec<String>>, Problem> {
    let Some(text) = parameters.text(name) else { return Ok(None) };
    let word =
        |given: &str| known.iter().find(|word| word.eq_ignore_ascii_case(given.trim())).map(|word| (*word).to_owned());
    let words: Option<Vec<String>> = text.split(',').map(word).collect();
    words.map(Some).ok_or_else(|| wrong(name, &text, format!("it is one or more of {}, with commas", known.join(", "))))
}

fn one_of(field: &str, words: &[String]) -> Expr {
    let equal = |word: &String| {
        Expr::Compare(Comparison::Equal, Box::new([Expr::Property(field.to_owned()), Expr::Text(word.clone())]))
    };
    let mut all: Vec<Expr> = words.iter().map(equal).collect();
    if all.len() == 1 { all.remove(0) } else { Expr::Or(all) }
}

/// `GET /alerts`: those that are open, or of some states, the newest first.
pub async fn alerts(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    let layer = alerts_layer(&state)?;
    let mut parameters = Parameters::parse(request.query_string())?;
    let statuses = words(&mut parameters, "status", &Status::ALL.map(Status::as_str))?;
    let severities = words(&mut parameters, "severity", &SEVERITIES)?;
    let area = asked(&mut parameters)?;
    let limit = parameters.limit(LIMIT[0], LIMIT[1])?;
    let after = parameters.text("after").map(|text| cursor(&text)).transpose()?;
    parameters.finish()?;
    let open =
        || Status::ALL.iter().filter(|status| status.is_open()).map(|status| status.as_str().to_owned()).collect();
    let mut wanted = vec![one_of("status", &statuses.unwrap_or_else(open))];
    wanted.extend(severities.map(|severities| one_of("severity", &severities)));
    let index = state.city()?.atlas().layer(&layer.id).ok_or(Problem::Internal)?;
    let all = Expr::And(wanted);
    let page = state.work(move || page(&index, &layer, &all, area.as_ref(), after.as_ref(), limit)).await??;
    let next = page.found.last().filter(|_| page.more).map(|last| next(&request, &state, last));
    let ids: Vec<String> = page.found.iter().map(|found| found.id().to_owned()).collect();
    let alerts = read(&state, &ids).await?;
    let features: Vec<serde_json::Value> = alerts.iter().map(|alert| geojson(alert, false)).collect();
    let links = next.iter().map(|next| link(next, "next", "application/geo+json", "Trang sau · Next page"));
    let document = json!({
        "type": "FeatureCollection",
        "numberMatched": page.matched,
        "numberReturned": features.len(),
        "links": links.collect::<Vec<_>>(),
        "features": features,
    });
    let mut response = HttpResponse::Ok();
    if let Some(next) = next {
        response.append_header((header::LINK, format!("<{next}>; rel=\"next\"")));
    }
    response.insert_header((header::CACHE_CONTROL, "no-store")).content_type("application/geo+json");
    Ok(response.body(document.to_string()))
}

/// Behind which alert a page begins: when that was raised, a comma, its id.
fn cursor(text: &str) -> Result<Cursor, Problem> {
    let parts = text.split_once(',').filter(|(_, id)| !id.is_empty());
    let read = parts.and_then(|(at, id)| Some((DateTime::parse_from_rfc3339(at).ok()?.to_utc(), id)));
    let (at, id) =
        read.ok_or_else(|| wrong("after", text, "it is no page; follow the link `next`, or leave it away"))?;
    Ok(Cursor { values: vec![Some(Value::DateTime(at))], id: id.to_owned() })
}

/// The link to the page behind an alert.
fn next(request: &HttpRequest, state: &Serving, last: &Found) -> String {
    let layer = last.rows.layer();
    let raised = layer.field_index("raised_at").and_then(|field| last.rows.values(last.row).nth(field)).flatten();
    let at = match raised {
        Some(ValueRef::DateTime(at)) => at.to_rfc3339_opts(SecondsFormat::Millis, true),
        _ => String::new(),
    };
    let given = request.query_string().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("after="));
    let after = format!("after={}", escaped(&format!("{at},{}", last.id())));
    let query: Vec<&str> = given.chain([after.as_str()]).collect();
    format!("{}/alerts?{}", base_url(request, state), query.join("&"))
}

fn page(
    index: &LayerIndex,
    layer: &Layer,
    expr: &Expr,
    area: Option<&Asked>,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page, Problem> {
    let unfit = |what: &dyn std::fmt::Display| {
        tracing::error!(%what, "layer `alerts` has not the fields of alerts");
        Problem::Internal
    };
    let filter = Filter::compile(expr, layer, Audience::Operator, &Some).map_err(|error| unfit(&error))?;
    let field = layer.field_index("raised_at").ok_or_else(|| unfit(&"no raised_at"))?;
    let areas = area.map_or(Ok(Vec::new()), Asked::areas)?;
    let wanted = Wanted { areas: &areas, filter: Some(&filter), interval: None };
    Ok(index.page(&wanted, Start::Sorted(&[SortKey { field, descending: true }], after), limit))
}

/// Alerts by their ids, in that order. One that ended in between is read as it is now.
async fn read(state: &Serving, ids: &[String]) -> Result<Vec<Arc<Alert>>, Problem> {
    let city = state.city()?;
    let mut known: HashMap<String, Arc<Alert>> =
        ids.iter().filter_map(|id| city.open_alert(id).map(|alert| (id.clone(), alert))).collect();
    let ended: Vec<String> = ids.iter().filter(|id| !known.contains_key(*id)).cloned().collect();
    if !ended.is_empty() {
        let ended = city.alerts(DocumentKind::EndedAlert, Keys::These(ended)).await.map_err(|error| failed(&error))?;
        known.extend(ended.into_iter().map(|alert| (alert.id.clone(), Arc::new(alert))));
    }
    Ok(ids.iter().filter_map(|id| known.remove(id)).collect())
}

/// `GET /alerts/{id}`: one, with its trail.
pub async fn alert(request: HttpRequest, state: Serving, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    Parameters::parse(request.query_string())?.finish()?;
    let alert = found(&state, &path).await?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store")).content_type("application/geo+json");
    Ok(response.body(geojson(&alert, true).to_string()))
}
