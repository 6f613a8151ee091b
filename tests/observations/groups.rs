//! What groups tell of readings, on the map.

use std::collections::BTreeMap;

use chrono::{TimeDelta, Utc};
use citylayers::model::{Change, FeatureId};
use serde_json::json;

use super::support::mvt::{TileFeature, decode};
use super::support::service::{Answer, Service};
use super::tiles::number;
use super::{at, free, observing, post, today};

/// The tile of Vinh at zoom 8, in which all car parks of Vinh are one group.
const NEAR_AND_FAR: &str = "/tiles/parking,street_lights/8/203/114.mvt";

/// The features of a layer, of which only groups are of interest, by how many they stand for.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "few")]
fn groups(answer: &Answer, layer: &str) -> BTreeMap<u64, TileFeature> {
    let features = decode(&answer.unpacked(), "a tile").remove(layer).unwrap_or_default();
    let count = |feature: &TileFeature| number(feature, "point_count").expect("a count") as u64;
    features.into_iter().map(|feature| (count(&feature), feature)).filter(|(count, _)| *count > 1).collect()
}

async fn tile(service: &Service, query: &str, etag: &str) -> Answer {
    service.get(&format!("{NEAR_AND_FAR}{query}"), &[("if-none-match", etag)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_tells_what_is_free_and_what_is_dark_as_it_changes() {
    let service = observing().await;
    let (parking, lamps) = (service.layer("parking"), service.layer("street_lights"));
    let mut changes = vec![at(&parking, "P-3", [105.6801, 18.6701]), at(&parking, "P-4", [105.6802, 18.6702])];
    changes.extend((0..50).map(|number| at(&lamps, &format!("L-{number}"), [105.681, 18.671])));
    changes.push(at(&lamps, "L-50", [105.9, 18.3]));
    service.commit(changes).await;
    let before = tile(&service, "", "").await;
    let group = |answer: &Answer, layer: &str, count: u64| groups(answer, layer).remove(&count).expect("a group");
    assert!(number(&group(&before, "parking", 3), "free").is_none(), "nothing was measured");

    let lit = |number: u32, lit: bool| json!({"layer": "street_lights", "feature": format!("L-{number}"), "time": today("10:00:00"), "values": {"lit": lit}});
    let mut readings = vec![free("P-1", &today("10:00:00"), 12.0), free("P-3", &today("10:00:00"), 30.0)];
    readings.extend((0..20).map(|number| lit(number, number >= 7)));
    readings.push(lit(50, false));
    assert_eq!(post(&service, &json!(readings)).await.json()["accepted"], 23);
    let etag = before.header("etag").to_owned();
    assert_eq!(tile(&service, "?live=false", &etag).await.status, 304, "without readings it is the same");
    let after = tile(&service, "", &etag).await;
    assert_eq!(after.status, 200);
    let cars = group(&after, "parking", 3);
    assert_eq!(["free", "free_known", "age"].map(|key| number(&cars, key)), [Some(42.0), Some(2.0), None]);
    let dark = group(&after, "street_lights", 50);
    let told = ["off", "lit_known", "lit", "power_w", "power_w_known"].map(|key| number(&dark, key));
    assert_eq!(told, [Some(7.0), Some(20.0), None, None, Some(0.0)]);
    let alone = decode(&after.unpacked(), "a tile").remove("street_lights").expect("lamps");
    let alone = alone.iter().find(|feature| number(feature, "point_count") == Some(1.0)).expect("one by itself");
    let told = ["off", "lit_known", "lit", "power_w", "power_w_known"].map(|key| number(alone, key));
    assert_eq!(told, [Some(1.0), Some(1.0), Some(0.0), None, Some(0.0)], "it counts as a group of one");
    assert_eq!(cars.paths, group(&before, "parking", 3).paths, "no geometry is drawn again");

    // One value changes, one car park moves away, one goes: each is seen by the next request.
    assert_eq!(post(&service, &free("P-1", &today("10:05:00"), 2.0)).await.status, 200);
    let fewer = group(&tile(&service, "", after.header("etag")).await, "parking", 3);
    assert_eq!(number(&fewer, "free"), Some(32.0));
    service.commit(vec![at(&parking, "P-3", [104.9, 19.3])]).await;
    let moved = group(&tile(&service, "", "").await, "parking", 2);
    assert_eq!(["free", "free_known"].map(|key| number(&moved, key)), [Some(2.0), Some(1.0)]);
    let id = FeatureId::new("P-1").expect("an id");
    service.commit(vec![Change::Remove { layer: parking.id.clone(), id }, at(&parking, "P-5", [105.68, 18.67])]).await;
    let gone = group(&tile(&service, "", "").await, "parking", 2);
    assert_eq!(number(&gone, "free"), None, "nobody knows anything of who is left");

    // What the layer keeps no longer is not known any more.
    let etag = tile(&service, "", "").await.header("etag").to_owned();
    service.city.forget(Utc::now() + TimeDelta::days(100)).await.expect("forgotten");
    let forgotten = tile(&service, "", &etag).await;
    assert_eq!(number(&group(&forgotten, "street_lights", 50), "off"), None);

    let described = service.get("/tiles/street_lights.json", &[]).await.json();
    for name in ["off", "lit_known", "power_w_known"] {
        assert!(described["vector_layers"][0]["fields"][name].is_string(), "{name}: {described}");
    }
    service.stop().await;
}
