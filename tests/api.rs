//! The HTTP answers, asked over real sockets.

mod support;

use citylayers::geo::mercator::world_point;
use citylayers::geo::{Geometry, TileCoord};
use citylayers::model::{Change, Feature, FeatureId, Layer, Value};
use geo_types::Point;
use support::mvt::decode;
use support::service::{Answer, Service};

const VINH: [f64; 2] = [105.672, 18.666];

fn lamp(layer: &Layer, id: &str, [lon, lat]: [f64; 2]) -> Feature {
    Feature {
        layer: layer.id.clone(),
        id: FeatureId::new(id).expect("not empty"),
        geometry: Geometry::Point(Point::new(lon, lat)),
        properties: vec![None; layer.fields.len()],
    }
}

fn path(layers: &str, coord: TileCoord) -> String {
    format!("/tiles/{layers}/{coord}.mvt")
}

fn at(zoom: u8, place: [f64; 2]) -> TileCoord {
    TileCoord::holding(zoom, world_point(place))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tile_is_answered_packed_as_the_client_asks() {
    let service = Service::start().await;
    let layer = service.layer("cameras");
    service.commit((0..50).map(|i| Change::Put(lamp(&layer, &format!("C-{i}"), VINH))).collect()).await;
    let path = path("cameras", at(14, VINH));
    let bare = service.get(&path, &[]).await;
    assert_eq!((bare.status, bare.header("content-type")), (200, "application/vnd.mapbox-vector-tile"));
    assert_eq!(decode(&bare.body, &path)["cameras"].len(), 50);
    for (accept, packed) in
        [("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), ("gzip, deflate, br, zstd", "gzip"), ("identity", "")]
    {
        let answer = service.get(&path, &[("accept-encoding", accept)]).await;
        assert_eq!((answer.status, answer.header("content-encoding")), (200, packed), "{accept}");
        assert_eq!(answer.unpacked(), bare.body, "{accept}");
        assert!(answer.header("vary").to_lowercase().contains("accept-encoding"), "{accept}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
    let pbf = service.get(&path.replace(".mvt", ".pbf"), &[]).await;
    assert_eq!(pbf.body, bare.body);
    let coord = at(14, VINH);
    let ogc = format!("/collections/cameras/tiles/WebMercatorQuad/{}/{}/{}", coord.z(), coord.y(), coord.x());
    assert_eq!(service.get(&ogc, &[]).await.body, bare.body);
    let head = service.ask("HEAD", &path, &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_tile_comes_as_columns_to_those_who_ask_for_them() {
    const MLT: &str = "application/vnd.maplibre-tile";
    let service = Service::start().await;
    let layer = service.layer("cameras");
    service.commit((0..50).map(|i| Change::Put(lamp(&layer, &format!("C-{i}"), VINH))).collect()).await;
    let coord = at(14, VINH);
    let mvt = service.get(&path("cameras", coord), &[("accept", MLT)]).await;
    assert_eq!(mvt.header("content-type"), "application/vnd.mapbox-vector-tile", "the extension says which");
    assert_eq!(mvt.header("vary"), "Accept-Encoding");
    let mlt = service.get(&format!("/tiles/cameras/{coord}.mlt"), &[]).await;
    assert_eq!((mlt.status, mlt.header("content-type"), mlt.header("vary")), (200, MLT, "Accept-Encoding"));
    let expected = decode(&mvt.body, "MVT");
    let found = support::mlt::decode(&mlt.body, "MLT");
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
    let ogc = format!("/collections/cameras/tiles/WebMercatorQuad/{}/{}/{}", coord.z(), coord.y(), coord.x());
    for (accept, expected) in [("*/*", &mvt), (MLT, &mlt), ("application/vnd.mapbox-vector-tile", &mvt)] {
        let answer = service.get(&ogc, &[("accept", accept)]).await;
        assert_eq!(answer.header("content-type"), expected.header("content-type"), "{accept}");
        assert_eq!(
            (answer.body.as_slice(), answer.header("etag")),
            (expected.body.as_slice(), expected.header("etag"))
        );
        assert_eq!(answer.header("vary"), "Accept, Accept-Encoding");
        let again = service.get(&ogc, &[("accept", accept), ("if-none-match", expected.header("etag"))]).await;
        assert_eq!((again.status, again.header("vary")), (304, "Accept, Accept-Encoding"), "{accept}");
    }
    assert_ne!(mvt.header("etag"), mlt.header("etag"), "another format is another tile");
    let crossed = service.get(&ogc, &[("accept", MLT), ("if-none-match", mvt.header("etag"))]).await;
    assert_eq!((crossed.status, crossed.body), (200, mlt.body.clone()));
    for packed in ["gzip", "br", "zstd"] {
        let answer = service.get(&format!("/tiles/cameras/{coord}.mlt"), &[("accept-encoding", packed)]).await;
        assert_eq!((answer.header("content-encoding"), answer.unpacked()), (packed, mlt.body.clone()));
    }
    let empty = service.get(&format!("/tiles/cameras/{}.mlt", at(14, [105.9, 19.8])), &[]).await;
    assert_eq!((empty.status, empty.body.len()), (204, 0));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_layers_make_one_tile_and_a_repeated_one_counts_once() {
    let service = Service::start().await;
    let (cameras, stops) = (service.layer("cameras"), service.layer("bus_stops"));
    let changes = vec![Change::Put(lamp(&cameras, "C-1", VINH)), Change::Put(lamp(&stops, "S-1", VINH))];
    service.commit(changes).await;
    let both = service.get(&path("cameras,bus_stops", at(15, VINH)), &[]).await;
    let layers = decode(&both.body, "both");
    assert_eq!(layers.keys().collect::<Vec<_>>(), ["bus_stops", "cameras"]);
    let again = service.get(&path("bus_stops,cameras,bus_stops,cameras", at(15, VINH)), &[]).await;
    assert_eq!(again.body, both.body);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_seen_at_the_old_place_and_the_new_and_nowhere_else() {
    let service = Service::start().await;
    let layer = service.layer("cameras");
    let [from, to, elsewhere] = [VINH, [105.9, 19.8], [104.2, 19.2]];
    service.commit(vec![Change::Put(lamp(&layer, "C-1", from)), Change::Put(lamp(&layer, "C-2", elsewhere))]).await;
    let tag = |answer: &Answer| answer.header("etag").to_owned();
    let paths = [from, to, elsewhere].map(|place| path("cameras", at(14, place)));
    let mut before = Vec::new();
    for path in &paths {
        let answer = service.get(path, &[]).await;
        assert!(answer.header("etag").starts_with("W/\""), "{path}: {}", answer.header("etag"));
        before.push((answer.status, tag(&answer)));
    }
    assert_eq!(before.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [200, 204, 200]);
    for (path, (_, etag)) in paths.iter().zip(&before) {
        assert_eq!(service.get(path, &[("if-none-match", etag)]).await.status, 304, "{path}: nothing changed");
    }
    service.commit(vec![Change::Put(lamp(&layer, "C-1", to))]).await;
    let mut after = Vec::new();
    for (path, (_, etag)) in paths.iter().zip(&before) {
        after.push(service.get(path, &[("if-none-match", etag)]).await.status);
    }
    assert_eq!(after, [204, 200, 304], "gone from the old place, at the new one, and a far tile is left alone");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_a_problem_document() {
    let service = Service::start().await;
    let many = (0..21).map(|i| format!("layer{i}")).collect::<Vec<_>>().join(",");
    let long = "a".repeat(2000);
    let table = [
        ("/tiles/cameras/15/1/1.png".to_owned(), 404, "png"),
        ("/tiles/nothing/1/0/0.mvt".to_owned(), 404, "nothing"),
        ("/tiles/cameras,nothing/1/0/0.mvt".to_owned(), 404, "nothing"),
        ("/tiles/cameras/23/0/0.mvt".to_owned(), 400, "22"),
        ("/tiles/cameras/999999999999/0/0.mvt".to_owned(), 400, "z"),
        ("/tiles/cameras/3/8/0.mvt".to_owned(), 400, "x 8"),
        ("/tiles/cameras/3/0/8.mvt".to_owned(), 400, "y 8"),
        ("/tiles/cameras/3/-1/0.mvt".to_owned(), 400, "-1"),
        ("/tiles/cameras/a/0/0.mvt".to_owned(), 400, "`a`"),
        ("/tiles/cameras,/3/0/0.mvt".to_owned(), 400, "empty"),
        (format!("/tiles/{many}/3/0/0.mvt"), 400, "20"),
        (format!("/tiles/{long}/3/0/0.mvt"), 400, "2000"),
        ("/tiles/nothing.json".to_owned(), 404, "nothing"),
        ("/tiles/cameras.json?encoding=png".to_owned(), 400, "`png`"),
        ("/collections/nothing/tiles/WebMercatorQuad/0/0/0".to_owned(), 404, "nothing"),
        ("/collections/cameras/tiles/WebMercatorQuad/1/2/0".to_owned(), 400, "row 2"),
        ("/nowhere".to_owned(), 404, "/nowhere"),
    ];
    for (path, status, part) in table {
        let answer = service.get(&path, &[]).await;
        assert_eq!((answer.status, answer.header("content-type")), (status, "application/problem+json"), "{path}");
        let problem = answer.json();
        assert_eq!(problem["status"], status, "{path}");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(part), "{path}: {detail}");
    }
    let posted = service.ask("DELETE", "/catalog", &[]).await;
    assert_eq!((posted.status, posted.header("allow")), (405, "GET, HEAD, OPTIONS"));
    assert_eq!(posted.header("content-type"), "application/problem+json");
    assert_eq!(service.ask("OPTIONS", "/catalog", &[]).await.status, 204);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tilejson_describes_what_the_tiles_hold() {
    let service = Service::start().await;
    let layer = service.layer("cameras");
    service.commit(vec![Change::Put(lamp(&layer, "C-1", VINH))]).await;
    let document = service.get("/tiles/cameras,wards.json", &[]).await.json();
    assert_eq!(document["tilejson"], "3.0.0");
    let template = document["tiles"][0].as_str().expect("a template");
    assert_eq!(template, format!("{}/tiles/cameras,wards/{{z}}/{{x}}/{{y}}.mvt", service.url));
    assert_eq!((&document["format"], &document["encoding"]), (&"pbf".into(), &"mvt".into()));
    let mlt = service.get("/tiles/cameras,wards.json?encoding=mlt", &[]).await.json();
    assert_eq!((&mlt["format"], &mlt["encoding"]), (&"mlt".into(), &"mlt".into()));
    assert_eq!(mlt["tiles"][0].as_str().expect("a template"), template.replace(".mvt", ".mlt"));
    assert_eq!(mlt["vector_layers"], document["vector_layers"]);
    let ids: Vec<&str> =
        document["vector_layers"].as_array().expect("layers").iter().filter_map(|layer| layer["id"].as_str()).collect();
    assert_eq!(ids, ["cameras", "wards"]);
    assert_eq!(
        document["vector_layers"][1]["fields"]["name"].as_str().map(|text| text.starts_with("String")),
        Some(true)
    );
    let bounds: Vec<f64> =
        document["bounds"].as_array().expect("bounds").iter().filter_map(serde_json::Value::as_f64).collect();
    assert!((bounds[0] - VINH[0]).abs() < 1e-6 && (bounds[3] - VINH[1]).abs() < 1e-6, "{bounds:?}");
    let sea = [102.0, 6.0, 118.0, 23.8];
    for moving in ["vessels", "alerts,cameras"] {
        let document = service.get(&format!("/tiles/{moving}.json"), &[]).await.json();
        assert_eq!(document["bounds"], serde_json::json!(sea), "{moving}: it may be anywhere there in a minute");
    }
    service.stop().await;
}

/// `cameras` has a field that only operators may see.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_public_may_not_see_is_in_no_answer() {
    let service = Service::start().await;
    let layer = service.layer("cameras");
    let secret = layer.field_index("stream_url").expect("cameras have a stream");
    let mut camera = lamp(&layer, "C-1", VINH);
    camera.properties[secret] = Some(Value::Text("rtsp://10.0.0.1/secret".to_owned()));
    service.commit(vec![Change::Put(camera)]).await;
    let columns = format!("/tiles/cameras/{}.mlt", at(15, VINH));
    for path in [path("cameras", at(15, VINH)), columns, "/tiles/cameras.json".to_owned(), "/catalog".to_owned()] {
        let answer = service.get(&path, &[]).await;
        assert_eq!(answer.status, 200);
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(!text.contains("stream_url") && !text.contains("secret"), "{path}: {text}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_readiness_and_metrics_are_told() {
    let service = Service::start().await;
    assert_eq!(service.get("/healthz", &[]).await.json()["status"], "alive");
    assert_eq!(service.get("/readyz", &[]).await.json()["status"], "ready");
    service.get(&path("cameras", at(3, VINH)), &[]).await;
    let metrics = service.get("/metrics", &[]).await;
    let text = String::from_utf8(metrics.body).expect("text");
    assert!(text.contains("citylayers_features{layer=\"cameras\"} 0"), "{text}");
    assert!(text.contains("citylayers_http_requests_total"), "{text}");
    service.stop().await;
}
