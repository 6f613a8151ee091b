//! The operations of alerts and rules.

use serde_json::{Map, Value as Json, json};

use super::operation::{Operation, schema, text};
use crate::web::features::Language;

const TAG: &str = "Alerts";

type Say<'a> = &'a dyn Fn(&'static str, &'static str) -> &'static str;

/// The paths, each with its operations; those that change something only where they are answered.
#[must_use]
pub fn paths(operations: bool, language: Language) -> Map<String, Json> {
    let say = |vietnamese: &'static str, english: &'static str| language.say(vietnamese, english);
    let mut paths = Map::new();
    let id = |said: &str| json!({"name": "id", "in": "path", "required": true, "description": said, "schema": {"type": "string", "minLength": 1}});
    let alert_id = id(say("Mã cảnh báo", "The alert's id"));
    let rule_id = id(say("Mã quy tắc", "The rule's id"));
    let get = |operation: Operation| json!({"get": operation.done()});

    paths.insert("/alerts".to_owned(), get(list(&say)));
    let summary = say("Một cảnh báo với mọi việc đã làm", "An alert with everything that was done about it");
    let alert = Operation::new("alert", TAG, summary).parameter(alert_id.clone()).answers(
        "200",
        summary,
        &[("application/geo+json", schema("alert"))],
    );
    paths.insert("/alerts/{id}".to_owned(), get(alert));
    let summary = say("Một cảnh báo theo CAP 1.2", "An alert in CAP 1.2");
    let cap = Operation::new("cap", TAG, summary).parameter(alert_id.clone()).answers(
        "200",
        summary,
        &[("application/cap+xml", text())],
    );
    paths.insert("/alerts/{id}.cap".to_owned(), get(cap));
    let summary = say("Các quy tắc đang có hiệu lực", "The rules that hold");
    let rules = Operation::new("rules", TAG, summary).answers("200", summary, &[("application/json", schema("rules"))]);
    paths.insert("/rules".to_owned(), get(rules));
    let summary = say("Một quy tắc", "A rule");
    let rule = Operation::new("rule", TAG, summary).parameter(rule_id.clone()).answers(
        "200",
        summary,
        &[("application/json", schema("rule"))],
    );
    paths.insert("/rules/{id}".to_owned(), get(rule));
    if operations {
        deeds(&mut paths, &alert_id, &say);
        changes(&mut paths, &rule_id, &say);
    }
    paths
}

fn list(say: Say<'_>) -> Operation {
    let words = |name: &str, said: &str, known: &[&str]| {
        json!({"name": name, "in": "query", "required": false, "description": said, "style": "form", "explode": false,
            "schema": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": known}}})
    };
    let limit = json!({"name": "limit", "in": "query", "required": false,
        "description": say("Số cảnh báo tối đa", "Alerts at most"),
        "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}});
    let after = json!({"name": "after", "in": "query", "required": false,
        "description": say("Trang sau: theo liên kết `next`", "The page behind an alert: follow the link `next`"),
        "schema": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2}),.+$"}});
    let summary = say(
        "Các cảnh báo, mới nhất trước; không chọn thì là những cái đang mở",
        "Alerts, the newest first; those that are open without a wish",
    );
    Operation::new("alerts", TAG, summary)
        .parameter(words(
            "status",
            say("Tình trạng", "Where they stand"),
            &["raised", "acknowledged", "resolved", "expired"],
        ))
        .parameter(words(
            "severity",
            say("Mức độ (CAP 1.2)", "How bad they are (CAP 1.2)"),
            &["Extreme", "Severe", "Moderate", "Minor", "Unknown"],
        ))
        .takes(&["bbox", "bbox-crs"])
        .parameter(limit)
        .parameter(after)
        .answers("200", summary, &[("application/geo+json", schema("alerts"))])
}

/// What people do about an alert.
fn deeds(paths: &mut Map<String, Json>, id: &Json, say: Say<'_>) {
    let post = |name: &str, summary: &str, more: Option<Json>, body: &str| {
        let operation = Operation::new(name, TAG, summary).parameter(id.clone());
        let operation = more.into_iter().fold(operation, Operation::parameter);
        let operation = operation.body(&["application/json"], &schema(body)).refuses(&["409"]).answers(
            "200",
            summary,
            &[("application/geo+json", schema("alert"))],
        );
        json!({"post": operation.done()})
    };
    let table = [
        ("acknowledge", say("Tiếp nhận cảnh báo", "Sees to an alert"), "said"),
        ("resolve", say("Kết thúc cảnh báo", "Says that an alert is over"), "said"),
        ("assign", say("Giao cảnh báo cho người xử lý", "Gives an alert to somebody"), "assigned"),
    ];
    for (name, summary, body) in table {
        paths.insert(format!("/alerts/{{id}}/{name}"), post(name, summary, None, body));
    }
    let number = json!({"name": "n", "in": "path", "required": true, "description": say("Số thứ tự bước, từ 1", "The step, counted from 1"),
        "schema": {"type": "integer", "minimum": 1, "maximum": 50}});
    let summary = say("Đánh dấu đã làm một bước", "Says that a step of the playbook was done");
    paths.insert("/alerts/{id}/steps/{n}".to_owned(), post("step", summary, Some(number), "said"));
}

fn changes(paths: &mut Map<String, Json>, id: &Json, say: Say<'_>) {
    let changing = |name: &str, summary: &str| {
        Operation::new(name, TAG, summary).body(&["application/json"], &schema("rule")).refuses(&["409"])
    };
    let rule = [("application/json", schema("rule"))];
    let summary = say("Thêm một quy tắc", "Adds a rule");
    paths["/rules"]["post"] = changing("addRule", summary).answers("201", summary, &rule).done();
    let summary = say("Thay một quy tắc", "Puts a rule in the place of one");
    let put = changing("replaceRule", summary).parameter(id.clone()).answers("200", summary, &rule);
    paths["/rules/{id}"]["put"] = put.done();
    let summary = say("Bỏ một quy tắc", "Takes a rule away");
    let remove = Operation::new("removeRule", TAG, summary).parameter(id.clone()).refuses(&["409"]);
    paths["/rules/{id}"]["delete"] = remove.answers("204", summary, &[]).done();
}
