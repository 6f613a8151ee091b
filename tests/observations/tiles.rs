//! What is measured, on the map.

use std::collections::BTreeMap;

use fast_mvt::MvtValue;
use serde_json::json;

use super::support::mvt::{TileFeature, decode};
use super::support::service::{Answer, Service};
use super::{at, free, observing, post, today};

/// The tile of Vinh at zoom 14, of Thanh Hoa at zoom 14.
const VINH: &str = "14/13001/7326";
const FAR: &str = "14/13011/7275";

async fn tile(service: &Service, query: &str, headers: &[(&str, &str)]) -> Answer {
    service.get(&format!("/tiles/parking,street_lights,air_stations/{query}"), headers).await
}

fn features(answer: &Answer) -> BTreeMap<String, TileFeature> {
    let layers = decode(&answer.unpacked(), "a tile");
    let all = layers.into_values().flatten();
    all.map(|feature| (feature.text("id").expect("an id").to_owned(), feature)).collect()
}

/// A number of a feature.
pub fn number(feature: &TileFeature, key: &str) -> Option<f64> {
    match feature.properties.get(key)? {
        MvtValue::Double(number) => Some(*number),
        MvtValue::UInt(number) => Some(f64::from(u32::try_from(*number).expect("few"))),
        MvtValue::Int(number) | MvtValue::SInt(number) => Some(f64::from(i32::try_from(*number).expect("few"))),
        other => panic!("{key} is {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tile_carries_present_values_over_the_same_geometry() {
    let service = observing().await;
    let lamps = service.layer("street_lights");
    let many = (0..300).map(|number| at(&lamps, &format!("L-{number}"), [105.67 + f64::from(number) * 2e-5, 18.67]));
    service.commit(many.collect()).await;
    let before = tile(&service, &format!("{VINH}.mvt"), &[]).await;
    let far = tile(&service, &format!("{FAR}.mvt"), &[]).await;
    assert!(before.status == 200 && !features(&before)["P-1"].properties.contains_key("free"));

    let ago = (chrono::Utc::now() - chrono::TimeDelta::minutes(10)).to_rfc3339();
    let readings = json!([
        free("P-1", &ago, 12.0),
        {"layer": "street_lights", "feature": "L-7", "time": ago, "values": {"lit": true, "power_w": 66.5}},
        {"layer": "street_lights", "feature": "L-8", "time": ago, "values": {"power_w": 66.5}},
    ]);
    assert_eq!(post(&service, &readings).await.json()["accepted"], 3);
    let etag = before.header("etag").to_owned();
    for packing in ["", "gzip", "zstd", "br"] {
        let headers: &[_] = if packing.is_empty() { &[] } else { &[("accept-encoding", packing)] };
        let after = tile(&service, &format!("{VINH}.mvt"), headers).await;
        let (with, without) = (features(&after), features(&before));
        assert_eq!(with.len(), without.len());
        for (id, feature) in &with {
            let bare = &without[id];
            assert_eq!((feature.id, &feature.paths), (bare.id, &bare.paths), "{id}");
            let values = ["free", "lit", "power_w"].map(|key| number(feature, key));
            let expected = match id.as_str() {
                "P-1" => [Some(12.0), None, None],
                "L-7" => [None, Some(1.0), Some(66.5)],
                "L-8" => [None, None, Some(66.5)],
                _ => [None; 3],
            };
            assert_eq!(values, expected, "{id} packed as `{packing}`");
            let age = number(feature, "age");
            match expected {
                [None, None, None] => assert_eq!(age, None, "{id}"),
                _ => assert!((530.0..=600.0).contains(&age.expect("an age")), "{id}: {age:?}"),
            }
            let own = |name: &str| !["free", "lit", "power_w", "age"].contains(&name);
            let kept: Vec<_> = feature.properties.iter().filter(|(name, _)| own(name)).collect();
            assert_eq!(kept, bare.properties.iter().collect::<Vec<_>>(), "{id}");
        }
    }
    // Neither another tile nor one without readings is a new one.
    assert_eq!(tile(&service, &format!("{FAR}.mvt"), &[("if-none-match", far.header("etag"))]).await.status, 304);
    for wish in ["no", "0", "", "False"] {
        assert_eq!(tile(&service, &format!("{VINH}.mvt?live={wish}"), &[]).await.status, 400, "live={wish}");
    }
    let bare = tile(&service, &format!("{VINH}.mvt?live=false"), &[("if-none-match", &etag)]).await;
    assert_eq!(bare.status, 304);
    assert_eq!(tile(&service, &format!("{VINH}.mvt"), &[("if-none-match", &etag)]).await.status, 200);
    let described = service.get("/tiles/parking.json", &[]).await.json();
    assert!(described["vector_layers"][0]["fields"]["free"].is_string(), "{described}");
    service.stop().await;
}

/// A reading is seen by the next request, and a second one of the same moment by none.
#[tokio::test(flavor = "multi_thread")]
async fn no_tile_is_behind_the_readings() {
    let service = observing().await;
    for value in 0..40 {
        let time = today(&format!("10:{value:02}:00"));
        assert_eq!(post(&service, &free("P-1", &time, f64::from(value))).await.status, 200);
        let seen = features(&tile(&service, &format!("{VINH}.mvt"), &[]).await);
        assert_eq!(number(&seen["P-1"], "free"), Some(f64::from(value)));
        assert_eq!(post(&service, &free("P-1", &today("09:00:00"), 77.0)).await.status, 200);
        let late = features(&tile(&service, &format!("{VINH}.mvt"), &[]).await);
        assert_eq!(number(&late["P-1"], "free"), Some(f64::from(value)), "what is late is not now");
    }
    service.stop().await;
}
