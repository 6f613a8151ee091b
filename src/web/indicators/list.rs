//! `GET /indicators`: what there is, and for which periods something is told.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value as Json, json};

use super::seen;
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
    let all: Vec<Json> = seen(&state).map(|indicator| described(&request, &state, indicator)).collect();
    let document = json!({"indicators": all});
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-cache")).json(document))
}

/// An indicator without its values.
pub(super) fn described(request: &HttpRequest, state: &State, indicator: &Indicator) -> Json {
    let Indicator { id, layer, .. } = indicator;
    let periods: Vec<Period> =
        state.city().map(|city| city.atlas().indicators(layer).periods(id).collect()).unwrap_or_default();
    let base = base_url(request, state);
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
        "target": periods.last().and_then(|newest| indicator.target_in(*newest)).or(indicator.target),
        "decimals": indicator.decimals,
        "merge": indicator.merge.as_ref().map(Merge::name),
        "weight": weight,
        "agency": indicator.agency,
        "source": indicator.source,
        "classes": {"method": indicator.method, "count": indicator.classes},
        "colors": indicator.colors,
        "periods": periods,
        "links": [{"rel": "self", "type": "application/json", "href": format!("{base}/indicators/{id}"), "title": indicator.title.vi}],
        "tiles": format!("/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt?indicator={id}&period={{period}}"),
    })
}
