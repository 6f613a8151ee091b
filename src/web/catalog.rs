//! `/catalog`: the layers as the pages and other programs see them.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use super::error::Problem;
use super::parameters::Parameters;
use super::serving::Serving;
use super::tiles::bbox;
use crate::catalog::json::{LayerFacts, catalog_json};

/// `GET /catalog`.
pub async fn catalog(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    Parameters::parse(request.query_string())?.finish()?;
    let city = state.city()?;
    let facts: BTreeMap<_, _> = city
        .layers()
        .iter()
        .map(|layer| {
            let index = city.atlas().layer(&layer.id);
            let count = index.as_ref().map_or(0, |index| index.len());
            let demo = index.is_some_and(|index| index.is_demo());
            (
                layer.id.clone(),
                LayerFacts { count, bbox: bbox(city, &layer.id), demo, timetable: city.timetable_role(&layer.id) },
            )
        })
        .collect();
    let document = catalog_json(&state.catalog, state.audience(), &facts);
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-cache")).json(document))
}
