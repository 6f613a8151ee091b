//! Filters, sorting, properties as parameters and moments in time, over HTTP.

use citylayers::model::{Change, Feature, Value};
use serde_json::{Value as Json, json};

use super::support::service::Service;
use super::{ids, lamp, linked, ward};

/// 300 cameras along a parallel: names in turn, a direction that one in three has none of.
async fn service() -> Service {
    let service = Service::start().await;
    let layer = service.layer("cameras");
    let names = ["Đường Quang Trung", "duong Lê Lợi", "Ân Thi", "An Dương Vương"];
    let camera = |number: usize| {
        let mut camera: Feature = lamp(&layer, &format!("C-{number}"), [105.0 + number as f64 / 1000.0, 18.7]);
        let field = |name: &str| layer.field_index(name).expect("a field");
        camera.properties[field("name")] = Some(Value::Text(names[number % 4].to_owned()));
        camera.properties[field("kind")] =
            Some(Value::Text(if number.is_multiple_of(2) { "traffic" } else { "flood" }.to_owned()));
        camera.properties[field("direction_deg")] =
            (!number.is_multiple_of(3)).then(|| Value::Real(((number * 7) % 360) as f64));
        Change::Put(camera)
    };
    service.commit((0..300).map(camera).collect()).await;
    service
}

/// A query as a browser sends it: what no URL has is escaped.
fn encoded(query: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte);
    query.bytes().map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

async fn matched(service: &Service, query: &str) -> u64 {
    let answer = service.get(&format!("/collections/cameras/items?limit=1&{}", encoded(query)), &[]).await;
    assert_eq!(answer.status, 200, "{query}: {}", String::from_utf8_lossy(&answer.body));
    answer.json()["numberMatched"].as_u64().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_choose_and_go_together_with_everything_else() {
    let service = service().await;
    let json = json!({"op": "=", "args": [{"property": "kind"}, "flood"]}).to_string();
    let table = [
        ("filter=kind='flood'".to_owned(), 150),
        (format!("filter-lang=cql2-json&filter={json}"), 150),
        ("kind=flood".to_owned(), 150),
        ("kind=flood&filter=direction_deg IS NULL".to_owned(), 50),
        ("filter=NOT (direction_deg > 100)".to_owned(), (0..300).filter(|n| n % 3 > 0 && (n * 7) % 360 <= 100).count() as u64),
        ("filter=CASEI(ACCENTI(name)) LIKE CASEI(ACCENTI('đường%25'))".to_owned(), 150),
        ("name=Ân Thi".to_owned(), 75),
        ("kind=flood&bbox=105.0,18,105.0995,19".to_owned(), 50),
        ("filter=S_INTERSECTS(geometry,BBOX(105.1,18,105.1995,19))".to_owned(), 100),
        ("filter-crs=http://www.opengis.net/def/crs/EPSG/0/4326&filter=S_INTERSECTS(geometry,BBOX(18,105.1,19,105.1995))".to_owned(), 100),
        ("filter=id IN ('C-1','C-7','nobody')".to_owned(), 2),
        ("id=C-7".to_owned(), 1),
        ("direction_deg=7".to_owned(), (0..300).filter(|n| n % 3 > 0 && (n * 7) % 360 == 7).count() as u64),
    ];
    for (query, expected) in table {
        assert_eq!(matched(&service, &query).await, expected, "{query}");
    }
    let pages = service.get("/collections/cameras/items?limit=40&kind=flood", &[]).await.json();
    let next = linked(&pages, "next", &service.url).expect("more");
    assert!(next.contains("kind=flood"), "{next}");
    for query in [
        "filter=nonsense=1",
        "filter=kind=",
        "filter=kind=3",
        "filter=((((",
        "filter-lang=cql&filter=kind='x'",
        "filter=pg_sleep(10)=1",
        "filter=kind='x'; DROP TABLE cameras",
        "direction_deg=x",
        "datetime=yesterday",
        "datetime=2026-01-02/2026-01-01",
        "sortby=nonsense",
        "filter-crs=EPSG:1&filter=kind='x'",
    ] {
        let path = format!("/collections/cameras/items?{}", encoded(query));
        let answer = service.get(&path, &[]).await;
        assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"), "{query}");
    }
    service.stop().await;
}

/// In any order, every feature is met once, and each stands where it should.
#[tokio::test(flavor = "multi_thread")]
async fn pages_are_in_the_order_that_is_asked_for() {
    let service = service().await;
    for (sortby, field, descending) in [
        ("direction_deg", "direction_deg", false),
        ("-direction_deg,name", "direction_deg", true),
        ("name", "name", false),
    ] {
        let mut met: Vec<Json> = Vec::new();
        let mut next = Some(format!("/collections/cameras/items?limit=47&sortby={sortby}"));
        while let Some(path) = next {
            let answer = service.get(&path, &[]).await;
            assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
            let document = answer.json();
            met.extend(document["features"].as_array().expect("features").iter().cloned());
            next = linked(&document, "next", &service.url);
        }
        let mut ids: Vec<&str> = met.iter().map(|feature| feature["id"].as_str().expect("an id")).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((ids.len(), met.len()), (300, 300), "{sortby}");
        let values: Vec<&Json> = met.iter().map(|feature| &feature["properties"][field]).collect();
        let known: Vec<&Json> = values.iter().copied().take_while(|value| !value.is_null()).collect();
        assert!(values[known.len()..].iter().all(|value| value.is_null()), "{sortby}: what has no value is last");
        if field == "name" {
            let names: Vec<&str> = known.iter().map(|value| value.as_str().expect("a text")).collect();
            let turns = names.windows(2).filter(|pair| pair[0] != pair[1]).count();
            assert_eq!((turns, names[0], names[299]), (3, "An Dương Vương", "Đường Quang Trung"), "{names:?}");
        } else {
            let numbers: Vec<f64> = known.iter().map(|value| value.as_f64().expect("a number")).collect();
            let sorted =
                numbers.windows(2).all(|pair| if descending { pair[0] >= pair[1] } else { pair[0] <= pair[1] });
            assert!(sorted && numbers.len() == 200, "{sortby}: {numbers:?}");
        }
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moments_choose_the_units_that_were_in_force() {
    let service = Service::start().await;
    let layer = service.layer("wards");
    let day = |text: &str| Some(Value::Date(text.parse().expect("a day")));
    let made = |id: &str, from: Option<Value>, to: Option<Value>| {
        let mut ward = ward(&layer, id, id, &[[105.0, 18.0], [105.1, 18.0], [105.1, 18.1]]);
        ward.properties[layer.field_index("valid_from").expect("a field")] = from;
        ward.properties[layer.field_index("valid_to").expect("a field")] = to;
        Change::Put(ward)
    };
    service
        .commit(vec![made("1", None, day("2025-06-30")), made("2", day("2025-07-01"), None), made("3", None, None)])
        .await;
    for (datetime, expected) in [
        ("2025-06-30", vec!["1", "3"]),
        ("2025-07-01T00:00:00Z", vec!["2", "3"]),
        ("2025-06-01/2025-08-01", vec!["1", "2", "3"]),
        ("2026-01-01/..", vec!["2", "3"]),
        ("../2020-01-01", vec!["1", "3"]),
    ] {
        let document = service.get(&format!("/collections/wards/items?datetime={datetime}"), &[]).await.json();
        assert_eq!(ids(&document), expected, "{datetime}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn summaries_add_up() {
    let service = service().await;
    let document = service
        .get("/collections/cameras/summary?by=kind&sum=direction_deg&avg=direction_deg&max=direction_deg", &[])
        .await
        .json();
    assert_eq!(document["count"], 300);
    let directions =
        |kind: usize| (0..300_i64).filter(move |n| n % 2 == kind as i64 && n % 3 > 0).map(|n| (n * 7) % 360);
    for group in document["groups"].as_array().expect("groups") {
        let kind = usize::from(group["value"] == "flood");
        let (sum, count) = (directions(kind).sum::<i64>() as f64, directions(kind).count() as f64);
        assert_eq!(
            (group["count"].as_u64(), group["sum"]["direction_deg"].as_f64()),
            (Some(150), Some(sum)),
            "{group}"
        );
        assert_eq!(group["avg"]["direction_deg"].as_f64(), Some(sum / count));
        assert_eq!(group["max"]["direction_deg"].as_f64(), directions(kind).max().map(|most| most as f64));
        assert_eq!(group["title"]["vi"], if kind == 1 { "Mực nước, ngập úng" } else { "Giao thông" });
    }
    let wards = service.layer("wards");
    let square = |west: f64| [[west, 18.0], [west + 0.1, 18.0], [west + 0.1, 19.0], [west, 19.0]];
    let puts = (0..3).map(|number| {
        Change::Put(ward(&wards, &number.to_string(), "x", &square(104.9995 + f64::from(number) / 10.0)))
    });
    service.commit(puts.collect()).await;
    // By its layer, and by its part in planning.
    for (number, layer) in [(0, "wards"), (1, "ward"), (2, "wards")] {
        let document = service
            .get(&format!("/collections/cameras/summary?by=name&within={layer}/{number}&kind=flood"), &[])
            .await
            .json();
        assert_eq!(
            (&document["count"], document["groups"].as_array().map(Vec::len)),
            (&json!(50), Some(2)),
            "{document}"
        );
    }
    for query in [
        "by=nonsense",
        "sum=name",
        "within=wards/9",
        "within=ward/9",
        "within=road/9",
        "within=wards",
        "within=cameras/C-1",
        "nonsense=1",
    ] {
        let answer = service.get(&format!("/collections/cameras/summary?{query}"), &[]).await;
        assert!([400, 404].contains(&answer.status), "{query}");
    }
    service.stop().await;
}
