//! What the service says of itself: complete, and true.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use citylayers::model::Change;
use serde_json::Value as Json;

use super::support::service::Service;
use super::{lamp, ward, with_cameras};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// From the landing page on, every link of every document leads to what it says: the media type, and nothing missing.
#[tokio::test(flavor = "multi_thread")]
async fn every_link_leads_where_it_says() {
    let places: Vec<[f64; 2]> = (0..150).map(|number| [105.0 + f64::from(number) / 1000.0, 18.7]).collect();
    let service = with_cameras(&places).await;
    let mut queue: VecDeque<(String, String)> =
        VecDeque::from([(format!("{}/", service.url), "application/json".to_owned())]);
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    while let Some((href, kind)) = queue.pop_front() {
        if !seen.insert(href.clone()) {
            continue;
        }
        let path = href.strip_prefix(&service.url).unwrap_or_else(|| panic!("{href} is no link of the service"));
        let answer = service.get(path, &[]).await;
        let found = answer.header("content-type").to_owned();
        // Pages are built apart from the tests.
        if ["/?f=html", "/planner", "/wall"].contains(&path) && answer.status == 404 {
            continue;
        }
        assert_eq!(answer.status, 200, "{href}");
        let bare = found.trim_end_matches("; charset=utf-8");
        assert_eq!(bare, kind, "{href}");
        *kinds.entry(kind).or_default() += 1;
        if bare.contains("json") && !bare.contains("openapi") {
            follow(&answer.json(), &mut queue);
        }
    }
    eprintln!("{} links: {kinds:?}", seen.len());
    assert!(seen.len() > 150 && kinds.len() >= 7, "{kinds:?}");
    service.stop().await;
}

fn follow(document: &Json, queue: &mut VecDeque<(String, String)>) {
    match document {
        Json::Object(members) => {
            if let (Some(href), Some(kind), None) = (members.get("href"), members.get("type"), members.get("templated"))
            {
                let text = |value: &Json| value.as_str().expect("a text").to_owned();
                queue.push_back((text(href), text(kind)));
            }
            members.values().for_each(|member| follow(member, queue));
        }
        Json::Array(items) => items.iter().for_each(|item| follow(item, queue)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_is_the_same_alone_and_in_the_list() {
    let service = with_cameras(&[[105.672, 18.666], [105.7, 18.7]]).await;
    let all = service.get("/collections", &[]).await.json();
    for listed in all["collections"].as_array().expect("a list") {
        let id = listed["id"].as_str().expect("an id");
        assert_eq!(&service.get(&format!("/collections/{id}"), &[]).await.json(), listed);
        assert_eq!(listed["storageCrs"], "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
        assert_eq!(listed["crs"][0], listed["storageCrs"], "the first is that of the coordinates as they come");
    }
    let cameras = service.get("/collections/cameras", &[]).await.json();
    let bbox: Vec<f64> =
        cameras["extent"]["spatial"]["bbox"][0].as_array().expect("four").iter().filter_map(Json::as_f64).collect();
    for (found, expected) in bbox.iter().zip([105.672, 18.666, 105.7, 18.7]) {
        assert!((found - expected).abs() < 1e-6, "{bbox:?}");
    }
    assert_eq!(cameras["title"], service.layer("cameras").title.vi);
    let english = service.get("/collections/cameras", &[("accept-language", "en-GB")]).await.json();
    assert_eq!(english["title"], service.layer("cameras").title.en);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_get_pages_in_which_the_data_stay_text() {
    let service = Service::start().await;
    let layer = service.layer("wards");
    let name = "<script>alert('x')</script> & \"Vinh\"";
    let square = [[105.0, 18.0], [105.1, 18.0], [105.1, 18.1]];
    service.commit(vec![Change::Put(ward(&layer, "a/b <i>?&", name, &square))]).await;
    for path in [
        "/collections",
        "/collections/wards",
        "/collections/wards/items",
        "/collections/wards/items/a%2Fb%20%3Ci%3E%3F%26",
        "/collections/wards/schema",
        "/conformance",
        "/api",
        "/api.html",
        "/collections/wards/tiles",
        "/tileMatrixSets",
    ] {
        let answer = service.get(path, &[("accept", BROWSER)]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"), "{path}");
        let page = String::from_utf8(answer.body).expect("UTF-8");
        assert!(
            page.contains("<html lang=\"vi\">") && !page.contains("<script>") && !page.contains("<i>"),
            "{path}: {page}"
        );
        if path.contains("items") {
            assert!(page.contains("&lt;script&gt;") || path.contains("%2F"), "{path}");
        }
    }
    service.stop().await;
}

/// Every path of the definition is answered as it declares, and every path that is answered stands in it.
#[tokio::test(flavor = "multi_thread")]
async fn the_definition_is_complete_and_true() {
    let service = Service::with_operations().await;
    let layer = service.layer("cameras");
    service.commit(vec![Change::Put(lamp(&layer, "C-0", [105.672, 18.666]))]).await;
    let answer = service.get("/api", &[]).await;
    assert_eq!(answer.header("content-type"), "application/vnd.oai.openapi+json;version=3.0");
    let api = answer.json();
    let paths = api["paths"].as_object().expect("paths");
    for (path, operations) in paths.iter().filter(|(_, operations)| operations["get"].is_object()) {
        let filled = path
            .replace("{layer}", "cameras")
            .replace("{layers}", "cameras")
            .replace("{id}", "C-0")
            .replace("{scene}", "overview")
            .replace("{z}/{x}/{y}.{extension}", "14/12999/7340.mvt")
            .replace("{z}/{row}/{col}", "14/7340/12999");
        let declared = &operations["get"]["responses"];
        for query in ["", "?nonsense=1", "?lon=105.6&lat=18.7", "?from=2025-01-01&to=2026-01-01"] {
            if path == "/live" && query.is_empty() {
                continue; // its answer has no end
            }
            let answer = service.get(&format!("{filled}{query}"), &[]).await;
            let response = &declared[answer.status.to_string()];
            assert!(response.is_object(), "{filled}{query}: {} is not declared", answer.status);
            let kind = answer.header("content-type").trim_end_matches("; charset=utf-8").to_owned();
            let response = response["$ref"]
                .as_str()
                .map_or(response, |place| api.pointer(place.trim_start_matches('#')).expect("a component"));
            let content = response["content"].as_object();
            assert!(
                kind.is_empty() || content.is_some_and(|content| content.contains_key(&kind)),
                "{filled}{query}: {kind} is not declared"
            );
        }
    }
    let routes = include_str!("../../src/web/urls.rs");
    let quoted = routes.lines().filter(|line| {
        line.contains("read(\"")
            || line.contains("change(\"")
            || line.contains("asked(\"")
            || line.contains("resource(\"")
    });
    let quoted: Vec<&str> = quoted.filter_map(|line| line.split('"').nth(1)).collect();
    assert!(quoted.len() > 15, "{quoted:?}");
    for route in quoted.iter().filter(|route| !route.contains("{file") && !["/planner", "/wall"].contains(route)) {
        let route = route.replace("{slash:/?}", "").replace("{deed}", "acknowledge");
        let documented = paths.contains_key(&route) || paths.contains_key(&route.replace("{layer}", "cameras"));
        assert!(documented, "{route} is not in the definition");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_begin_where_a_proxy_is_seen() {
    let service = with_cameras(&[[105.0, 18.0]]).await;
    let headers = [
        ("x-forwarded-host", "gis.nghean.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-prefix", "/citylayers"),
    ];
    for path in ["/", "/collections", "/collections/cameras/items", "/api", "/tiles/cameras.json"] {
        let text = String::from_utf8(service.get(path, &headers).await.body).expect("UTF-8");
        assert!(text.contains("https://gis.nghean.example/citylayers"), "{path}: {text}");
        assert!(!text.contains(&service.url), "{path}: {text}");
    }
    service.stop().await;
}
