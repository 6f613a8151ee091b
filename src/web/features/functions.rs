//! `/functions`: what a filter may call (OGC 19-079r2, section 6.4).

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value as Json, json};

use super::formats::{Format, Language, OF_DOCUMENTS, format};
use super::html;
use crate::index::cql2::{FUNCTIONS, Function, Kind};
use crate::web::error::Problem;
use crate::web::parameters::Parameters;

/// `GET /functions`.
pub async fn functions(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::parse(request.query_string())?;
    let format = format(&request, &mut parameters, OF_DOCUMENTS)?;
    let language = Language::of(&request, &mut parameters)?;
    parameters.finish()?;
    let functions: Vec<Json> = FUNCTIONS.iter().map(|function| described(function, language)).collect();
    let document = json!({"functions": functions});
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept, Accept-Language"));
    if format == Format::Html {
        let title = language.say("Hàm dùng trong bộ lọc", "Functions of filters");
        let page = html::page(language, title, &[], &format!("<pre>{}</pre>", html::pretty(&document)));
        return Ok(response.content_type("text/html; charset=utf-8").body(page));
    }
    Ok(response.json(document))
}

fn described(function: &Function, language: Language) -> Json {
    let arguments: Vec<Json> = function
        .arguments
        .iter()
        .map(|argument| json!({"title": argument.name, "type": [kind(argument.kind)]}))
        .collect();
    json!({
        "name": function.name,
        "description": language.say(function.vi, function.en),
        "arguments": arguments,
        "returns": [kind(function.returns)],
    })
}

/// The standard's word.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "string",
        Kind::Number => "number",
        Kind::Boolean => "boolean",
        Kind::Geometry => "geometry",
        Kind::Date | Kind::Timestamp | Kind::Interval => "datetime",
        Kind::Array => "array",
    }
}
