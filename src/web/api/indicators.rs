//! The operations on indicators.

use serde_json::{Map, Value as Json, json};

use super::operation::{Operation, schema, text};
use crate::model::indicator::{CLASSES, Method};
use crate::web::features::Language;

const TAG: &str = "Indicators";

/// Which period and which classes: of an indicator and of its tiles.
pub(super) fn choice(language: Language) -> [Json; 3] {
    let say = |vietnamese: &'static str, english: &'static str| language.say(vietnamese, english);
    let query = |name: &str, description: &str, schema: Json| json!({"name": name, "in": "query", "required": false, "description": description, "schema": schema});
    let methods: Vec<&str> = Method::NAMES.iter().map(|(name, _)| *name).collect();
    [
        query(
            "period",
            say(
                "Kỳ: 2026-10, 2026-Q3 hoặc 2026; không có là kỳ mới nhất mà số đơn vị đã có số liệu ít nhất bằng một nửa kỳ trước đó",
                "A period: 2026-10, 2026-Q3 or 2026; without it the newest of which at least half as many units are known as of the one before",
            ),
            text(),
        ),
        query(
            "classes",
            say("Cách phân lớp", "How values are parted into classes"),
            json!({"type": "string", "enum": methods}),
        ),
        query(
            "n",
            say("Số lớp tối đa", "Classes at most"),
            json!({"type": "integer", "minimum": CLASSES.start(), "maximum": CLASSES.end()}),
        ),
    ]
}

/// The paths, each with its operations.
#[must_use]
pub fn paths(language: Language) -> Map<String, Json> {
    let say = |vietnamese: &'static str, english: &'static str| language.say(vietnamese, english);
    let mut paths = Map::new();
    let mut get = |path: &str, operation: Operation| paths.insert(path.to_owned(), json!({"get": operation.done()}));
    let summary = say("Các chỉ số của đơn vị hành chính", "The indicators of administrative units");
    let list = Operation::new("indicators", TAG, summary);
    get("/indicators", list.answers("200", summary, &[("application/json", schema("indicators"))]));
    let summary = say(
        "Giá trị của một chỉ số theo đơn vị: hạng, thay đổi, mục tiêu, phân lớp",
        "The values of an indicator by unit: rank, changes, target, classes",
    );
    let id = json!({"name": "id", "in": "path", "required": true, "description": say("Mã chỉ số", "The indicator's id"), "schema": text()});
    let operation = choice(language).into_iter().fold(Operation::new("indicator", TAG, summary), Operation::parameter);
    let format = json!({"name": "f", "in": "query", "required": false, "description": say("Định dạng", "The format"), "schema": {"type": "string", "enum": ["json", "csv"]}});
    let operation = operation.parameter(id).parameter(format);
    let content = [("application/json", schema("indicator")), ("text/csv", text())];
    get(
        "/indicators/{id}",
        operation.answers("200", summary, &content).answers("304", say("Chưa thay đổi", "Not changed"), &[]),
    );
    paths
}

/// The schemas of those operations.
pub fn schemas() -> impl Iterator<Item = (&'static str, Json)> {
    let title = || json!({"type": "object", "required": ["vi", "en"], "properties": {"vi": text(), "en": text()}});
    let number = || json!({"type": "number", "nullable": true});
    let whole = || json!({"type": "integer", "nullable": true});
    let words = |words: &[&str]| json!({"type": "string", "nullable": true, "enum": words.iter().map(|word| json!(word)).chain([Json::Null]).collect::<Vec<_>>()});
    let change = || {
        json!({"type": "object", "nullable": true, "required": ["from", "difference", "percent"], "properties": {
        "from": {"type": "number"}, "difference": {"type": "number"}, "percent": number()}})
    };
    let mut own = json!({
        "id": text(), "title": title(), "description": title(), "unit": title(), "layer": text(), "agency": title(), "source": text(),
        "every": {"type": "string", "enum": ["month", "quarter", "year"]}, "direction": words(&["higher", "lower"]), "target": number(),
        "decimals": {"type": "integer"}, "merge": words(&["sum", "mean"]), "weight": {"type": "string", "nullable": true},
        "colors": {"type": "array", "items": text()}, "periods": {"type": "array", "items": text()}, "tiles": text(),
        "known": {"type": "object", "additionalProperties": {"type": "integer"}, "description": "By period the units of which a whole value is known"},
        "default_period": {"type": "string", "nullable": true, "description": "The period that is meant where none is asked for"},
        "links": {"type": "array", "items": {"$ref": "#/components/schemas/link"}},
        "classes": {"type": "object", "required": ["method", "count"], "properties": {
            "method": {"type": "string", "enum": ["quantile", "equal", "jenks"]}, "count": {"type": "integer"},
            "breaks": {"type": "array", "items": {"type": "number"}}}},
    });
    let required =
        |members: &Json| members.as_object().into_iter().flat_map(Map::keys).cloned().collect::<Vec<String>>();
    let listed = json!({"type": "object", "required": required(&own), "properties": own.clone()});
    let compared = json!({"value": number(), "change": change(), "year_change": change(), "distance": number(),
        "target_met": {"type": "boolean", "nullable": true}});
    let with = |more: Json| {
        let mut members = compared.clone();
        let more = more.as_object().cloned().unwrap_or_default();
        members.as_object_mut().into_iter().for_each(|members| members.extend(more.clone()));
        members
    };
    let mut unit = with(
        json!({"id": text(), "name": text(), "rank": whole(), "class": whole(), "converted": {"type": "boolean"}}),
    );
    let needed = required(&unit);
    for (name, kind) in [("from_units", "integer"), ("missing_units", "integer"), ("partial", "number")] {
        unit[name] = json!({"type": kind});
    }
    let summary = with(
        json!({"rule": words(&["sum", "mean"]), "units": {"type": "integer"}, "known": {"type": "integer"}, "met": whole()}),
    );
    let entry = json!({"class": {"type": "integer"}, "from": {"type": "number"}, "to": {"type": "number"}, "color": text(),
        "count": {"type": "integer"}, "text": title()});
    for (name, schema) in [
        ("period", json!({"type": "string", "nullable": true})),
        ("previous", json!({"type": "string", "nullable": true})),
        ("year_before", json!({"type": "string", "nullable": true})),
        (
            "legend",
            json!({"type": "array", "items": {"type": "object", "required": required(&entry), "properties": entry}}),
        ),
        ("summary", json!({"type": "object", "required": required(&summary), "properties": summary})),
        ("units", json!({"type": "array", "items": {"type": "object", "required": needed, "properties": unit}})),
    ] {
        own[name] = schema;
    }
    let told = json!({"type": "object", "required": required(&own), "properties": own});
    let list = json!({"type": "object", "required": ["indicators"], "properties": {"indicators": {"type": "array", "items": listed}}});
    [("indicators", list), ("indicator", told)].into_iter()
}
