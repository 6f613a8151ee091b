//! What tiles there are, as a client of OGC API - Tiles reads it: from the collection to the bytes of a tile.

use serde_json::{Value as Json, json};

use super::{linked, with_cameras};

/// Zoom, scale denominator, cell size (metres) and matrix width: OGC 17-083r4, Annex D.1, table D.1.
const MATRICES: [(usize, f64, f64, u64); 4] = [
    (0, 559_082_264.028_717_9, 156_543.033_928_040_97, 1),
    (1, 279_541_132.014_358_9, 78_271.516_964_020_48, 2),
    (10, 545_978.773_465_544_7, 152.874_056_570_352_5, 1024),
    (18, 2_132.729_583_849_784, 0.597_164_283_559_817_3, 262_144),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_client_finds_its_way_to_a_tile() {
    let service = with_cameras(&[[105.67, 18.66], [105.68, 18.67]]).await;
    let json = async |path: &str| service.get(path, &[]).await.json();
    let path =
        |document: &Json, rel: &str| linked(document, rel, &service.url).unwrap_or_else(|| panic!("{rel}: {document}"));
    let collection = json("/collections/cameras").await;
    let tilesets = json(&path(&collection, "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector")).await;
    let [listed] = tilesets["tilesets"].as_array().expect("tilesets").as_slice() else { panic!("one: {tilesets}") };
    assert_eq!(
        (&listed["dataType"], &listed["crs"]),
        (&json!("vector"), &json!("http://www.opengis.net/def/crs/EPSG/0/3857"))
    );
    let tileset = json(&path(listed, "self")).await;
    let corner = |name: &str, axis: usize| tileset["boundingBox"][name][axis].as_f64().expect("degrees");
    for (axis, low, high) in [(0, 105.67, 105.68), (1, 18.66, 18.67)] {
        // To the outside, by some millimetres.
        let beyond = [low - corner("lowerLeft", axis), corner("upperRight", axis) - high];
        assert!(beyond.iter().all(|by| (0.0..3e-7).contains(by)), "{axis}: {beyond:?}");
    }
    let layer = &tileset["layers"][0];
    assert_eq!(layer["id"], "cameras");
    let zoom: u32 = layer["maxTileMatrix"].as_str().and_then(|zoom| zoom.parse().ok()).expect("a zoom");

    let grid = json(&path(&tileset, "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme")).await;
    assert_eq!((&grid["id"], &grid["uri"]), (&json!("WebMercatorQuad"), &listed["tileMatrixSetURI"]));
    let matrices = grid["tileMatrices"].as_array().expect("matrices");
    for (zoom, scale, cell, width) in MATRICES {
        let matrix = &matrices[zoom];
        let number = |name: &str| matrix[name].as_f64().expect(name);
        assert!((number("scaleDenominator") / scale - 1.0).abs() < 1e-9, "{zoom}: {matrix}");
        assert!((number("cellSize") / cell - 1.0).abs() < 1e-9, "{zoom}: {matrix}");
        assert_eq!((&matrix["id"], &matrix["matrixWidth"]), (&json!(zoom.to_string()), &json!(width)));
        let corner =
            [&matrix["pointOfOrigin"][0], &matrix["pointOfOrigin"][1]].map(|number| number.as_f64().expect("metres"));
        assert!(
            (corner[0] + 20_037_508.342_789_2).abs() < 1e-6 && (corner[1] - 20_037_508.342_789_2).abs() < 1e-6,
            "{corner:?}"
        );
    }

    // The column and row as the matrix says, not as our own code does.
    let side = 2_f64.powi(zoom.try_into().expect("a small zoom"));
    let column = ((105.67_f64 + 180.0) / 360.0 * side).floor();
    let row = ((1.0 - 18.66_f64.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * side).floor();
    let template = path(&tileset, "item");
    let tile = template
        .replace("{tileMatrix}", &zoom.to_string())
        .replace("{tileRow}", &row.to_string())
        .replace("{tileCol}", &column.to_string());
    let answer = service.get(&tile, &[]).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/vnd.mapbox-vector-tile"), "{tile}");
    assert!(!answer.unpacked().is_empty(), "{tile} has a camera");
    let beside = tile.replace(&format!("/{column}"), &format!("/{}", column + 40.0));
    assert!(service.get(&beside, &[]).await.unpacked().is_empty(), "{beside} has none");
    service.stop().await;
}
