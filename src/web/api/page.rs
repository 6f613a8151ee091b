//! The definition for people, without script.

use std::fmt::Write;

use serde_json::Value as Json;

use crate::web::features::Language;
use crate::web::features::html::{page as whole, pretty, text};

/// A page made of an `OpenAPI` document.
#[must_use]
pub fn page(document: &Json, language: Language) -> String {
    let mut body = format!("<p>{}</p>", text(document["info"]["description"].as_str().unwrap_or_default()));
    for (path, operations) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            let summary = operation["summary"].as_str().unwrap_or_default();
            let _ = write!(
                body,
                "<details><summary><b>{}</b> <code>{}</code> {}</summary><ul>",
                text(&method.to_uppercase()),
                text(path),
                text(summary)
            );
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let parameter = resolved(document, parameter);
                let of = |key: &str| text(parameter[key].as_str().unwrap_or_default());
                let _ = write!(
                    body,
                    "<li><code>{}</code> <small>{}</small> {}</li>",
                    of("name"),
                    of("in"),
                    of("description")
                );
            }
            let statuses: Vec<String> =
                operation["responses"].as_object().into_iter().flatten().map(|(status, _)| text(status)).collect();
            let _ = write!(body, "</ul><p><small>{}</small></p></details>", statuses.join(", "));
        }
    }
    let _ = write!(body, "<details><summary>OpenAPI 3.0</summary><pre>{}</pre></details>", pretty(document));
    whole(language, language.say("Tài liệu API", "API documentation"), &[], &body)
}

fn resolved<'d>(document: &'d Json, parameter: &'d Json) -> &'d Json {
    let place = parameter["$ref"].as_str().and_then(|place| place.strip_prefix('#'));
    place.and_then(|place| document.pointer(place)).unwrap_or(parameter)
}
