//! `/catalog`: the layers as the pages and other programs see them.

use actix_web::HttpResponse;
use actix_web::http::header;

use super::error::Problem;
use super::serving::Serving;
use super::tiles::bbox;
use crate::catalog::LayerFacts;
use crate::model::LayerId;

/// `GET /catalog`.
pub async fn catalog(state: Serving) -> Result<HttpResponse, Problem> {
    let city = state.city()?;
    let facts = |id: &LayerId| {
        let index = city.atlas().layer(id);
        LayerFacts {
            count: index.as_ref().map_or(0, |index| index.len()),
            bbox: bbox(city, id),
            demo: index.is_some_and(|index| index.is_demo()),
        }
    };
    let document = state.catalog.to_json(state.audience(), facts);
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-cache")).json(document))
}
