//! Changes over HTTP: judged as an import is, on condition, all or nothing.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::support::service::{Answer, Service};
use super::{ids, with_cameras};

const GEOJSON: (&str, &str) = ("content-type", "application/geo+json");
const PATCH: (&str, &str) = ("content-type", "application/merge-patch+json");
const ITEMS: &str = "/collections/cameras/items";

fn camera(code: &str, [x, y]: [f64; 2]) -> Json {
    json!({"type": "Feature", "geometry": {"type": "Point", "coordinates": [x, y]},
        "properties": {"id": code, "name": "Ngã tư", "kind": "traffic"}})
}

async fn post(service: &Service, body: &Json) -> Answer {
    service.send("POST", ITEMS, &[GEOJSON], &body.to_string()).await
}

async fn count(service: &Service) -> u64 {
    service.get(ITEMS, &[]).await.json()["numberMatched"].as_u64().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feature_is_made_changed_and_removed() {
    let service = Service::with_edits().await;
    let created = post(&service, &camera("C 1/ư", [105.67, 18.66])).await;
    assert_eq!(created.status, 201, "{}", String::from_utf8_lossy(&created.body));
    assert_eq!(created.header("location"), format!("{}{ITEMS}/C%201%2F%C6%B0", service.url));
    let path = created.header("location").strip_prefix(&service.url).expect("of the service").to_owned();
    let first = service.get(&path, &[]).await;
    let etag = first.header("etag").to_owned();
    assert_eq!(first.json()["properties"]["name"], "Ngã tư");
    assert_eq!(service.get(&path, &[("if-none-match", &etag)]).await.status, 304);

    let changes = r#"{"properties":{"name":"Ngã năm","ward_code":"16681"}}"#;
    let patched = service.send("PATCH", &path, &[PATCH, ("if-match", &etag)], changes).await;
    assert_eq!(patched.status, 204, "{}", String::from_utf8_lossy(&patched.body));
    let second = service.get(&path, &[]).await;
    assert_eq!(second.header("etag"), patched.header("etag"));
    assert_ne!(second.header("etag"), etag);
    let properties = &second.json()["properties"];
    assert_eq!((&properties["name"], &properties["ward_code"]), (&json!("Ngã năm"), &json!("16681")));
    assert_eq!(second.json()["geometry"], first.json()["geometry"], "to the last bit");
    let taken_away = r#"{"properties":{"ward_code":null}}"#;
    let etag = second.header("etag").to_owned();
    let patched = service.send("PATCH", &path, &[PATCH, ("if-match", &etag)], taken_away).await;
    assert_eq!((patched.status, &service.get(&path, &[]).await.json()["properties"]["ward_code"]), (204, &Json::Null));

    // An id in the body names nothing here.
    let etag = patched.header("etag").to_owned();
    let put =
        service.send("PUT", &path, &[GEOJSON, ("if-match", &etag)], &camera("other", [105.7, 18.7]).to_string()).await;
    assert_eq!((put.status, count(&service).await), (204, 1));
    let now = service.get(&path, &[]).await;
    assert_eq!(now.json()["id"], "C 1/ư");
    assert_eq!(now.json()["geometry"]["coordinates"], json!([105.7, 18.7]));

    let stale = service.ask("DELETE", &path, &[("if-match", &etag)]).await;
    assert_eq!((stale.status, count(&service).await), (412, 1));
    let etag = now.header("etag").to_owned();
    assert_eq!(service.ask("DELETE", &path, &[("if-match", &etag)]).await.status, 204);
    assert_eq!(service.ask("DELETE", &path, &[("if-match", &etag)]).await.status, 404);
    assert_eq!(count(&service).await, 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept_is_refused_with_every_reason_and_nothing_is_written() {
    let service = Service::with_edits().await;
    assert_eq!(post(&service, &camera("C-1", [105.67, 18.66])).await.status, 201);
    let with = |mut feature: Json, pointer: &str, value: Json| {
        *feature.pointer_mut(pointer).expect("a member") = value;
        feature
    };
    let good = || camera("C-2", [105.67, 18.66]);
    let mut unknown = good();
    unknown["properties"]["colour"] = json!("red");
    let mut nameless = good();
    nameless["properties"].as_object_mut().expect("an object").remove("id");
    let many = |features: &[Json]| json!({"type": "FeatureCollection", "features": features});
    let table = [
        (camera("C-1", [105.0, 18.0]), 409, "C-1"),
        (many(&[good(), good()]), 409, "C-2"),
        (with(good(), "/geometry/coordinates", json!([18.66, 105.67])), 422, "xchanged"),
        (with(good(), "/geometry/coordinates", json!([597_068.0, 2_064_850.0])), 422, "Content-Crs"),
        (
            with(good(), "/geometry", json!({"type": "LineString", "coordinates": [[105.0, 18.0], [105.1, 18.0]]})),
            422,
            "point",
        ),
        (with(good(), "/properties/kind", json!("nonsense")), 422, "kind"),
        (unknown, 422, "colour"),
        (nameless, 422, "`id`"),
        (many(&[good(), camera("C-3", [0.0, 0.0])]), 422, "1 of 2"),
        (many(&[]), 400, "no feature"),
        (json!({"type": "Point", "coordinates": [105.0, 18.0]}), 400, "Point"),
        (json!([1, 2]), 400, "GeoJSON"),
    ];
    for (body, status, word) in table {
        let answer = post(&service, &body).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, status, "{body}: {text}");
        assert!(text.contains(word) && !text.contains("--"), "{body}: {text}");
        assert_eq!(count(&service).await, 1, "{body}");
    }
    for (headers, body, status) in [
        (vec![("content-type", "text/plain")], good().to_string(), 415),
        (vec![], good().to_string(), 415),
        (vec![GEOJSON], "{".to_owned(), 400),
        (vec![GEOJSON, ("content-crs", "<http://www.opengis.net/def/crs/EPSG/0/1>")], good().to_string(), 400),
    ] {
        assert_eq!(service.send("POST", ITEMS, &headers, &body).await.status, status, "{headers:?}");
    }
    let path = format!("{ITEMS}/C-1");
    for (method, kind) in [("PUT", GEOJSON), ("PATCH", PATCH), ("DELETE", GEOJSON)] {
        let answer = service.send(method, &path, &[kind], &camera("C-1", [105.0, 18.0]).to_string()).await;
        assert_eq!(answer.status, 428, "{method} without If-Match");
        let answer = service
            .send(method, &path, &[kind, ("if-match", "\"0\"")], &camera("C-1", [105.0, 18.0]).to_string())
            .await;
        assert_eq!(answer.status, 412, "{method} of another state");
        let nobody = format!("{ITEMS}/nobody");
        let answer =
            service.send(method, &nobody, &[kind, ("if-match", "*")], &camera("C-1", [105.0, 18.0]).to_string()).await;
        assert_eq!(answer.status, 404, "{method} of nobody");
    }
    let renamed = service.send("PATCH", &path, &[PATCH, ("if-match", "*")], r#"{"properties":{"id":"C-9"}}"#).await;
    assert_eq!(renamed.status, 409);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_go_in_together_and_what_is_mended_is_told() {
    let service = Service::with_edits().await;
    let features: Vec<Json> =
        (0..2500).map(|number| camera(&format!("M-{number}"), [105.0 + f64::from(number) / 1e4, 18.7])).collect();
    let created = post(&service, &json!({"type": "FeatureCollection", "features": features})).await;
    assert_eq!((created.status, created.json()["ids"].as_array().map(Vec::len)), (201, Some(2500)));
    assert_eq!(count(&service).await, 2500);
    let clockwise = json!({"type": "Feature", "properties": {"code": "7", "name": "x"},
        "geometry": {"type": "Polygon", "coordinates": [[[105.0, 18.0], [105.0, 18.1], [105.1, 18.1], [105.0, 18.0]]]}});
    let created = service.send("POST", "/collections/wards/items", &[GEOJSON], &clockwise.to_string()).await;
    assert_eq!((created.status, &created.json()["repairs"][0]["reason"]), (201, &json!("wrong-winding")));
    service.stop().await;
}

/// Of many who change one feature in the state that they all have seen, one does.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_saw_the_same_one_is_told_to_look_again() {
    let service = Arc::new(Service::with_edits().await);
    assert_eq!(post(&service, &camera("C-1", [105.67, 18.66])).await.status, 201);
    let path = format!("{ITEMS}/C-1");
    for round in 0..10 {
        let etag = service.get(&path, &[]).await.header("etag").to_owned();
        let tasks = (0..8).map(|who| {
            let (service, path, etag) = (Arc::clone(&service), path.clone(), etag.clone());
            tokio::spawn(async move {
                let changes = json!({"properties": {"name": format!("{round} {who}")}}).to_string();
                service.send("PATCH", &path, &[PATCH, ("if-match", &etag)], &changes).await.status
            })
        });
        let mut statuses = Vec::new();
        for task in tasks.collect::<Vec<_>>() {
            statuses.push(task.await.expect("no panic"));
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [vec![204], vec![412; 7]].concat(), "round {round}");
    }
    Arc::into_inner(service).expect("nobody else has it").stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_changed_where_it_is_switched_off() {
    let service = with_cameras(&[[105.67, 18.66]]).await;
    let classes = service.get("/conformance", &[]).await.json().to_string();
    assert!(!classes.contains("ogcapi-features-4"), "{classes}");
    let path = format!("{ITEMS}/C-0");
    assert_eq!(post(&service, &camera("C-1", [105.0, 18.0])).await.status, 405);
    assert_eq!(service.ask("DELETE", &path, &[("if-match", "*")]).await.status, 405);
    let options = service.ask("OPTIONS", &path, &[]).await;
    assert_eq!((options.status, options.header("allow")), (204, "GET, HEAD, OPTIONS"));
    assert_eq!(ids(&service.get(ITEMS, &[]).await.json()), ["C-0"]);
    service.stop().await;
    let service = Service::with_edits().await;
    let allowed = async |path: &str| service.ask("OPTIONS", path, &[]).await.header("allow").to_owned();
    assert_eq!(allowed(ITEMS).await, "GET, HEAD, OPTIONS, POST");
    assert_eq!(allowed(&path).await, "GET, HEAD, OPTIONS, PUT, PATCH, DELETE");
    service.stop().await;
}

/// Each is judged before it is its turn, against what was there then.
#[tokio::test(flavor = "multi_thread")]
async fn many_who_make_features_at_once_get_an_id_each() {
    let service = Arc::new(Service::with_edits().await);
    let asked = (0..24).map(|number| {
        let service = Arc::clone(&service);
        tokio::spawn(async move {
            let west = 105.0 + f64::from(number) / 100.0;
            let ring = [[west, 18.0], [west + 0.005, 18.0], [west + 0.005, 18.005], [west, 18.005], [west, 18.0]];
            let body = json!({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {"land_code": "ODT", "year": number}});
            let path = "/collections/land_use/items";
            let numbered = service.send("POST", path, &[GEOJSON], &body.to_string()).await;
            assert_eq!(numbered.status, 201, "{}", String::from_utf8_lossy(&numbered.body));
            let named = post(&service, &camera("the same", [west, 18.0])).await;
            (numbered.json()["ids"][0].as_str().expect("an id").to_owned(), named.status)
        })
    });
    let asked: Vec<_> = asked.collect();
    let (mut numbers, mut made) = (Vec::new(), 0);
    for task in asked {
        let (number, status) = task.await.expect("no panic");
        numbers.push(number.parse::<u32>().expect("a number"));
        assert!([201, 409].contains(&status), "{status}");
        made += u32::from(status == 201);
    }
    numbers.sort_unstable();
    assert_eq!((numbers, made), ((1..=24).collect(), 1));
    Arc::into_inner(service).expect("nobody asks any more").stop().await;
}

/// A form shows each beside its field.
#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_wrong_with_a_feature_is_told_at_once_each_with_its_field() {
    let service = Service::with_edits().await;
    let faults = async |layer: &str, body: Json| -> Vec<(String, String)> {
        let answer = service.send("POST", &format!("/collections/{layer}/items"), &[GEOJSON], &body.to_string()).await;
        let refused = answer.json()["refusals"].as_array().expect("refusals").clone();
        assert_eq!(answer.status, 422, "{body}");
        let text = |fault: &Json, name: &str| fault[name].as_str().unwrap_or_default().to_owned();
        refused.iter().map(|fault| (text(fault, "reason"), text(fault, "field"))).collect()
    };
    let said = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(reason, field)| ((*reason).to_owned(), (*field).to_owned())).collect()
    };
    let mut wrong = camera("..", [0.0, 0.0]);
    wrong["properties"]["kind"] = json!("nonsense");
    wrong["properties"]["direction_deg"] = json!("north");
    let told =
        [("unknown-code", "kind"), ("unparsable-field", "direction_deg"), ("unusable-id", "id"), ("null-island", "")];
    assert_eq!(faults("cameras", wrong).await, said(&told));
    assert_eq!(faults("cameras", camera(&"x".repeat(1001), [105.67, 18.66])).await, said(&[("unusable-id", "id")]));
    let district = |from: &str, to: &str| {
        json!({"type": "Feature", "properties": {"code": "D", "name": "D", "valid_from": from, "valid_to": to},
            "geometry": {"type": "Polygon", "coordinates": [[[105, 18], [105.1, 18], [105.1, 18.1], [105, 18]]]}})
    };
    let backwards = faults("districts", district("2025-07-01", "2025-06-30")).await;
    assert_eq!(backwards, said(&[("backwards-validity", "valid_to")]));
    let answer = service
        .send("POST", "/collections/districts/items", &[GEOJSON], &district("2025-07-01", "2025-07-01").to_string())
        .await;
    assert_eq!(answer.status, 201, "a day: {}", String::from_utf8_lossy(&answer.body));
    service.stop().await;
}

/// `GeoJSON` of 2008 named its system in a member.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_and_its_header_name_one_system() {
    let service = Service::with_edits().await;
    let header = ("content-crs", "<http://www.opengis.net/def/crs/EPSG/0/9208>");
    for (number, (named, headers, status)) in [
        ("EPSG:9208", vec![GEOJSON, header], 201),
        ("EPSG:9208", vec![GEOJSON], 201),
        ("EPSG:9210", vec![GEOJSON, header], 400),
        ("EPSG:4326", vec![GEOJSON, header], 400),
    ]
    .into_iter()
    .enumerate()
    {
        let mut body = camera(&format!("C-{number}"), [597_068.0, 2_064_850.0]);
        body["crs"] = json!({"type": "name", "properties": {"name": named}});
        let answer = service.send("POST", ITEMS, &headers, &body.to_string()).await;
        assert_eq!(answer.status, status, "{named} {headers:?}: {}", String::from_utf8_lossy(&answer.body));
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_be_lost_without_a_word_is_refused() {
    let service = Service::with_edits().await;
    let created = post(&service, &camera("C-1", [105.67, 18.66])).await;
    let path = created.header("location").strip_prefix(&service.url).expect("of the service").to_owned();
    let etag = service.get(&path, &[]).await.header("etag").to_owned();
    for (patch, part) in [
        (r#"{"status":"working"}"#, "`status`"),
        (r#"{"geometry":null}"#, "cannot be taken away"),
        (r#"{"properties":{"stream_url":"rtsp://x"}}"#, "no property `stream_url`"),
        (r#"{"properties":{"colour":"red"}}"#, "no property `colour`"),
    ] {
        let answer = service.send("PATCH", &path, &[PATCH, ("if-match", &etag)], patch).await;
        let detail = answer.json()["detail"].to_string();
        assert!(answer.status == 422 && detail.contains(part), "{patch}: {} {detail}", answer.status);
        let (_, known) = detail.split_once("it has").unwrap_or_default();
        assert!(!known.contains("stream_url"), "{detail}");
    }
    let mut secret = camera("C-2", [105.67, 18.66]);
    secret["properties"]["stream_url"] = json!("rtsp://x");
    let answer = post(&service, &secret).await;
    assert_eq!((answer.status, count(&service).await), (422, 1), "{}", String::from_utf8_lossy(&answer.body));
    let latitude_first = [GEOJSON, ("content-crs", "<http://www.opengis.net/def/crs/EPSG/0/4326>")];
    let answer = service.send("POST", ITEMS, &latitude_first, &camera("C-3", [105.67, 18.66]).to_string()).await;
    let detail = answer.json()["detail"].to_string();
    assert!(answer.status == 422 && detail.contains("north (or latitude) comes first"), "{detail}");
    service.stop().await;
}

/// Each representation has a tag of its own, and with any of them the feature can be changed.
#[tokio::test(flavor = "multi_thread")]
async fn representations_are_told_apart_and_each_tag_is_a_condition() {
    let service = Service::with_edits().await;
    let created = post(&service, &camera("C-1", [105.67, 18.66])).await;
    let path = created.header("location").strip_prefix(&service.url).expect("of the service").to_owned();
    let forms = [path.clone(), format!("{path}?f=html"), format!("{path}?lang=en"), format!("{path}?crs=EPSG:9208")];
    let mut tags = Vec::new();
    for form in &forms {
        let answer = service.get(form, &[]).await;
        let again = service.get(form, &[("if-none-match", answer.header("etag"))]).await;
        assert_eq!((again.status, again.header("vary")), (304, "Accept, Accept-Language"), "{form}");
        tags.push(answer.header("etag").to_owned());
    }
    assert_eq!(tags.iter().collect::<std::collections::BTreeSet<_>>().len(), forms.len(), "{tags:?}");
    assert_eq!(service.get(&forms[1], &[("if-none-match", &tags[0])]).await.status, 200);
    for (number, form) in forms.iter().enumerate() {
        let etag = service.get(form, &[]).await.header("etag").to_owned();
        let renamed = format!(r#"{{"properties":{{"name":"{number}"}}}}"#);
        for status in [204, 412] {
            let answer = service.send("PATCH", &path, &[PATCH, ("if-match", &etag)], &renamed).await;
            assert_eq!(answer.status, status, "{form}");
        }
    }
    service.stop().await;
}
