//! `/api` and `/api.html`: every resource and every parameter, as `OpenAPI` 3.0.3.

mod alert_schemas;
mod alerts;
mod components;
mod document;
mod features;
mod indicators;
mod observations;
mod operation;
mod page;
mod planner;
mod planner_schemas;
mod search;
mod tiles;
mod timetable;
mod wall;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};

use super::error::Problem;
use super::features::landing::OPENAPI;
use super::features::{Format, Language, formats};
use super::links::base_url;
use super::parameters::Parameters;
use super::serving::Serving;

/// `GET /api`.
pub async fn definition(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::parse(request.query_string())?;
    let format = formats::format(&request, &mut parameters, formats::OF_DOCUMENTS)?;
    let language = Language::of(&request, &mut parameters)?;
    parameters.finish()?;
    let document = document::document(&state, &base_url(&request, &state), language);
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept, Accept-Language"));
    Ok(match format {
        Format::Html => response.content_type("text/html; charset=utf-8").body(page::page(&document, language)),
        _ => response.content_type(OPENAPI).body(document.to_string()),
    })
}

/// `GET /api.html`.
pub async fn documentation(request: HttpRequest, state: Serving) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::parse(request.query_string())?;
    let language = Language::of(&request, &mut parameters)?;
    parameters.finish()?;
    let document = document::document(&state, &base_url(&request, &state), language);
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-cache")).insert_header((header::VARY, "Accept-Language"));
    Ok(response.content_type("text/html; charset=utf-8").body(page::page(&document, language)))
}
