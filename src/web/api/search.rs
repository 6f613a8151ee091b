//! The operation that finds features by name.

use serde_json::{Map, Value as Json, json};

use super::operation::{Operation, schema, text};
use crate::model::Layer;
use crate::web::features::Language;
use crate::web::search::{LIMIT, LONGEST, MOST};

/// The path with its operation.
#[must_use]
pub fn paths(layers: &[&Layer], language: Language) -> Map<String, Json> {
    let say = |vietnamese: &'static str, english: &'static str| language.say(vietnamese, english);
    let names: Vec<&str> = layers.iter().map(|layer| layer.id.as_str()).collect();
    let parameter = |name: &str, description: &str, schema: Json| json!({"name": name, "in": "query", "required": name == "q", "description": description, "schema": schema});
    let mut of_layers = parameter(
        "layers",
        say(
            "Các lớp cần tìm; mặc định là mọi lớp có trường tìm được",
            "The layers; all with searchable fields without it",
        ),
        json!({"type": "array", "items": {"type": "string", "enum": names}}),
    );
    of_layers["style"] = json!("form");
    of_layers["explode"] = json!(false);
    let typed =
        say("Tên hoặc mã như người gõ, có dấu hoặc không", "A name or code as typed, with diacritics or without");
    let place = say("Nơi đang tìm, độ; đi cùng nhau", "Where to be near to, degrees; both or none");
    let limit =
        say("Số kết quả; lớn hơn mức tối đa thì lấy mức tối đa", "Features; more than the maximum is the maximum");
    let summary = say("Tìm theo tên và mã", "Find features by name and code");
    let operation = Operation::new("search", "Search", summary)
        .parameter(parameter("q", typed, json!({"type": "string", "maxLength": LONGEST})))
        .parameter(of_layers)
        .parameter(parameter("lon", place, json!({"type": "number", "minimum": -180, "maximum": 180})))
        .parameter(parameter("lat", place, json!({"type": "number", "minimum": -90, "maximum": 90})))
        .parameter(parameter(
            "limit",
            limit,
            json!({"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}),
        ))
        .takes(&["f", "lang"])
        .answers("200", summary, &[("application/geo+json", collection()), ("text/html", text())]);
    Map::from_iter([("/search".to_owned(), json!({"get": operation.done()}))])
}

fn collection() -> Json {
    let text = || json!({"type": "string"});
    let matched = json!({"type": "object", "required": ["field", "field_title", "text"], "properties": {
        "field": text(), "field_title": text(), "text": text(), "layer": text(), "id": {}, "link": text()}});
    let properties = json!({"type": "object", "required": ["layer", "layer_title", "title", "matched", "link"], "properties": {
        "layer": text(), "layer_title": text(), "title": text(), "matched": matched, "link": text(),
        "distance": {"type": "number", "minimum": 0}}});
    let numbers =
        |count: usize| json!({"type": "array", "items": {"type": "number"}, "minItems": count, "maxItems": count});
    let geometry = json!({"type": "object", "required": ["type", "coordinates"], "properties": {
        "type": {"type": "string", "enum": ["Point"]}, "coordinates": numbers(2)}});
    let feature = json!({"type": "object", "required": ["type", "id", "geometry", "properties"], "properties": {
        "type": {"type": "string", "enum": ["Feature"]}, "id": {}, "bbox": numbers(4), "geometry": geometry,
        "properties": properties}});
    json!({"type": "object", "required": ["type", "numberReturned", "exact", "features"], "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "numberReturned": {"type": "integer", "minimum": 0},
        "exact": {"type": "boolean"},
        "links": {"type": "array", "items": schema("link")},
        "features": {"type": "array", "items": feature}}})
}
