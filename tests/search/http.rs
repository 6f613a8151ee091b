//! `/search` over real sockets.

use citylayers::model::{Change, FeatureId};
use serde_json::Value as Json;

use super::feature;
use super::support::service::Service;

const VINH: [f64; 2] = [105.672, 18.666];

async fn city() -> Service {
    let service = Service::start().await;
    let (wards, districts, lamps) =
        (service.layer("wards"), service.layer("districts"), service.layer("street_lights"));
    let merged = [
        ("name", "Bỉm Sơn"),
        ("name_en", "Bim Son"),
        ("full_name", "Phường Bỉm Sơn"),
        ("merged_from", "Phường Lam Sơn, Phường Ba Đình (thị xã Bỉm Sơn)"),
    ];
    service
        .commit(vec![
            Change::Put(feature(
                &wards,
                "16690",
                VINH,
                &[("name", "Trường Vinh"), ("name_en", "Truong Vinh"), ("full_name", "Phường Trường Vinh")],
            )),
            Change::Put(feature(&wards, "14812", [105.91, 20.07], &merged)),
            Change::Put(feature(
                &districts,
                "412",
                VINH,
                &[("name", "Thành phố Vinh"), ("successors", "16690, 99999")],
            )),
            Change::Put(feature(&lamps, "1", [105.673, 18.666], &[("asset_no", "L-0001"), ("street", "Lam Sơn")])),
            Change::Put(feature(
                &lamps,
                "2",
                VINH,
                &[("asset_no", "L-0002"), ("street", "Lam Sơn"), ("notes", "mật khẩu")],
            )),
        ])
        .await;
    service
}

fn ids(answer: &Json) -> Vec<String> {
    let features = answer["features"].as_array().expect("features");
    features
        .iter()
        .map(|feature| {
            format!(
                "{}/{}",
                feature["properties"]["layer"].as_str().expect("a layer"),
                feature["id"].as_str().map_or_else(|| feature["id"].to_string(), str::to_owned)
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn features_are_found_with_their_reason_place_and_link() {
    let service = city().await;
    let answer = service.get("/search?q=tr%C6%B0%E1%BB%9Dng+vi", &[]).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/geo+json"));
    let document = answer.json();
    assert_eq!(
        (&document["type"], &document["numberReturned"], &document["exact"]),
        (&"FeatureCollection".into(), &1.into(), &true.into())
    );
    let ward = &document["features"][0];
    assert_eq!(ward["id"], "16690");
    let properties = &ward["properties"];
    assert_eq!((&properties["layer"], &properties["title"]), (&"wards".into(), &"Trường Vinh".into()));
    assert_eq!(
        properties["matched"],
        serde_json::json!({"field": "name", "field_title": "Tên", "text": "Trường Vinh"})
    );
    assert!(properties.get("distance").is_none());
    let link = properties["link"].as_str().expect("a link").strip_prefix(&service.url).expect("of the service");
    assert_eq!(service.get(link, &[]).await.json()["id"], "16690");
    let bbox: Vec<f64> = ward["bbox"].as_array().expect("a box").iter().filter_map(Json::as_f64).collect();
    let place: Vec<f64> =
        ward["geometry"]["coordinates"].as_array().expect("a place").iter().filter_map(Json::as_f64).collect();
    assert!(bbox[0] < place[0] && place[0] < bbox[2] && bbox[1] < place[1] && place[1] < bbox[3], "{bbox:?} {place:?}");
    assert!((place[0] - VINH[0]).abs() < 1e-6 && (place[1] - VINH[1]).abs() < 1e-6, "{place:?}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn old_units_lead_to_those_of_today_and_say_why() {
    let service = city().await;
    let found = service.get("/search?q=lam+son&lang=en", &[]).await.json();
    assert_eq!(ids(&found), ["wards/14812", "street_lights/1", "street_lights/2"]);
    let ward = &found["features"][0]["properties"];
    assert_eq!(ward["title"], "Bim Son");
    assert_eq!(
        ward["matched"],
        serde_json::json!({"field": "merged_from", "field_title": "Merged from", "text": "Phường Lam Sơn"})
    );
    let by_town = service.get("/search?q=th%C3%A0nh+ph%E1%BB%91+vinh", &[]).await.json();
    assert_eq!(ids(&by_town), ["districts/412", "wards/16690"]);
    let matched = &by_town["features"][1]["properties"]["matched"];
    assert_eq!(
        (&matched["layer"], &matched["id"], &matched["text"]),
        (&"districts".into(), &"412".into(), &"Thành phố Vinh".into())
    );
    let wards = service.get("/search?q=thanh+pho+vinh&layers=wards", &[]).await.json();
    assert_eq!(ids(&wards), ["wards/16690"], "though only wards are asked for");
    assert_eq!(&wards["features"][0]["properties"]["matched"], matched);
    let districts = service.get("/search?q=thanh+pho+vinh&layers=districts", &[]).await.json();
    assert_eq!(ids(&districts), ["districts/412"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nearer_comes_first_among_equals() {
    let service = city().await;
    for (lon, expected) in
        [(105.68, ["street_lights/1", "street_lights/2"]), (105.66, ["street_lights/2", "street_lights/1"])]
    {
        let found =
            service.get(&format!("/search?q=lam%20s&layers=street_lights&lon={lon}&lat=18.666"), &[]).await.json();
        assert_eq!(ids(&found), expected, "{lon}");
    }
    let found = service.get("/search?q=l-0001&lon=105.672&lat=18.666", &[]).await.json();
    // 0.001 degrees of longitude at 18.666 N on a sphere of 6,371,008.8 m.
    assert_eq!(found["features"][0]["properties"]["distance"], 105.3);
    assert!(found["features"][0].get("bbox").is_none());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_found_at_once_and_what_is_gone_never() {
    let service = city().await;
    let wards = service.layer("wards");
    assert_eq!(ids(&service.get("/search?q=truong+vinh", &[]).await.json()), ["wards/16690"]);
    service.commit(vec![Change::Put(feature(&wards, "16690", VINH, &[("name", "Bến Thuỷ")]))]).await;
    assert!(ids(&service.get("/search?q=truong+vinh", &[]).await.json()).is_empty());
    assert_eq!(ids(&service.get("/search?q=ben+thuy", &[]).await.json()), ["wards/16690"]);
    let id = FeatureId::new("16690").expect("not empty");
    service.commit(vec![Change::Remove { layer: wards.id.clone(), id }]).await;
    assert!(ids(&service.get("/search?q=ben+thuy", &[]).await.json()).is_empty());
    assert_eq!(ids(&service.get("/search?q=thanh+pho+vinh", &[]).await.json()), ["districts/412"], "its heir is gone");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_told_what_is_wrong() {
    let service = city().await;
    let table = [
        ("", "`q` is missing"),
        ("q=a&nonsense=1", "`nonsense`"),
        ("q=a&q=b", "twice"),
        ("q=a&limit=0", "limit"),
        ("q=a&limit=-1", "limit"),
        ("q=a&limit=ten", "limit"),
        ("q=a&lon=105", "together"),
        ("q=a&lat=18", "together"),
        ("q=a&lon=nan&lat=18", "lon"),
        ("q=a&lon=105&lat=inf", "lat"),
        ("q=a&lon=181&lat=18", "lon"),
        ("q=a&lon=105&lat=-90.1", "lat"),
        ("q=a&lon=&lat=", "lon"),
        ("q=a&layers=", "layers"),
        ("q=a&layers=wards,nothing", "nothing"),
        ("q=a&layers=Wards", "Wards"),
        ("q=a&lang=fr", "lang"),
        ("q=a&f=csv", "f=csv"),
    ];
    for (query, part) in table {
        let answer = service.get(&format!("/search?{query}"), &[]).await;
        assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"), "{query}");
        let detail = answer.json()["detail"].as_str().expect("a reason").to_owned();
        assert!(detail.contains(part), "{query}: {detail}");
    }
    let long = service.get(&format!("/search?q={}", "a".repeat(10_000)), &[]).await;
    assert_eq!(long.status, 400);
    for query in [
        "q=",
        "q=%20%20",
        "q=%00%01",
        "q=%CC%81",
        "q=l&limit=99999999999999999999",
        "q=l&layers=wards,wards",
        &format!("q={}", "%C4%91".repeat(200)),
    ] {
        let answer = service.get(&format!("/search?{query}"), &[]).await;
        assert_eq!(answer.status, 200, "{query}");
    }
    assert_eq!(service.ask("POST", "/search?q=a", &[]).await.status, 405);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_may_see_is_not_found() {
    let service = city().await;
    for query in ["q=mat+khau", "q=mat+khau&layers=street_lights"] {
        assert!(ids(&service.get(&format!("/search?{query}"), &[]).await.json()).is_empty(), "{query}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_get_a_page_in_which_what_was_typed_stays_text() {
    let service = city().await;
    let browser = [("accept", "text/html,*/*;q=0.8")];
    let page = service.get("/search?q=%22%3E%3Cscript%3Evinh", &browser).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let text = String::from_utf8(page.body).expect("UTF-8");
    assert!(!text.contains("<script>") && text.contains("&quot;&gt;&lt;script&gt;vinh"), "{text}");
    let page = service.get("/search?q=lam+son", &browser).await;
    let text = String::from_utf8(page.body).expect("UTF-8");
    assert!(text.contains("/collections/wards/items/14812?f=html") && text.contains("Phường Lam Sơn"), "{text}");
    service.stop().await;
}
