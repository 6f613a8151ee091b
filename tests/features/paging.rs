//! Pages: complete, in order, and not disturbed by edits.

use std::collections::BTreeSet;

use citylayers::model::{Change, FeatureId};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::support::service::Service;
use super::{ids, lamp, linked, ward, with_cameras};

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_kept() {
    let places: Vec<[f64; 2]> = (0..250).map(|number| [105.0 + f64::from(number) / 1000.0, 18.7]).collect();
    let service = with_cameras(&places).await;
    for (query, returned) in
        [("", 100), ("?limit=1", 1), ("?limit=250", 250), ("?limit=10001", 250), ("?limit=99999999999999999999", 250)]
    {
        let answer = service.get(&format!("/collections/cameras/items{query}"), &[]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/geo+json"), "{query}");
        let document = answer.json();
        assert_eq!(ids(&document).len(), returned, "{query}");
        assert_eq!(
            (document["numberReturned"].as_u64(), document["numberMatched"].as_u64()),
            (Some(returned as u64), Some(250))
        );
        assert_eq!(linked(&document, "next", &service.url).is_some(), returned < 250, "{query}");
    }
    for query in [
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=",
        "limit=1.5",
        "limit=1&limit=2",
        "nonsense=1",
        "bbox=1,2,3",
        "f=xml",
        "crs=EPSG:1",
        "f=csv&crs=EPSG:9208",
        "name=%ff",
    ] {
        let answer = service.get(&format!("/collections/cameras/items?{query}"), &[]).await;
        assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"), "{query}");
        let name = query.split('=').next().expect("a name");
        let name = if query.starts_with("f=csv") { "crs" } else { name };
        let detail = answer.json()["detail"].as_str().expect("a detail").to_owned();
        assert!(detail.contains(&format!("`{name}")), "{query}: {detail}");
    }
    assert_eq!(service.get("/collections/nothing/items", &[]).await.status, 404);
    assert_eq!(service.get("/collections/cameras/items/nobody", &[]).await.status, 404);
    service.stop().await;
}

/// Features come and go, and move, between the pages: those that stay are met once each.
#[tokio::test(flavor = "multi_thread")]
async fn what_stays_is_met_once_whatever_changes_meanwhile() {
    let mut random = ChaCha8Rng::seed_from_u64(12);
    let places: Vec<[f64; 2]> =
        (0..900).map(|_| [random.random_range(104.0..106.0), random.random_range(18.5..19.5)]).collect();
    let service = with_cameras(&places).await;
    let layer = service.layer("cameras");
    for (query, wanted) in [("?limit=37", [-180.0, 180.0]), ("?limit=37&bbox=104.5,18,105.5,20", [104.5, 105.5])] {
        let mut touched: BTreeSet<String> = BTreeSet::new();
        let mut met: Vec<String> = Vec::new();
        let before: BTreeSet<String> = {
            let index = service.city.atlas().layer(&layer.id).expect("the layer");
            let all = index.all();
            let features =
                all.iter().flat_map(|found| found.numbers.iter().map(|&row| found.rows.feature(row as usize)));
            let inside = features.filter(|feature| (wanted[0]..=wanted[1]).contains(&feature.geometry.bbox().west));
            inside.map(|feature| feature.id.as_str().to_owned()).collect()
        };
        let mut next = Some(format!("/collections/cameras/items{query}"));
        while let Some(path) = next {
            let document = service.get(&path, &[]).await.json();
            met.extend(ids(&document));
            next = linked(&document, "next", &service.url);
            let edits = (0..40).map(|_| {
                let id = format!("C-{}", random.random_range(0..1400));
                touched.insert(id.clone());
                if random.random_bool(0.3) {
                    return Change::Remove { layer: layer.id.clone(), id: FeatureId::new(&id).expect("not empty") };
                }
                Change::Put(lamp(&layer, &id, [random.random_range(104.0..106.0), 19.0]))
            });
            let edits = edits.collect();
            service.commit(edits).await;
        }
        let once: BTreeSet<&String> = met.iter().collect();
        assert_eq!(once.len(), met.len(), "{query}: a feature was met twice");
        let missed: Vec<&String> = before.iter().filter(|id| !touched.contains(*id) && !once.contains(id)).collect();
        assert!(missed.is_empty(), "{query}: {missed:?} were not met");
        assert!(before.len() > 100 && once.iter().any(|id| touched.contains(*id)), "{query}: nothing was tried");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_come_in_their_order() {
    let service = Service::start().await;
    let layer = service.layer("wards");
    let square = |at: f64| [[at, 18.0], [at + 0.01, 18.0], [at + 0.01, 18.01], [at, 18.01]];
    let numbers = [16_681, 9, 100, 10, 99];
    let puts =
        numbers.iter().map(|&id| Change::Put(ward(&layer, &id.to_string(), "x", &square(105.0 + f64::from(id) / 1e6))));
    service.commit(puts.collect()).await;
    let document = service.get("/collections/wards/items", &[]).await.json();
    assert_eq!(ids(&document), ["9", "10", "99", "100", "16681"]);
    service.stop().await;
}

/// Boxes around random places, against every feature looked at; the corner of a box that only the box around a ward meets is none
/// of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_box_answers_with_what_meets_it_and_nothing_else() {
    let mut random = ChaCha8Rng::seed_from_u64(13);
    let places: Vec<[f64; 2]> =
        (0..500).map(|_| [random.random_range(-180.0..180.0), random.random_range(-85.0..85.0)]).collect();
    let service = with_cameras(&places).await;
    let mut across = 0;
    for _ in 0..60 {
        let (west, south) = (random.random_range(-180.0_f64..180.0), random.random_range(-85.0..60.0));
        let (width, height) = (random.random_range(0.0..200.0), random.random_range(0.0..90.0));
        let east = if west + width > 180.0 { west + width - 360.0 } else { west + width };
        across += usize::from(east < west);
        let north: f64 = south + height;
        let inside = |&[lon, lat]: &[f64; 2]| {
            let along = if west <= east { west <= lon && lon <= east } else { lon >= west || lon <= east };
            along && south <= lat && lat <= north
        };
        let expected: BTreeSet<String> = places
            .iter()
            .enumerate()
            .filter(|(_, place)| inside(place))
            .map(|(number, _)| format!("C-{number}"))
            .collect();
        let path = format!("/collections/cameras/items?limit=10000&bbox={west},{south},{east},{north}");
        let document = service.get(&path, &[]).await.json();
        assert_eq!(ids(&document).into_iter().collect::<BTreeSet<_>>(), expected, "{path}");
        assert_eq!(document["numberMatched"].as_u64(), Some(expected.len() as u64), "{path}");
    }
    assert!(across > 5, "{across} boxes across the antimeridian");
    let wards = service.layer("wards");
    service
        .commit(vec![Change::Put(ward(&wards, "1", "tam giác", &[[105.0, 18.0], [106.0, 18.0], [105.0, 19.0]]))])
        .await;
    for (bbox, met) in [
        ("105.8,18.8,106,19", 0),
        ("105.4,18.4,105.5,18.5", 1),
        ("105.1,18.1,105.11,18.11", 1),
        ("104,17,107,20", 1),
        ("106,18,107,19", 1),
        ("105.6,18.5,105.7,18.6", 0),
    ] {
        let document = service.get(&format!("/collections/wards/items?bbox={bbox}"), &[]).await.json();
        assert_eq!(document["numberMatched"].as_u64(), Some(met), "{bbox}");
    }
    service.stop().await;
}

/// 10,000 features packed and bare: the same document.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_page_comes_whole_in_pieces() {
    let places: Vec<[f64; 2]> = (0..10_500).map(|number| [105.0 + f64::from(number) / 1e5, 18.7]).collect();
    let service = with_cameras(&places).await;
    let path = "/collections/cameras/items?limit=10000";
    let bare = service.get(path, &[]).await;
    let packed = service.get(path, &[("accept-encoding", "gzip")]).await;
    assert_eq!((bare.header("content-encoding"), packed.header("content-encoding")), ("", "gzip"));
    assert!(packed.body.len() * 4 < bare.body.len(), "{} of {}", packed.body.len(), bare.body.len());
    let (bare, unpacked) = (bare.json(), serde_json::from_slice(&packed.unpacked()).expect("JSON"));
    let features = |document: &serde_json::Value| document["features"].clone();
    assert_eq!(ids(&bare).len(), 10_000);
    assert_eq!(features(&bare), features(&unpacked));
    let head = service.ask("HEAD", path, &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    service.stop().await;
}
