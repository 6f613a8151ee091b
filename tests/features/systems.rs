//! Coordinates in other systems: to the millimetre, in the order of the authority, there and back.

use citylayers::crs::OgcCrs;
use citylayers::model::Change;
use serde_json::Value as Json;

use super::support::present::shared;
use super::support::service::Service;
use super::{ids, lamp, with_cameras};

const URI: &str = "http://www.opengis.net/def/crs/EPSG/0/";

/// A point of the official seven parameters.
struct Known {
    lon_lat: [f64; 2],
    epsg: String,
    plane: [f64; 2],
}

fn known() -> Option<Vec<Known>> {
    let mut reader = csv::Reader::from_path(shared("vn2000/vn2000_points_dev.csv")?).expect("the points open");
    let known = reader.records().map(|record| {
        let record = record.expect("a row");
        let number = |column: usize| record[column].parse::<f64>().expect("a number");
        Known { lon_lat: [number(1), number(2)], epsg: record[3].to_owned(), plane: [number(4), number(5)] }
    });
    Some(known.collect())
}

fn place(feature: &Json) -> [f64; 2] {
    let number = |axis: usize| feature["geometry"]["coordinates"][axis].as_f64().expect("a number");
    [number(0), number(1)]
}

fn apart(one: [f64; 2], other: [f64; 2]) -> f64 {
    (one[0] - other[0]).hypot(one[1] - other[1])
}

#[tokio::test(flavor = "multi_thread")]
async fn points_are_in_vn_2000_to_the_millimetre_both_ways() {
    let Some(known) = known() else { return };
    let service = Service::with_edits().await;
    let layer = service.layer("cameras");
    for (number, Known { lon_lat, epsg, plane }) in known.iter().enumerate() {
        let id = format!("K-{number}");
        service.commit(vec![Change::Put(lamp(&layer, &id, *lon_lat))]).await;
        let path = format!("/collections/cameras/items/{id}?crs={URI}{epsg}");
        let answer = service.get(&path, &[]).await;
        assert_eq!(answer.header("content-crs"), format!("<{URI}{epsg}>"));
        let found = place(&answer.json());
        assert!(apart(found, *plane) < 0.001, "{path}: {found:?} and not {plane:?}");
        // The same place put in VN-2000 is found there again, and by a box of 2 mm around it.
        let body = format!(
            r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":[{},{}]}},"properties":{{"id":"N-{number}","name":"n","kind":"traffic"}}}}"#,
            plane[0], plane[1]
        );
        let crs = format!("<{URI}{epsg}>");
        let headers = [("content-type", "application/geo+json"), ("content-crs", crs.as_str())];
        let created = service.send("POST", "/collections/cameras/items", &headers, &body).await;
        assert_eq!(created.status, 201, "{}", String::from_utf8_lossy(&created.body));
        let back = service.get(&path.replace("/K-", "/N-"), &[]).await.json();
        assert!(apart(place(&back), *plane) < 0.001, "{id}: {back}");
        let degrees = place(&service.get(&format!("/collections/cameras/items/N-{number}"), &[]).await.json());
        assert!(apart(degrees, *lon_lat) < 1e-8, "{id}: {degrees:?} and not {lon_lat:?}");
        let [x, y] = plane;
        let bbox = format!("bbox={},{},{},{}&bbox-crs=EPSG:{epsg}", x - 0.001, y - 0.001, x + 0.001, y + 0.001);
        let near = service.get(&format!("/collections/cameras/items?{bbox}"), &[]).await.json();
        assert_eq!(ids(&near), [format!("K-{number}"), format!("N-{number}")], "{bbox}");
    }
    service.stop().await;
}

/// A box of a zone is turned against the parallels: what lies in the box of degrees around it is not all in it.
#[tokio::test(flavor = "multi_thread")]
async fn a_box_on_a_plane_is_a_box_there() {
    let transform = OgcCrs::parse("EPSG:9208").expect("a zone").crs().transform().expect("a way");
    let lattice = (0..40).flat_map(|row| {
        (0..40).map(move |column| [450_000.0 + 5_000.0 * f64::from(column), 2_050_000.0 + 5_000.0 * f64::from(row)])
    });
    let lattice: Vec<[f64; 2]> = lattice.collect();
    let places: Vec<[f64; 2]> = lattice.iter().map(|&place| transform.lon_lat(place).expect("a place")).collect();
    let service = with_cameras(&places).await;
    let [west, south, east, north] = [600_500.0, 2_062_000.0, 639_500.0, 2_233_000.0];
    let inside = |[x, y]: [f64; 2]| west < x && x < east && south < y && y < north;
    let expected = lattice.iter().filter(|&&place| inside(place)).count() as u64;
    let path = format!("/collections/cameras/items?limit=1&bbox={west},{south},{east},{north}&bbox-crs={URI}9208");
    let matched = service.get(&path, &[]).await.json()["numberMatched"].as_u64();
    assert_eq!(matched, Some(expected));
    let corners = [[west, south], [east, south], [east, north], [west, north]]
        .map(|place| transform.lon_lat(place).expect("a place"));
    let around = citylayers::geo::BBox::around(corners)
        .expect("four places")
        .to_array()
        .map(|number| number.to_string())
        .join(",");
    let more = service.get(&format!("/collections/cameras/items?limit=1&bbox={around}"), &[]).await.json();
    assert!(more["numberMatched"].as_u64() > Some(expected), "the box of degrees is larger: {more}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axes_come_in_the_order_of_the_authority() {
    let service = with_cameras(&[[105.672, 18.666]]).await;
    let of =
        async |query: &str| place(&service.get(&format!("/collections/cameras/items/C-0{query}"), &[]).await.json());
    assert_eq!(of("").await.map(f64::to_bits), [105.672_f64, 18.666].map(f64::to_bits));
    let bits = of("?crs=http://www.opengis.net/def/crs/OGC/1.3/CRS84").await.map(f64::to_bits);
    assert_eq!(bits, [105.672_f64, 18.666].map(f64::to_bits));
    let bits = of(&format!("?crs={URI}4326")).await.map(f64::to_bits);
    assert_eq!(bits, [18.666_f64, 105.672].map(f64::to_bits));
    let [north, east] = of(&format!("?crs={URI}4756")).await;
    assert!(
        apart([north, east], [18.666, 105.672]) < 0.005 && apart([north, east], [18.666, 105.672]) > 0.001,
        "{north} {east}"
    );
    let mercator = of(&format!("?crs={URI}3857")).await;
    assert!(apart(mercator, [11_763_353.24, 2_116_017.7]) < 2000.0, "{mercator:?}");
    for uri in service.get("/collections/cameras", &[]).await.json()["crs"].as_array().expect("a list") {
        let uri = uri.as_str().expect("a URI");
        let answer = service.get(&format!("/collections/cameras/items?crs={uri}"), &[]).await;
        assert_eq!((answer.status, answer.header("content-crs")), (200, format!("<{uri}>").as_str()));
    }
    service.stop().await;
}
