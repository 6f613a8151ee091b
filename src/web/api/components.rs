//! What several operations share.

use serde_json::{Map, Value as Json, json};

use super::operation::of_layer;
use super::{alert_schemas, indicators, observations, planner_schemas, timetable, wall};
use crate::model::{FieldType, Layer};
use crate::web::features::collections::systems;
use crate::web::features::schema::described;
use crate::web::features::{Language, formats, items};
use crate::web::serving::State;

/// The `components` object.
#[must_use]
pub fn components(state: &State, layers: &[&Layer], language: Language) -> Json {
    json!({
        "parameters": parameters(layers, language),
        "responses": {"problem": {
            "description": language.say("Không thực hiện được; lý do theo RFC 9457", "It cannot be done; why, as RFC 9457 says"),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}},
        }},
        "schemas": schemas(state, layers, language),
    })
}

fn query(name: &str, description: &str, schema: &Json) -> Json {
    json!({"name": name, "in": "query", "required": false, "description": description, "schema": schema})
}

fn parameters(layers: &[&Layer], language: Language) -> Json {
    let say = |vietnamese: &'static str, english: &'static str| language.say(vietnamese, english);
    let names: Vec<&str> = layers.iter().map(|layer| layer.id.as_str()).collect();
    let formats = |all: &[formats::Format]| all.iter().map(|format| format.name()).collect::<Vec<_>>();
    let boxes = json!({"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6});
    let mut bbox = query("bbox", say("Hộp bao: tây,nam,đông,bắc", "A box: west,south,east,north"), &boxes);
    bbox["style"] = json!("form");
    bbox["explode"] = json!(false);
    let systems = json!({"type": "string", "enum": systems(), "default": systems()[0]});
    json!({
        "layer": {"name": "layer", "in": "path", "required": true, "description": say("Lớp dữ liệu", "The layer"),
            "schema": {"type": "string", "enum": names}},
        "layers": {"name": "layers", "in": "path", "required": true, "description": say("Các lớp, cách nhau bởi dấu phẩy, tối đa 20", "Layers with commas between them, at most 20"),
            "schema": {"type": "string", "maxLength": 1000}},
        "id": {"name": "id", "in": "path", "required": true, "description": say("Mã đối tượng", "The feature's id"),
            "schema": {"type": "string", "minLength": 1}},
        "f": query("f", say("Định dạng", "The format"), &json!({"type": "string", "enum": formats(formats::OF_DOCUMENTS)})),
        "f_features": query("f", say("Định dạng", "The format"), &json!({"type": "string", "enum": formats(formats::OF_FEATURES)})),
        "lang": query("lang", say("Ngôn ngữ", "The language"), &json!({"type": "string", "enum": ["vi", "en"]})),
        "limit": query("limit", say("Số đối tượng một trang; lớn hơn mức tối đa thì lấy mức tối đa", "Features of a page; more than the maximum is the maximum"),
            &json!({"type": "integer", "minimum": 1, "maximum": items::MOST, "default": items::LIMIT})),
        "after": query("after", say("Mã cuối của trang trước, như liên kết `next` cho biết", "The last id of the page before, as the link `next` has it"), &json!({"type": "string"})),
        "bbox": bbox,
        "bbox-crs": query("bbox-crs", say("Hệ tọa độ của hộp bao", "The system of the box"), &systems),
        "filter": query("filter", say("Bộ lọc CQL2", "A CQL2 filter"), &json!({"type": "string"})),
        "filter-lang": query("filter-lang", say("Ngôn ngữ của bộ lọc", "The language of the filter"), &json!({"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"})),
        "filter-crs": query("filter-crs", say("Hệ tọa độ của bộ lọc", "The system of the filter"), &systems),
        "datetime": query("datetime", say("Thời điểm hoặc khoảng thời gian (RFC 3339), `..` là để mở", "A moment or an interval (RFC 3339), `..` is open"), &json!({"type": "string"})),
        "sortby": query("sortby", say("Các trường để sắp xếp; dấu - là giảm dần", "The fields to sort by; - is descending"), &json!({"type": "string"})),
        "layers_asked": query("layers", say("Các lớp, cách nhau bởi dấu phẩy; không có là tất cả", "Layers with commas between them; without it all"), &json!({"type": "string", "maxLength": 1000})),
        "crs": query("crs", say("Hệ tọa độ của câu trả lời", "The system of the answer"), &systems),
        "crs_of_place": query("crs", say("Hệ tọa độ của x và y", "The system of x and y"), &json!({"type": "string"})),
        "if-match": {"name": "If-Match", "in": "header", "required": true, "schema": {"type": "string"},
            "description": say("ETag của đối tượng khi đọc", "The ETag of the feature as it was read")},
        "content-crs": {"name": "Content-Crs", "in": "header", "required": false, "schema": {"type": "string"},
            "description": say("Hệ tọa độ của phần thân, trong dấu < >", "The system of the body, in angle brackets")},
        "z": {"name": "z", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 0, "maximum": 22}},
        "x": {"name": "x", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 0}},
        "y": {"name": "y", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 0}},
        "row": {"name": "row", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 0}},
        "col": {"name": "col", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 0}},
    })
}

fn schemas(state: &State, layers: &[&Layer], language: Language) -> Json {
    let mut schemas = Map::new();
    let link = json!({"type": "object", "required": ["href", "rel"], "properties": {
        "href": {"type": "string"}, "rel": {"type": "string"}, "type": {"type": "string"}, "title": {"type": "string"}}});
    schemas.insert("link".into(), link);
    let problem = json!({"type": "object", "required": ["type", "title", "status", "detail"], "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
        "refusals": {"type": "array", "items": {"type": "object", "properties": {
            "row": {"type": "integer"}, "id": {"type": "string", "nullable": true}, "reason": {"type": "string"}, "field": {"type": "string"}, "message": {"type": "string"}}}}}});
    schemas.insert("problem".into(), problem);
    schemas.insert("created".into(), json!({"type": "object", "required": ["ids", "repairs"], "properties": {
        "ids": {"type": "array", "items": {"type": "string"}}, "repairs": {"type": "array", "items": {"type": "object"}}}}));
    schemas.extend(alert_schemas::schemas().map(|(name, schema)| (name.to_owned(), schema)));
    schemas.extend(indicators::schemas().map(|(name, schema)| (name.to_owned(), schema)));
    schemas.extend(observations::schemas().map(|(name, schema)| (name.to_owned(), schema)));
    schemas.extend(timetable::schemas().map(|(name, schema)| (name.to_owned(), schema)));
    schemas.extend(wall::schemas().map(|(name, schema)| (name.to_owned(), schema)));
    schemas.extend(planner_schemas::schemas().map(|(name, schema)| (name.to_owned(), schema)));
    for layer in layers {
        schemas.insert(of_layer(&layer.id), feature(state, layer, language));
    }
    Json::Object(schemas)
}

/// A feature of a layer, without the members that JSON Schema 2020-12 has and `OpenAPI` 3.0 has not.
fn feature(state: &State, layer: &Layer, language: Language) -> Json {
    let mut properties = Map::new();
    let seen = layer.fields.iter().filter(|field| state.audience().may_see(field.audience));
    for field in std::iter::once(&layer.id_field).chain(seen) {
        let mut described = described(field, language);
        described.retain(|name, _| !["oneOf", "enum", "x-ogc-unit"].contains(&name.as_str()));
        described.insert("nullable".into(), json!(!field.required));
        properties.insert(field.name.clone(), Json::Object(described));
    }
    let id = if layer.id_field.field_type == FieldType::Integer { "integer" } else { "string" };
    json!({
        "type": "object",
        "title": language.pick(&layer.title),
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": id},
            "geometry": {"type": "object", "nullable": true, "required": ["type", "coordinates"],
                "properties": {"type": {"type": "string"}, "coordinates": {"type": "array", "items": {}}}},
            "properties": {"type": "object", "nullable": true, "properties": properties},
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/link"}},
        },
    })
}
