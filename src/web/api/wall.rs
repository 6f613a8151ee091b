//! The operations of a wall of screens.

use serde_json::{Map, Value as Json, json};

use super::operation::{Operation, schema};
use crate::catalog::Scene;
use crate::catalog::scene::SEVERITIES;
use crate::web::features::Language;

const TAG: &str = "Wall";

/// The paths, each with its operations.
#[must_use]
pub fn paths(scenes: &[Scene], language: Language) -> Map<String, Json> {
    let say = |vietnamese: &'static str, english: &'static str| language.say(vietnamese, english);
    let mut paths = Map::new();
    let mut get = |path: &str, operation: Operation| paths.insert(path.to_owned(), json!({"get": operation.done()}));
    let answer = |id: &str, summary: &str, name: &str| {
        Operation::new(id, TAG, summary).answers("200", summary, &[("application/json", schema(name))])
    };
    let mut named = json!({"type": "string", "minLength": 1});
    if !scenes.is_empty() {
        named["enum"] = scenes.iter().map(|scene| scene.id.as_str()).collect();
    }
    let scene = || json!({"name": "scene", "in": "path", "required": true, "description": say("Cảnh", "The scene"), "schema": named});
    get("/scenes", answer("scenes", say("Các cảnh của màn hình giám sát", "The scenes of the wall"), "scenes"));
    let counters = say("Các số đếm của một cảnh, ngay lúc này", "The numbers of a scene, as they are now");
    get("/scenes/{scene}/counters", answer("counters", counters, "counters").parameter(scene()));
    let trends = say("Diễn biến những giờ qua của một cảnh", "What went up and down over the last hours in a scene");
    get("/scenes/{scene}/trends", answer("trends", trends, "trends").parameter(scene()));
    let fresh = say("Mỗi nguồn số liệu mới đến đâu", "How fresh every source of readings is");
    get("/freshness", answer("freshness", fresh, "freshness"));
    paths
}

/// The schemas of those operations.
pub fn schemas() -> impl Iterator<Item = (&'static str, Json)> {
    let text = || json!({"type": "string"});
    let maybe_text = || json!({"type": "string", "nullable": true});
    let maybe_number = || json!({"type": "number", "nullable": true});
    let whole = || json!({"type": "integer"});
    let moment = || json!({"type": "string", "format": "date-time"});
    let title = || json!({"type": "object", "required": ["vi", "en"], "properties": {"vi": text(), "en": text()}});
    let list = |item: Json| json!({"type": "array", "items": item});
    let object =
        |required: &[&str], properties: Json| json!({"type": "object", "required": required, "properties": properties});
    let numbers = || list(json!({"type": "number"}));
    let view = object(&["center", "zoom"], json!({"center": numbers(), "zoom": {"type": "number"}}));
    let place = json!({"type": "object", "properties": {"bbox": numbers(), "view": view}});
    let color = object(&["from", "color"], json!({"from": {"type": "number"}, "color": text()}));
    let shown = object(
        &["layer", "property", "text", "colors"],
        json!({"layer": text(), "property": text(), "text": {"type": "boolean"}, "colors": list(color)}),
    );
    let when = json!({"type": "object", "nullable": true, "required": ["property", "above", "below"],
        "properties": {"property": text(), "above": maybe_number(), "below": maybe_number()}});
    let past = json!({"type": "object", "nullable": true, "required": ["field", "within"],
        "properties": {"field": text(), "within": maybe_text()}});
    let counter = object(
        &["title", "unit", "layer", "measure", "filter", "when", "past", "warn"],
        json!({"title": title(), "unit": maybe_text(), "layer": text(), "property": text(), "filter": maybe_text(), "when": when, "past": past,
            "measure": {"type": "string", "enum": ["count", "sum", "avg", "min", "max"]}, "warn": maybe_number()}),
    );
    let trend = object(
        &["title", "unit", "layer", "feature", "hours"],
        json!({"title": title(), "unit": maybe_text(), "layer": text(), "feature": maybe_text(), "property": text(), "count": text(),
            "hours": whole()}),
    );
    let scene = object(
        &["id", "title", "order", "seconds", "place", "layers", "shown", "indicators", "counters", "trends", "alerts"],
        json!({"id": text(), "title": title(), "order": whole(), "seconds": whole(), "place": place, "layers": list(text()),
            "shown": list(shown), "indicators": list(text()), "counters": list(counter), "trends": list(trend),
            "alerts": list(json!({"type": "string", "enum": SEVERITIES.map(|(name, _)| name)}))}),
    );
    let number = object(
        &["value", "features", "measured"],
        json!({"value": maybe_number(), "features": whole(), "measured": {"type": "integer", "nullable": true}}),
    );
    let point = object(&["time", "value"], json!({"time": moment(), "value": {"type": "number"}}));
    let went = object(
        &["features", "interval", "points"],
        json!({"features": whole(), "interval": whole(), "points": list(point)}),
    );
    let source = object(
        &["layer", "title", "features", "measured", "silent", "unheard", "silent_after", "newest"],
        json!({"layer": text(), "title": title(), "features": whole(), "measured": whole(), "silent": whole(), "unheard": whole(),
            "silent_after": whole(), "newest": {"type": "string", "format": "date-time", "nullable": true}}),
    );
    [
        ("scenes", object(&["scenes"], json!({"scenes": list(scene)}))),
        (
            "counters",
            object(
                &["scene", "time", "counters"],
                json!({"scene": text(), "time": moment(), "counters": list(number)}),
            ),
        ),
        (
            "trends",
            object(&["scene", "time", "trends"], json!({"scene": text(), "time": moment(), "trends": list(went)})),
        ),
        ("freshness", object(&["time", "layers"], json!({"time": moment(), "layers": list(source)}))),
    ]
    .into_iter()
}
