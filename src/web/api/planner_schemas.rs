//! The schemas of a planner's questions and of what is answered.

use serde_json::{Map, Value as Json, json};

use super::operation::schema;

/// An object all of whose members are there.
fn object(properties: &Json) -> Json {
    let names: Vec<&String> = properties.as_object().into_iter().flat_map(Map::keys).collect();
    json!({"type": "object", "required": names, "properties": properties})
}

/// The same with members that may be absent.
fn with(mut object: Json, optional: &Json) -> Json {
    for (name, schema) in optional.as_object().into_iter().flatten() {
        object["properties"][name] = schema.clone();
    }
    object
}

fn list(items: &Json) -> Json {
    json!({"type": "array", "items": items})
}

fn or_null(mut schema: Json) -> Json {
    schema["nullable"] = json!(true);
    schema
}

fn number() -> Json {
    json!({"type": "number"})
}

fn whole() -> Json {
    json!({"type": "integer", "minimum": 0})
}

fn text() -> Json {
    json!({"type": "string"})
}

fn title() -> Json {
    object(&json!({"vi": text(), "en": text()}))
}

fn place() -> Json {
    json!({"type": "array", "items": number(), "minItems": 2, "maxItems": 2})
}

/// Every schema by its name among the components.
#[must_use]
pub fn schemas() -> [(&'static str, Json); 9] {
    [
        ("area_or_line", geometry(&["Polygon", "MultiPolygon", "LineString", "MultiLineString"])),
        ("overlay_question", overlay_question()),
        ("overlay", overlay()),
        ("parcel", parcel()),
        ("report", report()),
        ("changes", changes()),
        ("summary", summary()),
        ("near", near()),
        ("functions", functions()),
    ]
}

fn geometry(kinds: &[&str]) -> Json {
    object(&json!({"type": {"type": "string", "enum": kinds}, "coordinates": {"type": "array", "items": {}}}))
}

/// `crs` is a name such as `EPSG:9208`; coordinates have easting or longitude first.
fn overlay_question() -> Json {
    let in_system = with(object(&json!({"geometry": schema("area_or_line")})), &json!({"crs": text()}));
    let mut feature =
        object(&json!({"type": {"type": "string", "enum": ["Feature"]}, "geometry": schema("area_or_line")}));
    feature["properties"]["properties"] = json!({"type": "object", "nullable": true});
    json!({"anyOf": [schema("area_or_line"), in_system, feature]})
}

fn overlay() -> Json {
    let group = with(
        object(&json!({"value": {}, "features": whole(), "amount": number(), "share": or_null(number())})),
        &json!({"title": title(), "color": text()}),
    );
    let hit = with(
        object(&json!({"id": text(), "label": or_null(text()), "amount": number(), "share": or_null(number()),
            "feature_share": or_null(number()), "properties": {"type": "object"}})),
        &json!({"geometry": {"type": "object"}}),
    );
    let answer = object(&json!({
        "layer": text(), "unit": {"type": "string", "enum": ["m2", "m", "features"]}, "asked": or_null(number()),
        "covered": or_null(number()), "uncovered": or_null(number()), "overlapping": or_null(number()), "total": number(),
        "by": or_null(text()), "groups": list(&group), "features": list(&hit),
    }));
    with(answer, &json!({"uncovered_geometry": {"type": "object"}}))
}

fn parcel() -> Json {
    let corners = json!({"type": "array", "items": {"type": "array", "items": number(), "minItems": 2, "maxItems": 3}});
    let measure = json!({"type": "number", "minimum": 0, "exclusiveMinimum": true});
    let stated = json!({"crs": text(), "area": measure, "sides": list(&measure)});
    let table = with(object(&json!({"corners": corners})), &stated);
    let drawn = with(object(&json!({"geometry": geometry(&["Polygon", "MultiPolygon"])})), &stated);
    json!({"oneOf": [table, drawn]})
}

fn report() -> Json {
    let corner = object(&json!({"number": whole(), "x": number(), "y": number(), "lon_lat": or_null(place())}));
    let side = with(object(&json!({"from": whole(), "to": whole(), "length": number()})), &json!({"stated": number()}));
    let plane = object(&json!({"crs": text(), "area": number(), "certificate_area": number(), "perimeter": number(),
        "sides": list(&side), "scale": or_null(number())}));
    let warning = with(
        object(&json!({"code": text(), "text": title()})),
        &json!({"corners": list(&whole()), "at": place(), "lon_lat": place()}),
    );
    let answer = json!({"allOf": [schema("overlay"),
        object(&json!({"title": title(), "features_in_layer": whole(), "version": {"type": "object"}}))]});
    object(&json!({
        "crs": text(),
        "corners": list(&corner),
        "geometry": or_null(geometry(&["Polygon", "MultiPolygon"])),
        "plane": or_null(plane),
        "ellipsoid": or_null(object(&json!({"area": number(), "perimeter": number()}))),
        "stated": or_null(object(&json!({"area": number(), "difference": number(), "tolerance": number()}))),
        "warnings": list(&warning),
        "fits": list(&object(&json!({"crs": text(), "swapped": {"type": "boolean"}, "lon_lat": place(), "province": or_null(text()),
            "usual": {"type": "boolean"}}))),
        "layers": {"type": "object", "additionalProperties": list(&answer)},
    }))
}

fn changes() -> Json {
    let changed = object(&json!({"id": text(), "label": or_null(text()), "value": {}, "area": number()}));
    let land = with(object(&json!({"value": {}})), &json!({"title": title(), "color": text()}));
    let became = object(&json!({"from": or_null(land.clone()), "to": or_null(land), "area": number()}));
    object(&json!({"layer": text(), "by": or_null(text()), "added": list(&changed), "removed": list(&changed),
        "kept": whole(), "table": list(&became)}))
}

fn summary() -> Json {
    let measures = json!({"type": "object", "additionalProperties": or_null(number())});
    let group = with(
        object(&json!({"count": whole()})),
        &json!({"value": {}, "title": title(), "sum": measures, "avg": measures, "min": measures, "max": measures}),
    );
    object(&json!({"layer": text(), "by": or_null(text()), "count": whole(), "groups": list(&group)}))
}

/// A `FeatureCollection` whose features say their layer and distance, metres.
fn near() -> Json {
    let geometry = json!({"type": "object", "nullable": true, "properties": {
        "type": {"type": "string"}, "coordinates": {"type": "array", "items": {}}}});
    let feature = object(&json!({"type": {"type": "string", "enum": ["Feature"]}, "id": {}, "geometry": geometry,
        "properties": {"type": "object"}, "layer": text(), "distance": {"type": "number", "minimum": 0}}));
    let collection = json!({"type": {"type": "string", "enum": ["FeatureCollection"]}, "numberReturned": whole(),
        "features": list(&feature)});
    with(object(&collection), &json!({"numberMatched": whole()}))
}

fn functions() -> Json {
    let argument = object(&json!({"title": text(), "type": list(&text())}));
    let function =
        object(&json!({"name": text(), "description": text(), "arguments": list(&argument), "returns": list(&text())}));
    object(&json!({"functions": list(&function)}))
}
