//! A document in the format and language that are asked for.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value as Json;

use super::formats::{Format, Language, OF_DOCUMENTS, format};
use super::html;
use crate::web::error::Problem;
use crate::web::parameters::Parameters;

/// A document as JSON, or on a page under its title in Vietnamese and English. There are no parameters but `f` and `lang`.
pub fn answer(
    request: &HttpRequest,
    [vietnamese, english]: [&str; 2],
    document: impl FnOnce(Language) -> Json,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::parse(request.query_string())?;
    let format = format(request, &mut parameters, OF_DOCUMENTS)?;
    let language = Language::of(request, &mut parameters)?;
    parameters.finish()?;
    let document = document(language);
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept, Accept-Language"));
    if format == Format::Html {
        let body = format!("<pre>{}</pre>", html::pretty(&document));
        let page = html::page(language, language.say(vietnamese, english), &[], &body);
        return Ok(response.content_type("text/html; charset=utf-8").body(page));
    }
    Ok(response.json(document))
}
