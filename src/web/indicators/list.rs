//! `GET /indicators`: what there is, and for which periods something is told.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value as Json, json};

use super::{newest, seen};
use crate::model::indicator::Merge;
use crate::model::{Indicator, Period};
use crate::web::error::Problem;
use crate::web::links::base_url;
use crate::web::parameters::Parameters;
use crate::web::serving::{Serving, State};

/// `GET /indicators`.
pub async fn indicators(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    Parameters::parse(request.query_string())?.finish()?;
    state.city()?;
    let (shared, base) = (state.clone(), base_url(&request, &state));
    let all = move || seen(&shared).map(|indicator| described(&base, &shared, indicator)).collect::<Vec<Json>>();
    let all = state.work(all).await?;
    let document = json!({"indicators": all});
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-cache")).json(document))
}

/// An indicator without its values.
pub(super) fn described(base: &str, state: &State, indicator: &Indicator) -> Json {
    let Indicator { id, layer, .. } = indicator;
    let (told, newest) = state
        .city()
        .map(|city| (newest::known(state, city, indicator), newest::newest(state, city, indicator)))
        .unwrap_or_default();
    let periods: Vec<Period> = told.iter().map(|(period, _)| *period).collect();
    let known: Map<String, Json> = told.iter().map(|(period, known)| (period.to_string(), json!(known))).collect();
    let weight = match &indicator.merge {
        Some(Merge::Mean(weight)) => Some(weight),
        _ => None,
    };
    json!({
        "id": id,
        "title": indicator.title,
        "description": indicator.description,
        "unit": indicator.unit,
        "layer": layer,
        "every": indicator.every,
        "direction": indicator.direction,
        "target": newest.and_then(|newest| indicator.target_in(newest)).or(indicator.target),
        "decimals": indicator.decimals,
        "merge": indicator.merge.as_ref().map(Merge::name),
        "weight": weight,
        "agency": indicator.agency,
        "source": indicator.source,
        "classes": {"method": indicator.method, "count": indicator.classes},
        "colors": indicator.colors,
        "periods": periods,
        "known": known,
        "default_period": newest,
        "links": [{"rel": "self", "type": "application/json", "href": format!("{base}/indicators/{id}"), "title": indicator.title.vi}],
        "tiles": format!("/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt?indicator={id}&period={{period}}"),
    })
}
