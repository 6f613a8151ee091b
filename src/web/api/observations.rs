//! The operations of what is measured, and of what is told at once.

use serde_json::{Map, Value as Json, json};

use super::operation::{Operation, schema, text};
use crate::model::Layer;
use crate::web::features::Language;

const TAG: &str = "Observations";

/// The paths, each with its operations.
#[must_use]
pub fn paths(layers: &[&Layer], observations: bool, language: Language) -> Map<String, Json> {
    let say = |vietnamese: &'static str, english: &'static str| language.say(vietnamese, english);
    let mut paths = Map::new();
    let mut get = |path: &str, operation: Operation| paths.insert(path.to_owned(), json!({"get": operation.done()}));
    let query = |name: &str, description: &str, schema: Json| json!({"name": name, "in": "query", "required": false, "description": description, "schema": schema});
    let layer = |wanted: &dyn Fn(&Layer) -> bool| {
        let names: Vec<&str> = layers.iter().filter(|layer| wanted(layer)).map(|layer| layer.id.as_str()).collect();
        json!({"name": "layer", "in": "path", "required": true, "description": say("Lớp dữ liệu", "The layer"), "schema": {"type": "string", "enum": names}})
    };

    let summary = say("Số liệu đo của một đối tượng theo thời gian", "What was measured of a feature, over time");
    let history = Operation::new("observations", TAG, summary)
        .parameter(layer(&Layer::is_observed))
        .takes(&["id", "datetime"])
        .parameter(query(
            "property",
            say(
                "Các đại lượng, cách nhau bởi dấu phẩy; không có là tất cả",
                "Properties with commas between them; without it all",
            ),
            text(),
        ))
        .parameter(query(
            "interval",
            say(
                "Khoảng gộp theo ISO 8601, như PT15M, PT1H, P1D",
                "Length of the intervals (ISO 8601), such as PT15M, PT1H, P1D",
            ),
            text(),
        ))
        .parameter(query(
            "agg",
            say("Cách gộp", "What is made of an interval's values"),
            json!({"type": "string", "enum": ["avg", "min", "max", "sum", "count", "last"], "default": "avg"}),
        ))
        .parameter(query(
            "limit",
            say("Số thời điểm tối đa", "Moments at most"),
            json!({"type": "integer", "minimum": 1, "maximum": 10_000, "default": 1_000}),
        ))
        .parameter(query("f", say("Định dạng", "The format"), json!({"type": "string", "enum": ["json", "csv"]})))
        .answers("200", summary, &[("application/json", schema("observations")), ("text/csv", text())]);
    get("/collections/{layer}/items/{id}/observations", history);

    let summary = say("Đường đi của một đối tượng di động", "Where a feature that moves was");
    let track = Operation::new("track", TAG, summary)
        .parameter(layer(&|layer| layer.moving))
        .takes(&["id", "datetime"])
        .parameter(query(
            "gap",
            say("Sau bao nhiêu phút không có tin thì ngắt đường", "Minutes without a word that split the line"),
            json!({"type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 15}),
        ))
        .answers("200", summary, &[("application/geo+json", schema("track"))]);
    get("/collections/{layer}/items/{id}/track", track);

    let summary = say("Những gì đang xảy ra, ngay khi xảy ra", "What happens, while it happens");
    let live = Operation::new("live", TAG, summary)
        .takes(&["layers_asked"])
        .parameter(json!({"name": "bbox", "in": "query", "required": false, "style": "form", "explode": false,
            "description": say("Hộp bao: tây,nam,đông,bắc, tính bằng độ", "A box in degrees: west,south,east,north"),
            "schema": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4}}))
        .parameter(json!({"name": "Last-Event-ID", "in": "header", "required": false, "schema": {"type": "string"},
            "description": say("Mã (`id`) cuối đã nghe, để nghe tiếp; mã của nút khác thì được `reset`", "The last `id` that was heard, to go on from there; that of another node is answered with `reset`")}))
        .answers("200", summary, &[("text/event-stream", text())]);
    get("/live", live);

    let summary = say("Những số liệu bị từ chối gần đây", "The readings that were refused last");
    let refused =
        Operation::new("refused", TAG, summary).answers("200", summary, &[("application/json", schema("refused"))]);
    get("/observations/refused", refused);

    if observations {
        let summary = say("Gửi số liệu đo", "Readings of sensors and vehicles");
        let take = Operation::new("observe", TAG, summary)
            .body(&["application/json", "application/x-ndjson"], &schema("readings"))
            .answers("200", summary, &[("application/json", schema("taken"))]);
        paths.insert("/observations".to_owned(), json!({"post": take.done()}));
        paths.extend(of_context_brokers(language));
    }
    paths
}

/// The operations of FIWARE's context brokers.
fn of_context_brokers(language: Language) -> impl Iterator<Item = (String, Json)> {
    const BODIES: [&str; 2] = ["application/json", "application/ld+json"];
    let summary = language.say("Thực thể NGSI-LD gửi đến", "Entities of NGSI-LD (batch upsert)");
    let some = language.say("Một phần không được nhận", "Some were not taken");
    let upsert = Operation::new("upsertEntities", TAG, summary)
        .parameter(json!({"name": "options", "in": "query", "required": false, "schema": {"type": "string", "enum": ["update", "replace"]},
            "description": language.say("Cả hai như nhau: không có gì bị xóa", "Both are the same: nothing is removed")}))
        .body(&BODIES, &json!({"type": "array", "minItems": 1, "items": schema("entity")}))
        .answers("204", language.say("Đã nhận hết", "All were taken"), &[])
        .answers("207", some, &[("application/json", schema("batchResult"))]);
    let summary = language.say("Thông báo của Orion", "A notification of Orion");
    let notified = |id: &str| {
        Operation::new(id, TAG, summary)
            .body(&BODIES, &schema("notification"))
            .answers("200", summary, &[("application/json", schema("taken"))])
            .done()
    };
    [
        ("/ngsi-ld/v1/entityOperations/upsert".to_owned(), json!({"post": upsert.done()})),
        ("/ngsi-ld/v1/notify".to_owned(), json!({"post": notified("notifyLd")})),
        ("/v2/notify".to_owned(), json!({"post": notified("notifyV2")})),
    ]
    .into_iter()
}

/// The schemas of those operations.
pub fn schemas() -> impl Iterator<Item = (&'static str, Json)> {
    let moment = || json!({"type": "string", "format": "date-time"});
    let refused = json!({"type": "object", "required": ["reason", "message"], "properties": {
        "index": {"type": "integer"}, "received": moment(), "way": {"type": "string", "enum": ["http", "mqtt", "fiware", "gtfs"]},
        "name": {"type": "string"}, "reason": {"type": "string"}, "message": {"type": "string"}}});
    let reading = json!({"type": "object", "required": ["layer", "feature"], "additionalProperties": true,
        "description": "Values stand in `values`, where every name is a property of the layer, or, without `values`, beside `time`, where names that are none are left out.",
        "properties": {
        "layer": {"type": "string"}, "feature": {"oneOf": [{"type": "string"}, {"type": "integer"}]}, "time": moment(),
        "values": {"type": "object", "additionalProperties": {"oneOf": [{"type": "number", "nullable": true}, {"type": "boolean"}]}},
        "lon": {"type": "number"}, "lat": {"type": "number"}}});
    [
        ("reading", reading),
        ("readings", json!({"oneOf": [{"$ref": "#/components/schemas/reading"}, {"type": "array", "items": {"$ref": "#/components/schemas/reading"}}]})),
        ("entity", json!({"type": "object", "required": ["id", "type"], "properties": {
            "id": {"type": "string"}, "type": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}}})),
        ("notification", json!({"type": "object", "required": ["data"], "properties": {
            "subscriptionId": {"type": "string"}, "data": {"type": "array", "items": {"$ref": "#/components/schemas/entity"}}}})),
        ("batchResult", json!({"type": "object", "required": ["success", "errors"], "properties": {
            "success": {"type": "array", "items": {"type": "string"}},
            "errors": {"type": "array", "items": {"type": "object", "required": ["entityId", "error"], "properties": {
                "entityId": {"type": "string"}, "error": {"type": "object", "required": ["type", "title"], "properties": {
                    "type": {"type": "string"}, "title": {"type": "string"}, "detail": {"type": "string"}, "reason": {"type": "string"}}}}}}}})),
        ("taken", json!({"type": "object", "required": ["accepted", "refused"], "properties": {
            "accepted": {"type": "integer"}, "left_out": {"type": "integer", "minimum": 1, "description": "Names beside the values that the layers do not observe; there if there were some."},
            "refused": {"type": "array", "items": refused.clone()}}})),
        ("refused", json!({"type": "object", "required": ["refused"], "properties": {"refused": {"type": "array", "items": refused}}})),
        ("observations", json!({"type": "object", "required": ["layer", "feature", "properties", "observations", "numberReturned", "links"], "properties": {
            "layer": {"type": "string"}, "feature": {"type": "string"}, "agg": {"type": "string"}, "numberReturned": {"type": "integer"},
            "properties": {"type": "array", "items": {"type": "object"}}, "links": {"type": "array", "items": {"$ref": "#/components/schemas/link"}},
            "observations": {"type": "array", "items": {"type": "object", "required": ["time"], "properties": {"time": moment()}}}}})),
        ("track", json!({"type": "object", "required": ["type", "id", "geometry", "properties"], "properties": {
            "type": {"type": "string", "enum": ["Feature"]}, "id": {"type": "string"}, "geometry": {"type": "object"},
            "properties": {"type": "object", "required": ["layer", "datetimes"]}}})),
    ]
    .into_iter()
}
