//! The same for people: plain pages without script, every text of the data escaped.

use std::fmt::Write;

use serde_json::Value as Json;

use super::formats::Language;
use crate::index::page::{Found, Page};
use crate::model::{Audience, Layer, ValueRef};
use crate::web::links::escaped as in_url;

/// Columns of a table of features: more do not fit on a screen.
const COLUMNS: usize = 8;

/// A page around a body that is HTML already.
#[must_use]
pub fn page(language: Language, title: &str, path: &[(&str, &str)], body: &str) -> String {
    let mut crumbs = String::new();
    for (href, name) in path {
        let _ = write!(crumbs, "<a href=\"{}\">{}</a><span>/</span>", text(href), text(name));
    }
    let title = text(title);
    format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, \
         initial-scale=1\"><title>{title} · citylayers</title><link rel=\"icon\" href=\"/favicon.svg\"><link rel=\"stylesheet\" \
         href=\"/documents.css\"></head><body><nav><a href=\"/\">citylayers</a><span>/</span>{crumbs}</nav><main><h1>{title}</h1>\
         {body}</main></body></html>\n",
        language.tag()
    )
}

/// Text as HTML shows it.
#[must_use]
pub fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// `/collections`.
#[must_use]
pub fn collections(collections: &[Json], language: Language) -> String {
    let mut body = String::from("<ul class=\"cards\">");
    for collection in collections {
        let of = |key: &str| text(collection[key].as_str().unwrap_or_default());
        let id = of("id");
        let _ = write!(
            body,
            "<li><a href=\"/collections/{id}\"><b>{}</b></a><p>{}</p><small>{} · <a href=\"/collections/{id}/items?f=html\">{}</a></small></li>",
            of("title"),
            of("description"),
            collection["itemCount"],
            language.say("đối tượng", "features"),
        );
    }
    body.push_str("</ul>");
    page(language, language.say("Các lớp dữ liệu", "Layers"), &[], &body)
}

/// `/collections/{layer}`.
#[must_use]
pub fn collection(layer: &Layer, collection: &Json, language: Language) -> String {
    let mut body = format!("<p>{}</p><ul>", text(language.pick(&layer.description)));
    for link in collection["links"].as_array().into_iter().flatten() {
        let of = |key: &str| link[key].as_str().unwrap_or_default();
        if !["self", "alternate"].contains(&of("rel")) {
            let _ = write!(
                body,
                "<li><a href=\"{}\">{}</a> <small>{}</small></li>",
                text(of("href")),
                text(of("title")),
                text(of("type"))
            );
        }
    }
    let _ = write!(body, "</ul><details><summary>JSON</summary><pre>{}</pre></details>", pretty(collection));
    page(language, language.pick(&layer.title), &[collections_crumb(language)], &body)
}

fn collections_crumb(language: Language) -> (&'static str, &'static str) {
    ("/collections?f=html", language.say("Các lớp dữ liệu", "Layers"))
}

/// `/collections/{layer}/items`.
#[must_use]
pub fn items(layer: &Layer, page_of: &Page, next: Option<&str>, language: Language, audience: Audience) -> String {
    let fields =
        || layer.fields.iter().enumerate().filter(|(_, field)| audience.may_see(field.audience)).take(COLUMNS - 1);
    let mut body = format!(
        "<p>{} {} {}.</p><div class=\"wide\"><table><thead><tr><th>{}</th>",
        page_of.found.len(),
        language.say("trong số", "of"),
        page_of.matched,
        text(language.pick(&layer.id_field.title))
    );
    for (_, field) in fields() {
        let _ = write!(body, "<th>{}</th>", text(language.pick(&field.title)));
    }
    body.push_str("</tr></thead><tbody>");
    for found in &page_of.found {
        let id = found.id();
        let _ = write!(
            body,
            "<tr><td><a href=\"/collections/{}/items/{}?f=html\">{}</a></td>",
            layer.id,
            in_url(id),
            text(id)
        );
        for (number, _) in fields() {
            let _ = write!(body, "<td>{}</td>", shown(found.rows.columns()[number].get(found.row)));
        }
        body.push_str("</tr>");
    }
    body.push_str("</tbody></table></div>");
    if let Some(next) = next {
        let _ = write!(
            body,
            "<p><a rel=\"next\" href=\"{}\">{}</a></p>",
            text(next),
            language.say("Trang sau", "Next page")
        );
    }
    let own = format!("/collections/{}?f=html", layer.id);
    let path = [collections_crumb(language), (own.as_str(), language.pick(&layer.title))];
    page(language, language.say("Đối tượng", "Features"), &path, &body)
}

/// `/collections/{layer}/items/{id}`.
#[must_use]
pub fn item(layer: &Layer, found: &Found, language: Language, audience: Audience) -> String {
    let mut body = String::from("<table class=\"facts\"><tbody>");
    let _ =
        write!(body, "<tr><th>{}</th><td>{}</td></tr>", text(language.pick(&layer.id_field.title)), text(found.id()));
    for (field, value) in layer.fields.iter().zip(found.rows.values(found.row)) {
        if audience.may_see(field.audience) {
            let code = field.codes.iter().find(|code| value == Some(ValueRef::Text(&code.code)));
            let title = code.map(|code| format!(" · {}", text(language.pick(&code.title)))).unwrap_or_default();
            let unit = field.unit.as_ref().filter(|_| value.is_some()).map(|unit| format!(" {}", text(unit)));
            let _ = write!(
                body,
                "<tr><th>{}</th><td>{}{title}{}</td></tr>",
                text(language.pick(&field.title)),
                shown(value),
                unit.unwrap_or_default()
            );
        }
    }
    body.push_str("</tbody></table>");
    let (own, items) = (format!("/collections/{}?f=html", layer.id), format!("/collections/{}/items?f=html", layer.id));
    let features = language.say("Đối tượng", "Features");
    let path = [collections_crumb(language), (own.as_str(), language.pick(&layer.title)), (items.as_str(), features)];
    page(language, found.id(), &path, &body)
}

fn shown(value: Option<ValueRef<'_>>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| text(&value.to_string()))
}

/// `/collections/{layer}/schema` and its kin.
#[must_use]
pub fn schema(layer: &Layer, document: &Json, language: Language) -> String {
    let own = format!("/collections/{}?f=html", layer.id);
    let path = [collections_crumb(language), (own.as_str(), language.pick(&layer.title))];
    page(language, language.say("Lược đồ", "Schema"), &path, &format!("<pre>{}</pre>", pretty(document)))
}

/// A JSON document, indented.
#[must_use]
pub fn pretty(document: &Json) -> String {
    text(&format!("{document:#}"))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn markup_in_the_data_stays_text() {
        assert_eq!(text("<b onclick='x'>\"&"), "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;");
    }
}
