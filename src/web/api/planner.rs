//! The operations of a planner's questions.

use serde_json::{Map, Value as Json, json};

use super::operation::{Operation, schema, text};
use crate::web::features::Language;

const TAG: &str = "Planning";

/// The paths, each with its operations.
#[must_use]
pub fn paths(language: Language) -> Map<String, Json> {
    let say = |vietnamese: &'static str, english: &'static str| language.say(vietnamese, english);
    let mut paths = Map::new();
    let mut get = |path: &str, operation: Operation| paths.insert(path.to_owned(), json!({"get": operation.done()}));
    let features = [("application/geo+json", schema("near"))];
    let number = |name: &str| json!({"name": name, "in": "query", "required": false, "schema": {"type": "number"}});
    let words = |name: &str| json!({"name": name, "in": "query", "required": false, "schema": {"type": "string"}});
    let told = |name: &str, said: &str| json!({"name": name, "in": "query", "required": false, "description": said, "schema": {"type": "string"}});
    let at_place = |id: &str, summary: &str| {
        let operation = Operation::new(id, TAG, summary).answers("200", summary, &features);
        ["lon", "lat", "x", "y"].iter().fold(operation, |operation, name| operation.parameter(number(name))).takes(&[
            "crs_of_place",
            "layers_asked",
            "datetime",
        ])
    };
    let radius = json!({"name": "radius", "in": "query", "required": false, "schema": {"type": "number", "minimum": 0, "maximum": 1000, "default": 10}});
    get("/at", at_place("at", say("Những gì có tại một vị trí", "What is at a place")).parameter(radius));
    let count = json!({"name": "k", "in": "query", "required": false, "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 10}});
    let farthest = json!({"name": "max_distance", "in": "query", "required": false, "schema": {"type": "number", "minimum": 0, "maximum": 20_100_000}});
    let nearest = at_place("nearest", say("Những gì gần một vị trí nhất", "What is nearest to a place"));
    get("/nearest", nearest.parameter(count).parameter(farthest).takes(&["filter", "filter-lang", "filter-crs"]));
    let summary = say("Số lượng và tổng theo nhóm", "Counts and sums by group");
    let operation = Operation::new("summary", TAG, summary)
        .takes(&["layer", "bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs"])
        .answers("200", summary, &[("application/json", schema("summary"))]);
    let names = [
        (
            "by",
            say("Trường để nhóm; không có là tất cả một nhóm", "The field to group by; without it all is one group"),
        ),
        ("sum", say("Các trường số để cộng", "Numbers to add up")),
        ("avg", say("Các trường số để lấy trung bình", "Numbers to take the mean of")),
        ("min", say("Các trường số để lấy giá trị nhỏ nhất", "Numbers to take the least of")),
        ("max", say("Các trường số để lấy giá trị lớn nhất", "Numbers to take the greatest of")),
        ("within", say("Chỉ trong một đối tượng, như ward/16681", "Only within a feature, such as ward/16681")),
    ];
    let operation = names.iter().fold(operation, |operation, (name, said)| operation.parameter(told(name, said)));
    get("/collections/{layer}/summary", operation);
    let summary = say("So sánh một lớp ở hai thời điểm", "A layer at two times, compared");
    let required = |name: &str| json!({"name": name, "in": "query", "required": true, "schema": {"type": "string"}});
    let changes = Operation::new("changes", TAG, summary)
        .takes(&["layer"])
        .parameter(required("from"))
        .parameter(required("to"))
        .parameter(words("by"));
    get("/collections/{layer}/changes", changes.answers("200", summary, &[("application/json", schema("changes"))]));
    let summary = say("Các hàm dùng được trong bộ lọc", "The functions that a filter may call");
    let functions = Operation::new("functions", "Features", summary).takes(&["f", "lang"]);
    get(
        "/functions",
        functions.answers("200", summary, &[("application/json", schema("functions")), ("text/html", text())]),
    );

    let summary = say("Chồng ghép một vùng hoặc tuyến với một lớp", "An area or a line over a layer");
    let pieces =
        json!({"name": "geometry", "in": "query", "required": false, "schema": {"type": "boolean", "default": false}});
    let overlay = Operation::new("overlay", TAG, summary)
        .takes(&["layer", "datetime"])
        .parameter(words("by"))
        .parameter(pieces)
        .body(&["application/json", "application/geo+json"], &schema("overlay_question"))
        .answers("200", summary, &[("application/json", schema("overlay"))]);
    paths.insert("/collections/{layer}/overlay".to_owned(), json!({"post": overlay.done()}));
    let summary = say("Kiểm tra thửa đất theo bảng tọa độ góc ranh", "A parcel checked by its table of corners");
    let parcel = Operation::new("parcel-check", TAG, summary)
        .takes(&["datetime"])
        .body(&["application/json"], &schema("parcel"))
        .answers("200", summary, &[("application/json", schema("report"))]);
    paths.insert("/parcel-check".to_owned(), json!({"post": parcel.done()}));
    paths
}
