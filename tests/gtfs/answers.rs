//! The timetable over HTTP, and one commit for all of a feed.

use std::sync::Arc;

use citylayers::city::City;
use citylayers::ingest::gtfs::Feed;
use citylayers::model::Change;
use citylayers::store::postgis::PostGis;
use serde_json::{Value as Json, json};

use super::support::database::Database;
use super::support::service::Service;
use super::{read_files, shipped, with};

async fn with_feed(changes: &[(&str, &str)]) -> Service {
    let service = Service::start().await;
    let Feed { stops, routes, timetable, .. } = read_files(&with(changes), 0.0).unwrap();
    let changes = vec![
        Change::Replace(Arc::new(routes)),
        Change::Replace(Arc::new(stops)),
        Change::Timetable(Arc::new(timetable)),
    ];
    service.commit(changes).await;
    service
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_tells_what_leaves_next_on_the_clocks_of_the_place() {
    let service = with_feed(&[]).await;
    let of = |stop: &str, query: &str| format!("/collections/bus_stops/items/{stop}/departures?{query}");
    let told = service.get(&of("B", "datetime=2026-11-27T06:45:00%2B07:00&limit=2"), &[]).await.json();
    let departures = &told["departures"];
    assert_eq!(
        departures[0],
        json!({"time": "2026-11-27T07:00:00+07:00", "route": "R1", "name": "01", "headsign": "Cửa Lò", "direction": 0, "trip": "T1",
            "stop": "B1", "service_date": "2026-11-27", "headway_s": 1800, "approximate": false})
    );
    assert_eq!(
        departures[1],
        json!({"time": "2026-11-28T00:50:00+07:00", "route": "R2", "name": "N2", "headsign": "Chợ", "direction": 0, "trip": "N1",
            "stop": "B2", "service_date": "2026-11-27", "headway_s": null, "approximate": false})
    );
    assert_eq!((&told["numberReturned"], &told["timezone"]), (&json!(2), &json!("Asia/Ho_Chi_Minh")));
    assert_eq!(told["calendar"], json!({"from": "2026-01-01", "to": "2026-12-31", "state": "current"}));
    assert_eq!(told["message"], Json::Null);
    // A blank is the plus that somebody did not escape, and another offset is another way to say it.
    for datetime in ["2026-11-27T06:45:00+07:00", "2026-11-26T23:45:00Z"] {
        let same = service.get(&of("B", &format!("datetime={datetime}&limit=2")), &[]).await.json();
        assert_eq!(&same["departures"], departures, "{datetime}");
    }
    let expired = service.get(&of("B1", "datetime=2027-03-01T08:00:00%2B07:00"), &[]).await.json();
    assert_eq!((&expired["departures"], &expired["calendar"]["state"]), (&json!([]), &json!("expired")));
    let message = &expired["message"];
    assert!(message["vi"].as_str().unwrap().contains("hết hạn ngày 31/12/2026"), "{message}");
    assert!(message["en"].as_str().unwrap().contains("ended on 31/12/2026"), "{message}");
    let early = service.get(&of("B1", "datetime=2025-03-01T08:00:00%2B07:00"), &[]).await.json();
    assert_eq!(early["calendar"]["state"], "not-begun");
    for (path, status) in [
        (of("Z", ""), 404),
        (of("B", "datetime=tomorrow"), 400),
        (of("B", "limit=0"), 400),
        (of("B", "from=now"), 400),
        ("/collections/bus_routes/items/R1/departures".to_owned(), 404),
        ("/collections/cameras/items/R1/departures".to_owned(), 404),
        (of("B", "limit=100000"), 200),
        (of("B", "datetime=9999-12-31T23:59:59Z"), 200),
        (of("B", "datetime=0000-01-01T00:00:00Z"), 200),
    ] {
        assert_eq!(service.get(&path, &[]).await.status, status, "{path}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_tells_its_fares_and_the_catalogue_what_has_a_timetable() {
    let fares = [
        (
            "fare_attributes.txt",
            "fare_id,price,currency_type,payment_method,transfers\nlong,12000,VND,0,0\nshort,8000,VND,1,\nall,20000,VND,1,2\n",
        ),
        ("fare_rules.txt", "fare_id,route_id,origin_id,destination_id,contains_id\nlong,R1,1,2,\nshort,R2,,,\n"),
    ];
    let service = with_feed(&fares).await;
    let told = service.get("/collections/bus_routes/items/R1/fares", &[]).await.json();
    assert_eq!(
        told["fares"],
        json!([
            {"id": "long", "price": 12000.0, "currency": "VND", "prepaid": false, "transfers": 0, "agency": null,
                "zones": [{"origin": "1", "destination": "2", "contains": null}]},
            {"id": "all", "price": 20000.0, "currency": "VND", "prepaid": true, "transfers": 2, "agency": null, "zones": []},
        ])
    );
    assert_eq!(service.get("/collections/bus_stops/items/B/fares", &[]).await.status, 404);
    let catalog = service.get("/catalog", &[]).await.json();
    let role = |id: &str| {
        catalog["layers"]
            .as_array()
            .unwrap()
            .iter()
            .find(|layer| layer["id"] == id)
            .map(|layer| layer["timetable"].clone())
    };
    assert_eq!(role("bus_stops"), Some(json!("stops")));
    assert_eq!(role("bus_routes"), Some(json!("routes")));
    assert_eq!(role("cameras"), Some(Json::Null));
    service.stop().await;
}

/// Times that were generated never stand beside features that were not.
#[tokio::test(flavor = "multi_thread")]
async fn a_generated_timetable_goes_with_the_generated_features() {
    let service = Service::start().await;
    let layers = service.catalog.layers().to_vec();
    let few: Vec<_> = layers.iter().filter(|layer| layer.id.as_str().starts_with("bus_")).cloned().collect();
    for mut rows in citylayers::demo::province(1, &few, 1.0) {
        rows.mark_demo(true);
        service.commit(vec![Change::Replace(Arc::new(rows))]).await;
    }
    let timetable = citylayers::demo::buses(1, &layers).expect("a timetable");
    service.commit(vec![Change::Timetable(Arc::new(timetable))]).await;
    let path = "/collections/bus_stops/items/DX-001/departures?datetime=2026-11-23T08:00:00%2B07:00";
    let told = service.get(path, &[]).await.json();
    assert_eq!(told["numberReturned"], 10, "{told}");
    assert_eq!(service.get("/collections/bus_routes/items/01/fares", &[]).await.json()["fares"][0]["currency"], "VND");
    let Feed { routes, .. } = read_files(&with(&[]), 0.0).unwrap();
    service.commit(vec![Change::Replace(Arc::new(routes))]).await;
    assert_eq!(service.get(path, &[]).await.status, 404);
    service.stop().await;
}

/// A feed that one node takes in is heard by the others.
#[tokio::test(flavor = "multi_thread")]
async fn another_node_of_a_postgis_learns_the_timetable() {
    let Some(database) = Database::fresh().await else { return };
    let layers = [shipped("bus_stops"), shipped("bus_routes")];
    let mut nodes = Vec::new();
    for _ in 0..2 {
        let store = Arc::new(PostGis::open(&database.url).await.expect("the database opens"));
        nodes.push(Arc::new(City::open(store, &layers, |_| true, &|_, _| ()).await.expect("the city opens")));
    }
    let listens = Arc::clone(&nodes[1]);
    let mut ear = listens.board().listen(None).expect("from now on");
    let following = tokio::spawn({
        let city = Arc::clone(&listens);
        async move { city.follow().await }
    });
    let Feed { stops, routes, timetable, .. } = read_files(&with(&[]), 0.0).unwrap();
    let timetable = Arc::new(timetable);
    let changes = vec![
        Change::Replace(Arc::new(routes)),
        Change::Replace(Arc::new(stops)),
        Change::Timetable(Arc::clone(&timetable)),
    ];
    nodes[0].commit(changes).await.expect("kept");
    let learned = async {
        while listens.timetable_of_stops(&layers[0].id).is_none() {
            ear.next().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), learned).await.expect("it is heard");
    assert_eq!(listens.timetable_of_stops(&layers[0].id), Some(timetable));
    following.abort();
    for node in nodes {
        node.close().await.expect("the store closes");
    }
}
