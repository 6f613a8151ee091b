//! What people see of alerts, and do about them.

use citylayers::geo::Geometry;
use citylayers::model::{Alert, Change, Feature, FeatureId, Layer, Value};
use citylayers::web::alerts::area::area;
use citylayers::web::alerts::cap::document;
use geo_types::{LineString, MultiLineString, MultiPolygon, Polygon};
use serde_json::json;

use super::support::service::Service;
use super::{act, alerts, aqi, by, control_room, of, told};

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_raised_with_its_reading_and_worked_on() {
    let service = control_room().await;
    aqi(&service, "A-1", 230.0).await;
    let open = alerts(&service, "").await;
    assert_eq!(told(&open), [of("air_very_unhealthy", "A-1", "raised")], "the milder rule waits five minutes");
    let (id, alert) = (open[0]["id"].as_str().unwrap().to_owned(), open[0]["properties"].clone());
    assert_eq!(open[0]["geometry"]["coordinates"], json!([105.69, 18.68]));
    assert_eq!(alert["headline"]["vi"], "A-1: chỉ số chất lượng không khí 230, rất xấu");
    assert_eq!((&alert["severity"], &alert["value"], &alert["count"]), (&json!("Severe"), &json!(230.0), &json!(1)));
    assert_eq!(alert["steps"].as_array().unwrap().len(), 3);
    assert!(alert["trail"].is_null(), "the trail is told of one alert only");
    // It is a feature of its layer as any other.
    let feature = service.get(&format!("/collections/alerts/items/{id}"), &[]).await.json();
    assert_eq!(feature["properties"]["severity"], "Severe");

    assert_eq!(act(&service, &id, "acknowledge", by("Lan")).await.status, 200);
    let again = act(&service, &id, "acknowledge", by("Minh")).await;
    assert_eq!((again.status, again.json()["detail"].as_str().unwrap().starts_with("Lan ")), (409, true));
    let done = act(&service, &id, "steps/1", json!({"by": "Lan", "note": "đã gọi"})).await.json();
    assert_eq!(done["properties"]["steps"][0]["done"]["note"], "đã gọi");
    for step in ["9", "0", "x"] {
        let answer = act(&service, &id, &format!("steps/{step}"), by("Lan")).await;
        assert_eq!((answer.status, answer.header("content-type")), (404, "application/problem+json"), "{step}");
    }
    for by in [json!("\u{200b}"), json!("Lan\u{0}"), json!("  ")] {
        assert_eq!(act(&service, &id, "steps/1", json!({"by": by})).await.status, 400, "{by}");
    }
    assert_eq!(act(&service, &id, "assign", by("Lan")).await.status, 400, "to whom?");
    assert_eq!(act(&service, &id, "assign", json!({"by": "Lan", "to": "Tổ 3"})).await.status, 200);
    assert_eq!(act(&service, &id, "forget", by("Lan")).await.status, 404);
    assert_eq!(act(&service, &id, "acknowledge", json!({"by": " "})).await.status, 400);
    assert_eq!(act(&service, &id, "acknowledge", json!({})).await.status, 400);
    assert_eq!(act(&service, "nobody", "acknowledge", by("Lan")).await.status, 404);
    assert_eq!(
        told(&alerts(&service, "?status=acknowledged").await),
        [of("air_very_unhealthy", "A-1", "acknowledged")]
    );

    assert_eq!(act(&service, &id, "resolve", by("Minh")).await.status, 200);
    assert_eq!(act(&service, &id, "resolve", by("Minh")).await.status, 409);
    assert!(alerts(&service, "").await.is_empty());
    assert_eq!(
        told(&alerts(&service, "?status=resolved,expired").await),
        [of("air_very_unhealthy", "A-1", "resolved")]
    );
    let ended = service.get(&format!("/alerts/{id}"), &[]).await.json();
    let trail = ended["properties"]["trail"].as_array().unwrap();
    let told: Vec<[&str; 2]> =
        trail.iter().map(|line| [line["action"].as_str().unwrap(), line["by"].as_str().unwrap_or("")]).collect();
    let expected =
        [["raised", ""], ["acknowledged", "Lan"], ["step", "Lan"], ["assigned", "Lan"], ["resolved", "Minh"]];
    assert_eq!(told, expected);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_are_found_by_state_severity_and_place() {
    let service = control_room().await;
    aqi(&service, "A-1", 230.0).await;
    aqi(&service, "A-2", 250.0).await;
    let table = [
        ("", 2),
        ("?severity=Severe,Extreme", 2),
        ("?severity=Minor", 0),
        ("?status=resolved", 0),
        ("?bbox=105.5,18.5,105.75,18.8", 1),
        ("?limit=1", 1),
        ("?severity=Severe&bbox=105.7,19,106,20&status=raised", 1),
    ];
    for (query, count) in table {
        assert_eq!(alerts(&service, query).await.len(), count, "{query}");
    }
    assert_eq!(alerts(&service, "").await[0]["properties"]["feature"], "A-2", "the newest first");
    for query in ["?status=open", "?severity=bad", "?bbox=1,2", "?limit=0", "?nonsense=1", "?after=yesterday,x"] {
        assert_eq!(service.get(&format!("/alerts{query}"), &[]).await.status, 400, "{query}");
    }
    let first = service.get("/alerts?limit=1&severity=Severe", &[]).await.json();
    let next = first["links"][0]["href"].as_str().expect("a page behind it");
    let second =
        service.get(next.split_once("/alerts").map(|(_, rest)| format!("/alerts{rest}")).unwrap().as_str(), &[]).await;
    let second = second.json();
    assert_eq!((&second["features"][0]["properties"]["feature"], &second["links"]), (&json!("A-1"), &json!([])));
    aqi(&service, "A-2", 20.0).await;
    assert_eq!(told(&alerts(&service, "").await), [of("air_very_unhealthy", "A-1", "raised")], "well again");
    service.stop().await;
}

/// What an independent reader of XML finds where CAP 1.2 says.
#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_a_cap_message_in_both_languages() {
    let service = control_room().await;
    aqi(&service, "A-1", 230.0).await;
    let id = alerts(&service, "").await[0]["id"].as_str().unwrap().to_owned();
    let answer = service.get(&format!("/alerts/{id}.cap"), &[]).await;
    assert_eq!(answer.header("content-type"), "application/cap+xml");
    let found = elements(&answer.body);
    let order: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    let info = [
        "language",
        "category",
        "event",
        "urgency",
        "severity",
        "certainty",
        "onset",
        "expires",
        "senderName",
        "headline",
        "instruction",
        "web",
        "valueName",
        "value",
        "valueName",
        "value",
        "valueName",
        "value",
        "areaDesc",
        "circle",
    ];
    let head = ["identifier", "sender", "sent", "status", "msgType", "scope"];
    let expected: Vec<&str> = head.iter().chain(&info).chain(&info).copied().collect();
    assert_eq!(order, expected, "the order of the schema (OASIS CAP 1.2, section 3.4)");
    let text = |name: &str| found.iter().find(|(known, _)| known == name).unwrap().1.as_str();
    assert_eq!(
        [text("msgType"), text("severity"), text("category"), text("language")],
        ["Alert", "Severe", "Env", "vi-VN"]
    );
    assert_eq!(text("circle"), "18.680000,105.690000 0.5", "latitude first");
    assert!(text("sent").ends_with("+07:00") && text("sent").len() == 25, "{}", text("sent"));
    act(&service, &id, "resolve", by("Lan & <Minh>")).await;
    let ended = elements(&service.get(&format!("/alerts/{id}.cap"), &[]).await.body);
    let text = |name: &str| ended.iter().find(|(known, _)| known == name).unwrap().1.clone();
    assert_eq!(text("msgType"), "Cancel");
    assert!(text("references").contains(&format!("{id}.1,")), "{}", text("references"));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_area_of_an_alert_is_that_of_its_feature() {
    let service = control_room().await;
    aqi(&service, "A-1", 230.0).await;
    let known = service.city.open_alerts()[0].as_ref().clone();
    let ring = |west: f64| {
        let ring = [[west, 18.5], [west + 0.25, 18.5], [west, 18.75], [west, 18.5]];
        Polygon::new(LineString::from(ring.map(|[x, y]| (x, y)).to_vec()), Vec::new())
    };
    let put = |layer: &Layer, id: &str, called: &str, geometry: Geometry| {
        let mut properties = vec![None; layer.fields.len()];
        properties[layer.field_index("name").unwrap()] = Some(Value::Text(called.to_owned()));
        Change::Put(Feature { layer: layer.id.clone(), id: FeatureId::new(id).unwrap(), geometry, properties })
    };
    let (wards, roads) = (service.layer("wards"), service.layer("roads"));
    let line = LineString::from(vec![(105.0, 18.0), (105.1, 18.0)]);
    service
        .commit(vec![
            put(&wards, "w", "Phường Thử", Geometry::Polygons(MultiPolygon(vec![ring(105.5), ring(106.5)]))),
            put(&roads, "r", "Đường <Thử>", Geometry::Lines(MultiLineString(vec![line]))),
        ])
        .await;
    let of = |layer: &str, feature: &str, place: [f64; 2]| Alert {
        layer: layer.to_owned(),
        feature: feature.to_owned(),
        place,
        ..known.clone()
    };
    let polygons = [
        "18.500000,105.500000 18.500000,105.750000 18.750000,105.500000 18.500000,105.500000",
        "18.500000,106.500000 18.500000,106.750000 18.750000,106.500000 18.500000,106.500000",
    ];
    // 0.1 degrees of longitude at 18 degrees north are 10.59 km (radius of curvature 6,380,178 m times its cosine).
    let table = [
        (of("wards", "w", [106.0, 18.6]), "Phường Thử", polygons.map(|ring| ("polygon", ring)).to_vec()),
        (of("roads", "r", [105.05, 18.0]), "Đường <Thử>", vec![("circle", "18.000000,105.050000 5.3")]),
        (of("roads", "gone", [105.05, 18.0]), "gone", vec![("circle", "18.000000,105.050000 0.5")]),
    ];
    for (alert, called, shapes) in table {
        let area = area(&alert, service.city.atlas());
        let xml = document(&alert, &area, "http://city.example").unwrap();
        let found = elements(&xml);
        let start = found.iter().position(|(name, _)| name == "areaDesc").expect("an area");
        let unescaped = found[start].1.replace("&lt;", "<").replace("&gt;", ">");
        assert_eq!(unescaped, called);
        let told: Vec<(&str, &str)> =
            found[start + 1..].iter().map(|(name, text)| (name.as_str(), text.as_str())).take(shapes.len()).collect();
        assert_eq!(told, shapes, "{called}");
    }
    service.stop().await;
}

/// The elements that hold a text, in their order.
fn elements(xml: &[u8]) -> Vec<(String, String)> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_reader(xml);
    let (mut found, mut names): (Vec<(String, String)>, Vec<String>) = (Vec::new(), Vec::new());
    let mut text = String::new();
    loop {
        match reader.read_event().expect("well formed") {
            Event::Start(start) => {
                names.push(start.name().as_ref().to_owned());
                text.clear();
            }
            Event::Text(part) => text.push_str(&part),
            Event::GeneralRef(part) => text.extend(["&", &*part, ";"]),
            Event::End(_) => {
                let name = names.pop().unwrap();
                if !text.trim().is_empty() {
                    found.push((name, std::mem::take(&mut text)));
                }
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_without_leave() {
    let service = Service::with_observations().await;
    for (method, path) in [("POST", "/alerts/a/acknowledge"), ("POST", "/rules"), ("DELETE", "/rules/air_silent")] {
        let answer = service.send(method, path, &[("content-type", "application/json")], r#"{"by":"x"}"#).await;
        assert_eq!(answer.status, 405, "{path}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("--operations"), "{path}");
    }
    service.stop().await;
    // A page of somebody else cannot send anything without asking, and is told no.
    let service = control_room().await;
    let plain = service.send("POST", "/alerts/a/acknowledge", &[("content-type", "text/plain")], r#"{"by":"x"}"#).await;
    assert_eq!(plain.status, 415);
    let paths = ["/alerts/a/acknowledge", "/alerts/a/steps/1", "/rules", "/rules/x", "/observations", "/v2/notify"];
    for path in paths {
        let asked = service.ask("OPTIONS", path, &[("origin", "https://elsewhere.example")]).await;
        assert_eq!(asked.header("access-control-allow-methods"), "GET, HEAD, OPTIONS", "{path}");
    }
    service.stop().await;
}
