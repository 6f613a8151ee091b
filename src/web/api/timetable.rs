//! The operations of timetables.

use serde_json::{Map, Value as Json, json};

use super::operation::{Operation, schema};
use crate::web::features::Language;

const TAG: &str = "Timetable";

/// The paths, each with its operations.
#[must_use]
pub fn paths(language: Language) -> Map<String, Json> {
    let say = |vietnamese: &'static str, english: &'static str| language.say(vietnamese, english);
    let query = |name: &str, description: &str, schema: Json| json!({"name": name, "in": "query", "required": false, "description": description, "schema": schema});
    let summary = say("Các chuyến sắp rời một điểm dừng", "What leaves a stop next");
    let departures = Operation::new("departures", TAG, summary)
        .takes(&["layer", "id"])
        .parameter(query(
            "datetime",
            say("Từ thời điểm nào; không có là bây giờ", "From which moment on; without it now"),
            json!({"type": "string", "format": "date-time"}),
        ))
        .parameter(query(
            "limit",
            say("Số chuyến tối đa", "Departures at most"),
            json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 10}),
        ))
        .answers("200", summary, &[("application/json", schema("departures"))]);
    let summary = say("Giá vé của một tuyến", "The fares of a route");
    let fares = Operation::new("fares", TAG, summary).takes(&["layer", "id"]).answers(
        "200",
        summary,
        &[("application/json", schema("fares"))],
    );
    let path = |what: &str, operation: Operation| {
        (format!("/collections/{{layer}}/items/{{id}}/{what}"), json!({"get": operation.done()}))
    };
    Map::from_iter([path("departures", departures), path("fares", fares)])
}

/// The schemas of those operations.
pub fn schemas() -> impl Iterator<Item = (&'static str, Json)> {
    let text = || json!({"type": "string", "nullable": true});
    let day = || json!({"type": "string", "format": "date", "nullable": true});
    let links = || json!({"type": "array", "items": {"$ref": "#/components/schemas/link"}});
    let moment = || json!({"type": "string", "format": "date-time"});
    let whole = || json!({"type": "integer", "nullable": true});
    let departure = json!({"type": "object", "required": ["time", "route", "trip", "stop", "service_date", "approximate"], "properties": {
        "time": moment(), "route": {"type": "string"}, "name": text(), "headsign": text(), "direction": whole(), "trip": {"type": "string"},
        "stop": {"type": "string"}, "service_date": {"type": "string", "format": "date"}, "headway_s": whole(), "approximate": {"type": "boolean"}}});
    let fare = json!({"type": "object", "required": ["id", "price", "currency", "prepaid", "zones"], "properties": {
        "id": {"type": "string"}, "price": {"type": "number"}, "currency": {"type": "string"}, "prepaid": {"type": "boolean"},
        "transfers": whole(), "agency": text(), "zones": {"type": "array", "items": {"type": "object", "properties": {
            "origin": text(), "destination": text(), "contains": text()}}}}});
    [
        ("departures", json!({"type": "object", "required": ["layer", "feature", "datetime", "timezone", "calendar", "departures", "numberReturned", "links"],
            "properties": {"layer": {"type": "string"}, "feature": {"type": "string"}, "datetime": moment(), "timezone": {"type": "string"},
                "calendar": {"type": "object", "required": ["state"], "properties": {"from": day(), "to": day(),
                    "state": {"type": "string", "enum": ["not-begun", "current", "expired", "empty"]}}},
                "message": {"type": "object", "nullable": true, "required": ["vi", "en"], "properties": {"vi": {"type": "string"}, "en": {"type": "string"}}},
                "publisher": text(), "version": text(), "numberReturned": {"type": "integer"}, "links": links(),
                "departures": {"type": "array", "items": departure}}})),
        ("fares", json!({"type": "object", "required": ["layer", "feature", "fares", "links"], "properties": {
            "layer": {"type": "string"}, "feature": {"type": "string"}, "fares": {"type": "array", "items": fare}, "links": links()}})),
    ]
    .into_iter()
}
