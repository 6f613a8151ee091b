//! The choropleth: units on their tiles with what is told of them, over the same geometry.

use std::collections::BTreeMap;

use citylayers::model::Change;
use fast_mvt::MvtValue;
use serde_json::Value as Json;

use super::support::mvt::{TileFeature, decode};
use super::support::service::{Answer, Service};
use super::{telling, told, ward};

const WARDS: [(&str, &str); 4] = [("100", "100, 101"), ("200", "201, 202"), ("300", ""), ("400", "")];
const VALUES: &str = "
    population 100 2024 10
    population 101 2024 20
    population 201 2024 5
    population 300 2024 7
    population 300 2025 8
    population 100 2025 40
";
/// All wards are on it.
const TILE: &str = "/tiles/wards/9/405/229.mvt";

async fn features(service: &Service, query: &str, headers: &[(&str, &str)]) -> (BTreeMap<String, TileFeature>, Answer) {
    let answer = service.get(&format!("{TILE}{query}"), headers).await;
    let all = decode(&answer.unpacked(), query).into_values().flatten();
    (all.map(|feature| (feature.text("code").expect("an id").to_owned(), feature)).collect(), answer)
}

fn laid(feature: &TileFeature) -> [Option<String>; 3] {
    ["value", "class", "converted"].map(|key| match feature.properties.get(key)? {
        MvtValue::Double(number) => Some(number.to_string()),
        MvtValue::UInt(number) => Some(number.to_string()),
        MvtValue::Bool(flag) => Some(flag.to_string()),
        other => panic!("{key} is {other:?}"),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tile_carries_what_the_indicator_tells() {
    let service = telling(&WARDS, VALUES).await;
    let (bare, plain) = features(&service, "", &[]).await;
    assert_eq!(bare.len(), 4, "all wards are on the tile");
    for packing in ["", "gzip", "br", "zstd"] {
        let headers: &[_] = if packing.is_empty() { &[] } else { &[("accept-encoding", packing)] };
        for period in ["2024", "2025"] {
            let query = format!("?indicator=population&period={period}&classes=quantile&n=3");
            let (found, answer) = features(&service, &query, headers).await;
            assert_eq!(answer.header("content-encoding"), packing);
            let sheet = service
                .get(&format!("/indicators/population{}", query.replace("indicator=population&", "")), &[])
                .await;
            for unit in sheet.json()["units"].as_array().expect("units") {
                let id = unit["id"].as_str().expect("an id");
                let text = |value: &Json| value.as_f64().map(|number| number.to_string());
                let converted = unit["converted"].as_bool().filter(|converted| *converted).map(|_| "true".to_owned());
                assert_eq!(laid(&found[id]), [text(&unit["value"]), text(&unit["class"]), converted], "{id} {period}");
                assert_eq!((found[id].id, &found[id].paths), (bare[id].id, &bare[id].paths), "{id}");
                let own: Vec<_> = found[id]
                    .properties
                    .iter()
                    .filter(|(key, _)| !["value", "class", "converted"].contains(&key.as_str()))
                    .collect();
                assert_eq!(own, bare[id].properties.iter().collect::<Vec<_>>(), "{id}");
            }
        }
    }
    // Known values, from the table above: 30 and 7 are whole, 5 is a part.
    let (found, _) = features(&service, "?indicator=population&period=2024&classes=equal&n=2", &[]).await;
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(laid(&found["100"]), [some("30"), some("1"), some("true")]);
    assert_eq!(laid(&found["200"]), [None, None, some("true")]);
    assert_eq!(laid(&found["300"]), [some("7"), some("0"), None]);
    assert_eq!(laid(&found["400"]), [None, None, None]);
    // The newest period is meant without one.
    let (found, _) = features(&service, "?indicator=population", &[]).await;
    assert_eq!(laid(&found["100"])[0], some("40"));
    assert_eq!(
        features(&service, "", &[]).await.1.header("etag"),
        plain.header("etag"),
        "a tile without it is as before"
    );
    service.stop().await;
}

/// What is told is seen by the next request; what is not, is not asked for twice.
#[tokio::test(flavor = "multi_thread")]
async fn no_tile_is_behind_the_values() {
    let service = telling(&WARDS, VALUES).await;
    let path = format!("{TILE}?indicator=population&period=2025");
    let mut etags = vec![features(&service, "", &[]).await.1.header("etag").to_owned()];
    for value in 0..20 {
        service.commit(vec![told(&format!("population 400 2025 {value}"))]).await;
        let (found, answer) = features(&service, "?indicator=population&period=2025", &[]).await;
        assert_eq!(laid(&found["400"])[0], Some(value.to_string()));
        let etag = answer.header("etag").to_owned();
        assert!(etag.starts_with("W/") && !etags.contains(&etag), "{etag}");
        assert_eq!(service.get(&path, &[("if-none-match", &etag)]).await.status, 304);
        for old in &etags {
            assert_eq!(service.get(&path, &[("if-none-match", old)]).await.status, 200, "{old}");
        }
        etags.push(etag);
    }
    let other = service.get(&format!("{TILE}?indicator=population&period=2024"), &[]).await;
    assert!(!etags.contains(&other.header("etag").to_owned()), "another period is another tile");
    // A unit that goes takes its class along.
    let etag = etags.last().expect("some").clone();
    let layer = service.layer("wards");
    let moved = ward(&layer, "300", [105.1, 18.6], "", Some("2025-07-01"));
    service
        .commit(vec![
            moved,
            Change::Remove { layer: layer.id.clone(), id: citylayers::model::FeatureId::new("100").expect("an id") },
        ])
        .await;
    let (found, answer) = features(&service, "?indicator=population&period=2025", &[("if-none-match", &etag)]).await;
    assert_eq!(answer.status, 200);
    assert!(!found.contains_key("100") && laid(&found["300"])[1] == Some("0".to_owned()), "{found:?}");
    service.stop().await;
}
