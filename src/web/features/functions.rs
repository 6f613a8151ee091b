//! `/functions`: what a filter may call (OGC 19-079r2, section 6.4).

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value as Json, json};

use super::document::answer;
use super::formats::Language;
use crate::index::cql2::{FUNCTIONS, Function};
use crate::web::error::Problem;

/// `GET /functions`.
pub async fn functions(request: HttpRequest) -> Result<HttpResponse, Problem> {
    answer(&request, ["Hàm dùng trong bộ lọc", "Functions of filters"], |language| {
        let functions: Vec<Json> = FUNCTIONS.iter().map(|function| described(function, language)).collect();
        json!({"functions": functions})
    })
}

fn described(function: &Function, language: Language) -> Json {
    let arguments: Vec<Json> = function
        .arguments
        .iter()
        .map(|argument| json!({"title": argument.name, "type": [argument.kind.name()]}))
        .collect();
    json!({
        "name": function.name,
        "description": language.say(function.vi, function.en),
        "arguments": arguments,
        "returns": [function.returns.name()],
    })
}
