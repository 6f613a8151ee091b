//! The shapes of alerts and rules.

use serde_json::{Map, Value as Json, json};

use crate::rules::{FARTHEST, MOST_PERIODS, MOST_STEPS};

const SEVERITIES: [&str; 5] = ["Unknown", "Minor", "Moderate", "Severe", "Extreme"];
const URGENCIES: [&str; 5] = ["Immediate", "Expected", "Future", "Past", "Unknown"];
const CERTAINTIES: [&str; 5] = ["Observed", "Likely", "Possible", "Unlikely", "Unknown"];
const CATEGORIES: [&str; 12] =
    ["Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"];

fn words(words: &[&str]) -> Json {
    json!({"type": "string", "enum": words})
}

fn text() -> Json {
    json!({"type": "string"})
}

fn moment() -> Json {
    json!({"type": "string", "format": "date-time"})
}

fn text_of(what: &str) -> Json {
    json!({"type": "string", "description": what})
}

fn number(what: &str) -> Json {
    json!({"type": "number", "description": what})
}

fn positive() -> Json {
    json!({"type": "number", "minimum": 0, "exclusiveMinimum": true})
}

fn metres(what: &str) -> Json {
    json!({"type": "number", "minimum": 0, "maximum": FARTHEST, "description": format!("Metres. {what}")})
}

fn or_null(mut schema: Json) -> Json {
    schema["nullable"] = json!(true);
    schema
}

fn list(items: &Json) -> Json {
    json!({"type": "array", "items": items})
}

fn of(name: &str) -> Json {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Nothing else stands in it.
fn object(required: &[&str], properties: &Json) -> Json {
    json!({"type": "object", "required": required, "additionalProperties": false, "properties": properties})
}

/// All of it always stands there.
fn whole(properties: &Json) -> Json {
    let required: Vec<&String> = properties.as_object().map(Map::keys).into_iter().flatten().collect();
    json!({"type": "object", "required": required, "properties": properties})
}

/// All of them, by name.
pub fn schemas() -> impl Iterator<Item = (&'static str, Json)> {
    let title = object(
        &["vi", "en"],
        &json!({"vi": {"type": "string", "pattern": "\\S"}, "en": {"type": "string", "pattern": "\\S"}}),
    );
    let span = json!({"type": "string", "pattern": "^P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+S)?)?$", "example": "PT15M",
        "description": "ISO 8601, from a second to a year, in whole seconds: PT5M, PT6H, P1D"});
    [
        ("title", title),
        ("span", span),
        ("alert", alert()),
        ("alerts", alerts()),
        ("said", said(&[])),
        ("assigned", said(&["to"])),
        ("when", when()),
        ("rule", rule()),
        ("rules", json!({"type": "object", "required": ["rules"], "properties": {"rules": list(&of("rule"))}})),
    ]
    .into_iter()
}

fn alert() -> Json {
    let fence = whole(&json!({"layer": text(), "feature": text()}));
    let done = whole(&json!({"at": moment(), "by": text(), "note": or_null(text())}));
    let step = whole(
        &json!({"n": {"type": "integer", "minimum": 1}, "title": of("title"), "who": of("title"), "due": moment(),
        "late": {"type": "boolean"}, "escalate": {"nullable": true, "allOf": [of("title")]}, "done": or_null(done)}),
    );
    let actions = ["raised", "repeated", "acknowledged", "assigned", "step", "escalated", "resolved", "expired"];
    let entry =
        whole(&json!({"at": moment(), "action": words(&actions), "by": or_null(text()), "note": or_null(text())}));
    let mut properties = whole(&json!({
        "rule": text(), "title": of("title"), "headline": of("title"),
        "severity": words(&SEVERITIES), "urgency": words(&URGENCIES), "certainty": words(&CERTAINTIES), "category": words(&CATEGORIES),
        "status": words(&["raised", "acknowledged", "resolved", "expired"]), "layer": text(), "feature": text(),
        "fence": or_null(fence), "property": or_null(text()), "value": or_null(number("Of the property or the indicator; metres to what is near; minutes of silence")),
        "unit": or_null(text()), "count": {"type": "integer", "minimum": 1}, "raised_at": moment(), "changed_at": moment(),
        "expires_at": or_null(moment()), "agency": of("title"), "assigned_to": or_null(text()), "steps": list(&step),
    }));
    properties["properties"]["trail"] = list(&entry);
    let point = whole(
        &json!({"type": words(&["Point"]), "coordinates": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}}),
    );
    whole(&json!({"type": words(&["Feature"]), "id": text(), "geometry": point, "properties": properties}))
}

fn alerts() -> Json {
    let link = json!({"type": "object", "required": ["href", "rel"]});
    whole(
        &json!({"type": words(&["FeatureCollection"]), "numberMatched": {"type": "integer"}, "numberReturned": {"type": "integer"},
        "links": list(&link), "features": list(&of("alert"))}),
    )
}

fn said(more: &[&str]) -> Json {
    let line = json!({"type": "string", "minLength": 1, "maxLength": 100});
    let mut properties = json!({"by": line, "note": {"type": "string", "maxLength": 2000}});
    for name in more {
        properties[*name] = line.clone();
    }
    let required: Vec<&str> = ["by"].iter().chain(more).copied().collect();
    object(&required, &properties)
}

/// What has to be the case: an object of each kind, of what must stand in it and what may.
fn when() -> Json {
    let watched = || json!({"property": text_of("An observed property of the layer"), "hold": of("span"), "clear": number("There it is over: hysteresis")});
    let changing = || json!({"property": text_of("An observed property of the layer"), "over": of("span")});
    let fenced = || {
        json!({"fence": text_of("The layer of the fences"), "fence_filter": text_of("CQL2 text"),
        "margin": metres("Outside at which a fence, or a line, has been left; 20 without it")})
    };
    let with = |mut properties: Json, name: &str, schema: Json| {
        properties[name] = schema;
        properties
    };
    let near = json!({"other": text_of("A layer"), "other_filter": text_of("CQL2 text"), "within": metres("On the ellipsoid"),
        "clear": metres("There it is over; not less than `within`")});
    let target = json!({"indicator": text_of("Its id"), "by": {"type": "number", "minimum": 0, "default": 0},
        "periods": {"type": "integer", "minimum": 1, "maximum": MOST_PERIODS, "default": 1}});
    let kinds = [
        ("threshold", vec!["property", "above"], with(watched(), "above", number("Greater is beyond"))),
        ("threshold", vec!["property", "below"], with(watched(), "below", number("Less is beyond"))),
        ("stale", vec!["after"], json!({"after": of("span")})),
        ("enter", vec!["fence"], fenced()),
        ("exit", vec!["fence"], fenced()),
        ("inside", vec!["fence"], fenced()),
        ("cross", vec!["fence"], fenced()),
        ("near", vec!["other", "within"], near),
        ("change", vec!["property", "rise", "over"], with(changing(), "rise", positive())),
        ("change", vec!["property", "fall", "over"], with(changing(), "fall", positive())),
        ("target", vec!["indicator"], target),
    ];
    let kind = |(name, mut required, properties): (&str, Vec<&str>, Json)| {
        required.push("type");
        object(&required, &with(properties, "type", words(&[name])))
    };
    json!({"oneOf": kinds.map(kind)})
}

fn rule() -> Json {
    let step = object(
        &["title", "who", "within"],
        &json!({"title": of("title"), "who": of("title"), "within": of("span"), "escalate": of("title")}),
    );
    let mut steps = list(&step);
    steps["maxItems"] = json!(MOST_STEPS);
    let id = json!({"type": "string", "pattern": "^[a-z][a-z0-9_]{0,47}$"});
    let in_file =
        json!({"type": "boolean", "readOnly": true, "description": "It stands in a file, and is changed there"});
    let or = |mut schema: Json, usual: &str| {
        schema["default"] = json!(usual);
        schema
    };
    object(
        &["id", "title", "layer", "severity", "when"],
        &json!({"id": id, "title": of("title"), "layer": text(), "filter": text_of("CQL2 text"), "when": of("when"),
            "severity": words(&SEVERITIES), "urgency": or(words(&URGENCIES), "Expected"), "certainty": or(words(&CERTAINTIES), "Observed"),
            "category": or(words(&CATEGORIES), "Other"), "headline": of("title"), "agency": of("title"), "expires": of("span"),
            "steps": steps, "webhooks": list(&text()), "in_file": in_file}),
    )
}
