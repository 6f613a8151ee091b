//! Rules made, changed and taken away while the service runs; and what a restart remembers.

use serde_json::{Value as Json, json};

use super::support::service::Service;
use super::{act, alerts, aqi, by, control_room, of, told};

fn rule(id: &str, above: f64) -> Json {
    json!({"id": id, "title": {"vi": "Thử", "en": "Trial"}, "layer": "air_stations", "severity": "Extreme",
        "when": {"type": "threshold", "property": "aqi", "above": above}})
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_made_changed_and_taken_away() {
    let service = control_room().await;
    aqi(&service, "A-1", 90.0).await;
    let made = service.post("/rules", &rule("trial", 80.0)).await;
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
    assert!(made.header("location").ends_with("/rules/trial"));
    service.city.tick(chrono::Utc::now()).await.unwrap();
    assert_eq!(told(&alerts(&service, "").await), [of("trial", "A-1", "raised")], "it was beyond it already");

    assert_eq!(service.post("/rules", &rule("trial", 80.0)).await.status, 409, "twice");
    assert_eq!(service.post("/rules", &rule("air_silent", 80.0)).await.status, 409, "it stands in a file");
    let wrong = service
        .post(
            "/rules",
            &json!({"id": "x", "title": {"vi": "a", "en": "b"}, "layer": "nowhere",
        "severity": "Minor", "when": {"type": "threshold", "property": "aqi"}}),
        )
        .await;
    assert_eq!((wrong.status, wrong.json()["refusals"].as_array().unwrap().len()), (422, 2), "everything is told");
    assert_eq!(service.post("/rules", &json!({"id": "x", "whn": 1})).await.status, 400);

    let body = rule("trial", 200.0).to_string();
    assert_eq!(service.send("PUT", "/rules/trial", &[JSON], &body).await.status, 200);
    assert_eq!(service.send("PUT", "/rules/other", &[JSON], &body).await.status, 400);
    assert_eq!(service.send("PUT", "/rules/absent", &[JSON], &rule("absent", 1.0).to_string()).await.status, 404);
    aqi(&service, "A-2", 90.0).await;
    aqi(&service, "A-1", 91.0).await;
    let open = alerts(&service, "").await;
    assert!(open.is_empty(), "below the new threshold it is over: {:?}", told(&open));
    let known = service.get("/rules/trial", &[]).await.json();
    assert_eq!((&known["when"]["above"], &known["in_file"]), (&json!(200.0), &json!(false)));

    assert_eq!(service.send("DELETE", "/rules/trial", &[], "").await.status, 204);
    assert_eq!(service.send("DELETE", "/rules/trial", &[], "").await.status, 404);
    assert_eq!(service.send("DELETE", "/rules/air_silent", &[], "").await.status, 409);
    let all = service.get("/rules", &[]).await.json();
    assert!(all["rules"].as_array().unwrap().iter().all(|rule| rule["in_file"] == true));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_remembers_alerts_rules_and_what_was_ended() {
    let service = control_room().await;
    aqi(&service, "A-1", 230.0).await;
    aqi(&service, "A-2", 230.0).await;
    let open = alerts(&service, "?bbox=105.7,19,106,20").await;
    let ended = open[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(act(&service, &ended, "resolve", by("Lan")).await.status, 200);
    assert_eq!(service.post("/rules", &rule("trial", 300.0)).await.status, 201);
    let service = Service::again(service).await;
    assert_eq!(told(&alerts(&service, "").await), [of("air_very_unhealthy", "A-1", "raised")]);
    assert_eq!(service.get("/rules/trial", &[]).await.status, 200);
    for station in ["A-1", "A-2"] {
        aqi(&service, station, 240.0).await;
    }
    service.city.tick(chrono::Utc::now()).await.unwrap();
    assert_eq!(
        told(&alerts(&service, "").await),
        [of("air_very_unhealthy", "A-1", "raised")],
        "no second one of either"
    );
    assert_eq!(alerts(&service, "?status=resolved").await.len(), 1);
    service.stop().await;
}
