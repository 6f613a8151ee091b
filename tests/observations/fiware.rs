//! Entities of context brokers, among them the published examples of the data models.

use std::io::Read;

use citylayers::model::Change;
use serde_json::{Value as Json, json};

use super::support::present::shared;
use super::support::service::{Answer, Service};
use super::{JSON, at, observing, today};

const LD: (&str, &str) = ("content-type", "application/ld+json");
const UPSERT: &str = "/ngsi-ld/v1/entityOperations/upsert";

async fn send(service: &Service, path: &str, header: (&str, &str), body: &Json) -> Answer {
    service.send("POST", path, &[header], &body.to_string()).await
}

/// The last reading of a feature.
async fn last(service: &Service, layer: &str, feature: &str) -> Json {
    let history = service.get(&format!("/collections/{layer}/items/{feature}/observations?limit=1"), &[]).await.json();
    history["observations"][0].clone()
}

fn park(id: &str, time: &str, free: f64) -> Json {
    let free = json!({"type": "Property", "value": free, "observedAt": time});
    json!({"id": format!("urn:ngsi-ld:OffStreetParking:{id}"), "type": "OffStreetParking", "availableSpotNumber": free})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_taken_entity_by_entity_and_none_is_made() {
    let service = observing().await;
    let all = json!([park("P-1", &today("10:00:00"), 12.0), park("P-2", &today("10:00:00"), 3.0)]);
    assert_eq!(send(&service, UPSERT, LD, &all).await.status, 204);
    assert_eq!(last(&service, "parking", "P-1").await, json!({"time": today("10:00:00.000"), "free": 12.0}));
    let slash = format!("{UPSERT}/?options=update");
    let some = json!([
        park("P-1", &today("11:00:00"), 13.0),
        park("P-9", &today("10:00:00"), 3.0),
        park("P-2", &today("11:00:00"), -1.0)
    ]);
    let answer = send(&service, &slash, JSON, &some).await;
    let told = answer.json();
    assert_eq!((answer.status, &told["success"]), (207, &json!(["urn:ngsi-ld:OffStreetParking:P-1"])), "{told}");
    let errors = told["errors"].as_array().expect("errors");
    let kinds: Vec<(&Json, &Json)> = errors.iter().map(|one| (&one["entityId"], &one["error"]["type"])).collect();
    let kind = |name: &str| json!(format!("https://uri.etsi.org/ngsi-ld/errors/{name}"));
    let id = |name: &str| json!(format!("urn:ngsi-ld:OffStreetParking:{name}"));
    assert_eq!(kinds, [(&id("P-9"), &kind("ResourceNotFound")), (&id("P-2"), &kind("BadRequestData"))]);
    assert_eq!(last(&service, "parking", "P-1").await["free"], 13.0);
    assert_eq!(
        service.get("/collections/parking/items?limit=10", &[]).await.json()["numberMatched"],
        2,
        "none was made"
    );
    let refused = service.get("/observations/refused", &[]).await.json();
    let newest = &refused["refused"][0];
    assert_eq!(
        (&newest["way"], &newest["name"], &newest["reason"]),
        (&json!("fiware"), &id("P-2"), &json!("out-of-range"))
    );
    for (path, header, body, status) in [
        (UPSERT, LD, json!([]), 400),
        (UPSERT, LD, park("P-1", &today("10:00:00"), 1.0), 400),
        (UPSERT, ("content-type", "text/plain"), json!([]), 415),
        ("/ngsi-ld/v1/entityOperations/upsert?options=append", LD, json!([{}]), 400),
        (UPSERT, LD, json!([{}]), 207),
        ("/v2/notify", JSON, json!([]), 400),
        ("/v2/notify", JSON, json!({"data": []}), 200),
    ] {
        let answer = send(&service, path, header, &body).await;
        assert_eq!(answer.status, status, "{path} {body}: {}", String::from_utf8_lossy(&answer.body));
    }
    assert_eq!(service.get(UPSERT, &[]).await.status, 405);
    service.stop().await;
    let closed = Service::start().await;
    assert_eq!(send(&closed, UPSERT, LD, &all).await.status, 405, "switched off");
    closed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_of_both_interfaces_are_readings() {
    let service = observing().await;
    let second = json!({"subscriptionId": "5aeb0ee97d4ef10a12a0262f", "data": [
        {"id": "P-1", "type": "OffStreetParking", "availableSpotNumber": {"type": "Number", "value": 7,
            "metadata": {"TimeInstant": {"type": "DateTime", "value": today("10:00:00")}}}},
        {"id": "P-2", "type": "ParkingSpot", "status": "free", "TimeInstant": today("10:00:00")},
        {"id": "T-1", "type": "Tree", "height": 12}]});
    let told = send(&service, "/v2/notify", JSON, &second).await;
    let document = told.json();
    assert_eq!(
        (told.status, &document["accepted"], &document["refused"][0]["reason"]),
        (200, &json!(2), &json!("unknown-layer"))
    );
    assert_eq!(last(&service, "parking", "P-1").await["free"], 7.0);
    assert_eq!(last(&service, "parking", "P-2").await["free"], 1.0);
    let linked = json!({"id": "urn:ngsi-ld:Notification:1", "type": "Notification", "subscriptionId": "urn:ngsi-ld:Subscription:1",
        "notifiedAt": today("10:00:00"), "data": [{"id": "urn:ngsi-ld:Vehicle:NA-1", "type": "Vehicle",
            "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [106.2, 18.8]}, "observedAt": today("10:00:00")},
            "speed": {"type": "Property", "value": 18.52, "observedAt": today("10:00:00")},
            "heading": {"type": "Property", "value": -1}}]});
    let told = send(&service, "/ngsi-ld/v1/notify", LD, &linked).await;
    assert_eq!((told.status, &told.json()["accepted"]), (200, &json!(1)), "{}", String::from_utf8_lossy(&told.body));
    let seen = last(&service, "vessels", "NA-1").await;
    assert_eq!(
        (&seen["course_deg"], seen["speed_kn"].as_f64().map(|knots| (knots * 1e6).round())),
        (&Json::Null, Some(1e7)),
        "{seen}"
    );
    let vessel = service.get("/collections/vessels/items/NA-1", &[]).await.json();
    assert_eq!(vessel["geometry"]["coordinates"], json!([106.2, 18.8]));
    service.stop().await;
}

/// The codes of UN/CEFACT Recommendation 20 that the shipped layers name, each with a value of which the city's unit is known.
#[tokio::test(flavor = "multi_thread")]
async fn the_shipped_layers_know_the_units_of_their_attributes() {
    let service = observing().await;
    let features = [("air_stations", "T-1"), ("buses", "B-1")];
    service.commit(features.map(|(layer, id)| at(&service.layer(layer), id, [105.7, 18.7])).to_vec()).await;
    let table = [
        ("AirQualityObserved", "T-1", "pm25", 0.035, "GP", "air_stations", "pm25", 35.0),
        ("AirQualityObserved", "T-1", "PM25", 35.0, "GQ", "air_stations", "pm25", 35.0),
        ("AirQualityObserved", "T-1", "PM10", 0.05, "GP", "air_stations", "pm10", 50.0),
        ("AirQualityObserved", "T-1", "temperature", 22.5, "CEL", "air_stations", "temperature", 22.5),
        ("AirQualityObserved", "T-1", "temperature", 300.15, "KEL", "air_stations", "temperature", 27.0),
        ("AirQualityObserved", "T-1", "temperature", 77.0, "FAH", "air_stations", "temperature", 25.0),
        ("AirQualityObserved", "T-1", "relativeHumidity", 54.0, "P1", "air_stations", "humidity", 54.0),
        ("AirQualityObserved", "T-1", "relativeHumidity", 0.54, "C62", "air_stations", "humidity", 54.0),
        ("Vehicle", "B-1", "speed", 36.0, "KMH", "buses", "speed_kmh", 36.0),
        ("Vehicle", "B-1", "speed", 10.0, "MTS", "buses", "speed_kmh", 36.0),
        ("Vehicle", "B-1", "speed", 10.0, "KNT", "buses", "speed_kmh", 18.52),
        ("Vehicle", "B-1", "heading", 90.0, "DD", "buses", "bearing_deg", 90.0),
        ("Vehicle", "NA-1", "speed", 18.52, "KMH", "vessels", "speed_kn", 10.0),
        ("Vehicle", "NA-1", "speed", 463.0 / 90.0, "MTS", "vessels", "speed_kn", 10.0),
        ("Vehicle", "NA-1", "speed", 10.0, "KNT", "vessels", "speed_kn", 10.0),
        ("Vehicle", "NA-1", "heading", std::f64::consts::FRAC_PI_2, "C81", "vessels", "course_deg", 90.0),
    ];
    for (second, (kind, id, name, value, unit, layer, property, expected)) in table.into_iter().enumerate() {
        let mut entity = json!({"id": id, "type": kind});
        entity[name] = json!({"value": value, "unitCode": unit, "observedAt": today(&format!("10:00:{second:02}"))});
        let answer = send(&service, UPSERT, LD, &json!([entity])).await;
        assert_eq!(answer.status, 204, "{name} {unit}: {}", String::from_utf8_lossy(&answer.body));
        let seen = last(&service, layer, id).await;
        let found = seen[property].as_f64().unwrap_or(f64::NAN);
        assert!((found - expected).abs() < 1e-6, "{name} {value} {unit} is {property} {expected}: {seen}");
    }
    let unknown = json!([{"id": "T-1", "type": "AirQualityObserved", "pm25": {"value": 20, "unitCode": "59"}}]);
    let answer = send(&service, UPSERT, LD, &unknown).await;
    assert_eq!((answer.status, &answer.json()["errors"][0]["error"]["reason"]), (207, &json!("unknown-unit")));
    service.stop().await;
}

/// Every published example, in each of its representations, says the same. Their times are too old to be taken and are moved to
/// yesterday; the vehicle is moved to Viet Nam.
#[tokio::test(flavor = "multi_thread")]
async fn the_published_examples_are_readings() {
    let Some(archive) = shared("fiware/fiware_datamodels_examples_schemas.zip") else { return };
    let service = observing().await;
    let features = [
        ("parking", "porto-ParkingLot-23889"),
        ("street_lights", "streetlight:guadalajara:4567"),
        ("air_stations", "28079004-Pza.deEspanya"),
        ("buses", "vehicle:WasteManagement:1"),
        ("parking", "santander:daoiz_velarde_1_5:3"),
    ];
    service
        .commit(
            features.iter().map(|(layer, id)| at(&service.layer(layer), id, [105.7, 18.7])).collect::<Vec<Change>>(),
        )
        .await;
    let noon = today("12:00:00");
    let noon = noon.trim_end_matches('Z');
    let examples = [
        ("Parking/OffStreetParking", 0, json!({"free": 132.0})),
        ("StreetLighting/Streetlight", 1, json!({"lit": 0.0})),
        ("Environment/AirQualityObserved", 2, json!({"aqi": 65.0, "temperature": 12.2, "humidity": 54.0})),
        ("Transportation/Vehicle/Vehicle", 3, json!({"speed_kmh": 50.0})),
        ("Parking/ParkingSpot", 4, json!({"free": 1.0})),
    ];
    let mut zip = zip::ZipArchive::new(std::fs::File::open(archive).expect("the archive")).expect("a zip");
    for (name, feature, expected) in examples {
        for file in ["example.json", "example-normalized.json", "example-normalized-ld.jsonld"] {
            let mut text = String::new();
            let mut member = zip.by_name(&format!("specs/{name}/{file}")).expect("an example");
            member.read_to_string(&mut text).expect("text");
            drop(member);
            for old in ["2018-09-21T12:00:00", "2018-09-27T12:00:00", "2016-03-15T12:00:00", "2016-06-02T09:25:55"] {
                text = text.replace(old, noon);
            }
            let text = text.replace("-3.164485591715449", "105.8").replace("40.62785133667262", "18.8");
            let entity: Json = serde_json::from_str(&text).expect("JSON");
            let answer = send(&service, UPSERT, LD, &json!([entity])).await;
            assert_eq!(answer.status, 204, "{name}/{file}: {}", String::from_utf8_lossy(&answer.body));
            let (layer, id) = features[feature];
            let seen = last(&service, layer, id).await;
            for (property, value) in expected.as_object().expect("values") {
                assert_eq!(&seen[property], value, "{name}/{file}: {seen}");
            }
        }
    }
    let bus = service.get("/collections/buses/items/vehicle:WasteManagement:1", &[]).await.json();
    assert_eq!(bus["geometry"]["coordinates"], json!([105.8, 18.8]));
    service.stop().await;
}
