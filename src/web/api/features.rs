//! The operations on collections and features.

use serde_json::{Map, Value as Json, json};

use super::operation::{Operation, binary, of_layer, schema, text};
use crate::model::Layer;
use crate::web::features::Language;
use crate::web::serving::State;

const TAG: &str = "Features";

/// The paths, each with its operations.
#[must_use]
pub fn paths(layers: &[&Layer], state: &State, language: Language) -> Map<String, Json> {
    let say = |vietnamese: &'static str, english: &'static str| language.say(vietnamese, english);
    let mut paths = Map::new();
    let mut get = |path: &str, operation: Operation| paths.insert(path.to_owned(), json!({"get": operation.done()}));
    let document = |id: &str, summary: &str| {
        let any = json!({"type": "object"});
        Operation::new(id, TAG, summary).takes(&["f", "lang"]).answers(
            "200",
            summary,
            &[("application/json", any), ("text/html", text())],
        )
    };
    get("/", document("landing", say("Trang đầu", "Landing page")));
    get("/conformance", document("conformance", say("Các lớp tuân thủ", "Conformance classes")));
    get("/collections", document("collections", say("Các lớp dữ liệu", "All layers")));
    get("/collections/{layer}", document("collection", say("Một lớp dữ liệu", "One layer")).takes(&["layer"]));
    for (name, summary) in [
        ("schema", say("Lược đồ của đối tượng", "What a feature has")),
        ("queryables", say("Thuộc tính lọc được", "What a filter may name")),
        ("sortables", say("Thuộc tính sắp xếp được", "What can be sorted by")),
    ] {
        let operation = Operation::new(name, TAG, summary).takes(&["layer", "f", "lang"]);
        let content = [("application/schema+json", json!({"type": "object"})), ("text/html", text())];
        get(&format!("/collections/{{layer}}/{name}"), operation.answers("200", summary, &content));
    }
    for layer in layers {
        paths.insert(format!("/collections/{}/items", layer.id), items(layer, state, language));
        paths.insert(
            format!("/collections/{}/items/{{id}}", layer.id),
            item(layer, state.takes_edits_of(layer), language),
        );
    }
    paths
}

fn items(layer: &Layer, state: &State, language: Language) -> Json {
    let id = &layer.id;
    let summary = language.pick(&layer.title);
    let collection = json!({"type": "object", "required": ["type", "features", "links", "numberMatched", "numberReturned", "timeStamp"], "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "features": {"type": "array", "items": schema(&of_layer(id))},
        "links": {"type": "array", "items": schema("link")},
        "timeStamp": {"type": "string", "format": "date-time"},
        "numberMatched": {"type": "integer", "minimum": 0},
        "numberReturned": {"type": "integer", "minimum": 0},
    }});
    let page = language.say("Một trang đối tượng", "A page of features");
    let read = Operation::new(&format!("{id}.items"), TAG, summary)
        .takes(&[
            "limit",
            "after",
            "bbox",
            "bbox-crs",
            "datetime",
            "filter",
            "filter-lang",
            "filter-crs",
            "sortby",
            "crs",
        ])
        .takes(&["f_features", "lang"])
        .answers(
            "200",
            page,
            &[
                ("application/geo+json", collection),
                ("text/html", text()),
                ("text/csv", text()),
                ("application/vnd.flatgeobuf", binary()),
            ],
        );
    let seen = layer.fields.iter().filter(|field| state.audience().may_see(field.audience));
    let read = std::iter::once(&layer.id_field).chain(seen).fold(read, |read, field| {
        let title = language.pick(&field.title);
        read.parameter(json!({"name": field.name, "in": "query", "required": false, "description": title, "schema": {"type": "string"}}))
    });
    let mut path = json!({"get": read.done()});
    if state.takes_edits_of(layer) {
        let one_or_many = json!({"oneOf": [schema(&of_layer(id)), {"type": "object", "required": ["type", "features"], "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "minItems": 1, "items": schema(&of_layer(id))},
        }}]});
        let summary =
            language.say("Thêm một hoặc nhiều đối tượng, tất cả hoặc không", "Add one feature or many, all or none");
        let create = Operation::new(&format!("{id}.create"), TAG, summary)
            .takes(&["content-crs"])
            .body(&["application/geo+json", "application/json"], &one_or_many)
            .refuses(&["409"])
            .answers("201", language.say("Đã thêm", "Added"), &[("application/json", schema("created"))]);
        path["post"] = create.done();
    }
    path
}

fn item(layer: &Layer, edits: bool, language: Language) -> Json {
    let id = &layer.id;
    let feature = schema(&of_layer(id));
    let summary = language.say("Một đối tượng", "One feature");
    let read = Operation::new(&format!("{id}.item"), TAG, summary)
        .takes(&["id", "crs", "f", "lang"])
        .answers("200", summary, &[("application/geo+json", feature.clone()), ("text/html", text())])
        .answers("304", language.say("Chưa thay đổi", "Not changed"), &[]);
    let mut path = json!({"get": read.done()});
    if edits {
        let change = |name: &str, summary: &str| {
            Operation::new(&format!("{id}.{name}"), TAG, summary)
                .takes(&["id", "if-match"])
                .refuses(&["409", "412", "428"])
        };
        let done = language.say("Đã thay đổi", "Changed");
        let mended = language.say("Đã thay đổi, với những gì đã sửa", "Changed, with what was mended");
        let repairs =
            json!({"type": "object", "properties": {"repairs": {"type": "array", "items": {"type": "object"}}}});
        let changed = |operation: Operation| {
            let operation = operation.takes(&["content-crs"]).answers("204", done, &[]);
            operation.answers("200", mended, &[("application/json", repairs.clone())]).done()
        };
        let put = change("replace", language.say("Thay đối tượng", "Put another one in its place"));
        path["put"] = changed(put.body(&["application/geo+json", "application/json"], &feature));
        let merging = change("update", language.say("Sửa một phần (RFC 7396)", "Change some of it (RFC 7396)"));
        path["patch"] = changed(merging.body(&["application/merge-patch+json"], &json!({"type": "object"})));
        let delete = change("remove", language.say("Xóa đối tượng", "Remove it"));
        path["delete"] = delete.answers("204", language.say("Đã xóa", "Removed"), &[]).done();
    }
    path
}
