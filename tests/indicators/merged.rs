//! Units that became one on 2025-07-01 carry their old values by the indicator's rule.

use serde_json::{Value as Json, json};

use citylayers::model::{Change, Feature, Value};

use super::{telling, told, ward};

/// 100 was a unit before and is a larger one now; 402 was divided.
const WARDS: [(&str, &str); 5] =
    [("100", "100, 101, 102"), ("200", "201; 202"), ("300", ""), ("400", "401,402"), ("500", "402 501")];

const VALUES: &str = "
    population 100 2024 1000
    population 101 2024 500
    population 102 2024 300
    population 201 2024 700
    population 300 2024 900
    population 401 2024 50
    population 402 2024 60
    population 501 2024 70
    population 200 2025 2000
    population 100 2025 1900
    procedures 100 2025-04 10
    procedures 101 2025-05 30
    procedures 102 2025-06 60
    procedures 100 2025-09 500
    on_time_procedures 100 2025-05 90
    on_time_procedures 101 2025-05 80
    on_time_procedures 102 2025-05 60
    on_time_procedures 201 2025-05 70
    on_time_procedures 100 2025-07 95
    on_time_procedures 101 2025-07 1
";

fn unit<'a>(sheet: &'a Json, id: &str) -> &'a Json {
    sheet["units"].as_array().expect("units").iter().find(|unit| unit["id"] == id).expect("the unit")
}

fn some(unit: &Json, members: &[&str]) -> Vec<Json> {
    members.iter().map(|member| unit[*member].clone()).collect()
}

const TOLD: [&str; 5] = ["value", "converted", "from_units", "missing_units", "partial"];

#[tokio::test(flavor = "multi_thread")]
async fn sums_and_weighted_means_come_from_the_old_units() {
    let service = telling(&WARDS, VALUES).await;
    let sheet = service.get("/indicators/population?period=2024", &[]).await.json();
    for (id, expected) in [
        ("100", json!([1800.0, true, 3, 0, null])),
        // One of two is missing: what is known is not the whole.
        ("200", json!([null, true, 1, 1, 700.0])),
        ("300", json!([900.0, false, null, null, null])),
        // The divided one is nobody's.
        ("400", json!([null, true, 1, 1, 50.0])),
        ("500", json!([null, true, 1, 1, 70.0])),
    ] {
        assert_eq!(json!(some(unit(&sheet, id), &TOLD)), expected, "{id}");
    }
    assert_eq!(some(unit(&sheet, "100"), &["rank", "class"]), [json!(1), json!(1)]);
    assert_eq!(some(unit(&sheet, "300"), &["rank"]), [json!(2)]);
    assert_eq!(
        some(unit(&sheet, "200"), &["rank", "class"]),
        [Json::Null, Json::Null],
        "what is not whole is not ranked"
    );
    assert_eq!((&sheet["summary"]["value"], &sheet["summary"]["known"]), (&json!(2700.0), &json!(2)));
    // A district that was divided among them is no part of what is made from communes, and hides no value.
    let districts = service.layer("districts");
    let mut properties = vec![None; districts.fields.len()];
    properties[districts.field_index("successors").expect("a field")] = Some(Value::Text("100, 200, 300".to_owned()));
    let Change::Put(ward) = ward(&service.layer("wards"), "412", [105.0, 18.5], "", None) else { panic!("a ward") };
    let district = Feature { layer: districts.id.clone(), properties, ..ward };
    service.commit(vec![Change::Put(district)]).await;
    let again = service.get("/indicators/population?period=2024", &[]).await.json();
    assert_eq!(again["units"], sheet["units"]);
    // In 2025 the unit of today is told by itself, and compared with what the old ones came to.
    let sheet = service.get("/indicators/population?period=2025", &[]).await.json();
    assert_eq!(json!(some(unit(&sheet, "100"), &TOLD)), json!([1900.0, false, null, null, null]));
    assert_eq!(unit(&sheet, "100")["change"], json!({"from": 1800.0, "difference": 100.0, "percent": 100.0 / 18.0}));
    assert_eq!(unit(&sheet, "200")["change"], Json::Null, "an incomplete value is not compared with");
    // (90 * 10 + 80 * 30 + 60 * 60) / 100; the weights are those of the old units, of the month nearest.
    let sheet = service.get("/indicators/on_time_procedures?period=2025-05", &[]).await.json();
    assert_eq!(json!(some(unit(&sheet, "100"), &TOLD)), json!([69.0, true, 3, 0, null]));
    assert_eq!(unit(&sheet, "200")["value"], Json::Null, "without a weight");
    // The old 101 is no more: its value of July counts nowhere.
    let sheet = service.get("/indicators/on_time_procedures?period=2025-07", &[]).await.json();
    assert_eq!(json!(some(unit(&sheet, "100"), &TOLD)), json!([95.0, false, null, null, null]));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_later_completes_a_value() {
    let service = telling(&WARDS, VALUES).await;
    let before = service.get("/indicators/population?period=2024", &[]).await;
    service.commit(vec![told("population 202 2024 11")]).await;
    let etag = before.header("etag").to_owned();
    let after = service.get("/indicators/population?period=2024", &[("if-none-match", &etag)]).await;
    assert_eq!(after.status, 200);
    assert_eq!(json!(some(unit(&after.json(), "200"), &TOLD)), json!([711.0, true, 2, 0, null]));
    // A unit whose origin becomes known is converted, too: the values stay as they were told.
    let layer = service.layer("wards");
    service.commit(vec![ward(&layer, "300", [105.1, 18.5], "301, 302", Some("2025-07-01"))]).await;
    let etag = after.header("etag").to_owned();
    let again = service.get("/indicators/population?period=2024", &[("if-none-match", &etag)]).await;
    assert_eq!(
        json!(some(unit(&again.json(), "300"), &TOLD)),
        json!([900.0, false, null, null, null]),
        "told by the office"
    );
    service.commit(vec![told("population 301 2024 400\n population 302 2024 450")]).await;
    let again = service.get("/indicators/population?period=2024", &[]).await.json();
    assert_eq!(json!(some(unit(&again, "300"), &TOLD)), json!([850.0, true, 2, 0, null]));
    service.stop().await;
}
