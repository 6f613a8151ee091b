//! Readings in.

use std::io::Write;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::support::service::Service;
use super::{JSON, free, observing, post, today};

#[tokio::test(flavor = "multi_thread")]
async fn good_readings_are_kept_and_the_others_are_told_with_index_and_reason() {
    let service = observing().await;
    let body = json!([
        free("P-1", &today("10:00:00"), 12.0),
        free("P-9", &today("10:00:00"), 3.0),
        free("P-2", &today("10:00:00"), -1.0),
        {"layer": "air_stations", "feature": "A-1", "values": {"pm25": 31.5, "aqi": 92}},
        {"layer": "vessels", "feature": "NA-1", "time": today("10:00:00"), "lon": 181, "lat": 91},
        7,
    ]);
    let answer = post(&service, &body).await;
    let told = answer.json();
    assert_eq!((answer.status, &told["accepted"]), (200, &json!(2)), "{told}");
    let refused: Vec<(u64, &str)> = told["refused"]
        .as_array()
        .expect("refused")
        .iter()
        .map(|one| (one["index"].as_u64().expect("an index"), one["reason"].as_str().expect("a reason")))
        .collect();
    assert_eq!(refused, [(1, "unknown-feature"), (2, "out-of-range"), (4, "no-place"), (5, "unreadable")]);
    let remembered = service.get("/observations/refused", &[]).await.json();
    let of = |member: &str| -> Vec<Json> {
        remembered["refused"].as_array().expect("refused").iter().map(|one| one[member].clone()).collect()
    };
    assert_eq!(of("reason"), ["unreadable", "no-place", "out-of-range", "unknown-feature"], "the newest first");
    assert_eq!(of("name"), [json!(null), json!("vessels/NA-1"), json!("parking/P-2"), json!("parking/P-9")]);
    let nothing = post(&service, &json!([free("P-9", &today("10:00:00"), 3.0)])).await;
    assert_eq!((nothing.status, &nothing.json()["refusals"][0]["reason"]), (422, &json!("unknown-feature")));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_lists_lines_and_gzip_and_what_is_no_body_is_refused() {
    let service = observing().await;
    let lines = format!("{}\n{}\n", free("P-1", &today("01:00:00"), 1.0), free("P-2", &today("01:00:00"), 2.0));
    let answer = service.send("POST", "/observations", &[("content-type", "application/x-ndjson")], &lines).await;
    assert_eq!((answer.status, &answer.json()["accepted"]), (200, &json!(2)));

    let mut gzip_writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip_writer.write_all(lines.as_bytes()).expect("packed");
    let packed = gzip_writer.finish().expect("packed");
    let gzip = [JSON, ("content-encoding", "gzip")];
    let answer = service.send_bytes("POST", "/observations", &gzip, packed).await;
    assert_eq!((answer.status, &answer.json()["accepted"]), (200, &json!(2)));

    // 26 MiB of blanks: small when packed.
    let mut gzip_writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip_writer.write_all(&vec![b' '; 26 << 20]).expect("packed");
    let bomb = gzip_writer.finish().expect("packed");
    for (headers, body, status) in [
        (vec![JSON, ("content-encoding", "gzip")], bomb, 413),
        (vec![JSON, ("content-encoding", "gzip")], b"no gzip".to_vec(), 400),
        (vec![JSON, ("content-encoding", "br")], b"{}".to_vec(), 415),
        (vec![("content-type", "text/plain")], b"{}".to_vec(), 415),
        (vec![JSON], b"{".to_vec(), 422),
        (vec![JSON], b"[]".to_vec(), 200),
    ] {
        let answer = service.send_bytes("POST", "/observations", &headers, body).await;
        assert_eq!(answer.status, status, "{headers:?}: {}", String::from_utf8_lossy(&answer.body));
    }
    assert_eq!(service.get("/observations", &[]).await.status, 405);
    assert_eq!(service.send("POST", "/observations?x=1", &[JSON], "[]").await.status, 400);
    service.stop().await;
    let closed = Service::start().await;
    let off = post(&closed, &json!([])).await;
    assert_eq!((off.status, off.header("allow")), (405, "OPTIONS"), "switched off");
    closed.stop().await;
}

/// How many names beside values were left out so far.
async fn left_out(service: &Service) -> u64 {
    let metrics = String::from_utf8(service.get("/metrics", &[]).await.body).expect("text");
    let line = "citylayers_observations_left_out_total{way=\"http\"} ";
    metrics.lines().find_map(|text| text.strip_prefix(line)).map_or(0, |count| count.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn values_may_stand_beside_the_time_with_whatever_else_a_device_sends() {
    let service = observing().await;
    let before = left_out(&service).await;
    let body = json!([
        {"layer": "parking", "feature": "P-1", "time": today("10:00:00"), "free": 7, "battery": 3.61, "rssi": -71, "id": "0xA1"},
        {"layer": "vessels", "feature": "NA-1", "time": today("10:00:00"), "lon": 106.1, "lat": 18.8, "seq": 12},
        {"layer": "parking", "feature": "P-1", "time": today("11:00:00"), "battery": 3.61},
        {"layer": "parking", "feature": "P-1", "time": today("11:00:00"), "values": {"free": 7, "battery": 3.61}},
        {"layer": "parking", "feature": "P-1", "time": today("11:00:00"), "values": {"free": 7}, "battery": 3.61},
    ]);
    let bytes = ["\u{feff}".as_bytes(), body.to_string().as_bytes()].concat();
    let answer = service.send_bytes("POST", "/observations", &[JSON], bytes).await;
    let told = answer.json();
    assert_eq!((answer.status, &told["accepted"], &told["left_out"]), (200, &json!(2), &json!(4)), "{told}");
    let refused: Vec<(&Json, &Json)> =
        told["refused"].as_array().expect("refused").iter().map(|one| (&one["index"], &one["reason"])).collect();
    let unknown = json!("unknown-property");
    assert_eq!(refused, [(&json!(2), &unknown), (&json!(3), &unknown), (&json!(4), &unknown)]);
    let kept = service.get("/collections/parking/items/P-1/observations?limit=10", &[]).await.json();
    assert_eq!(kept["observations"], json!([{"time": today("10:00:00.000"), "free": 7.0}]));
    assert_eq!(left_out(&service).await, before + 4);
    let none = post(&service, &json!([free("P-1", &today("12:00:00"), 3.0)])).await.json();
    assert_eq!(none, json!({"accepted": 1, "refused": []}), "nothing was left out");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_somebody_else_does_not_write() {
    let service = observing().await;
    let body = json!([free("P-1", &today("10:00:00"), 12.0)]).to_string();
    let own = service.url.clone();
    for (headers, status) in [
        (vec![("origin", "https://evil.example")], 403),
        (vec![("origin", "null")], 403),
        (vec![("origin", "https://evil.example"), ("x-forwarded-host", "evil.example")], 403),
        (vec![("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")], 403),
        (vec![("sec-fetch-site", "cross-site")], 403),
        (vec![("origin", own.as_str())], 200),
        (vec![("origin", "https://map.example"), ("sec-fetch-site", "same-origin")], 200),
        (vec![], 200),
    ] {
        let headers: Vec<_> = headers.into_iter().chain([JSON]).collect();
        let answer = service.send("POST", "/observations", &headers, &body).await;
        assert_eq!(answer.status, status, "{headers:?}: {}", String::from_utf8_lossy(&answer.body));
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_very_many_entities_is_refused_at_once_and_few_of_many_refusals_are_listed() {
    let service = observing().await;
    let many = |count: usize| format!("[{}{{}}]", "{},".repeat(count - 1));
    let upsert = "/ngsi-ld/v1/entityOperations/upsert";
    let refused = service.send("POST", upsert, &[JSON], &many(250_001)).await;
    assert_eq!(refused.status, 400, "{}", String::from_utf8_lossy(&refused.body));
    let told = service.send("POST", upsert, &[JSON], &many(20_000)).await.json();
    let [success, errors] = ["success", "errors"].map(|name| told[name].as_array().expect("a list").len());
    assert_eq!((success, errors), (0, 10_000));
    service.stop().await;
}

/// Many send at once: what is acknowledged is there, and they share commits.
#[tokio::test(flavor = "multi_thread")]
async fn what_many_send_at_once_is_all_kept() {
    let service = Arc::new(observing().await);
    let before = service.city.board().revision().0;
    let senders = (0..16).map(|sender| {
        let service = Arc::clone(&service);
        tokio::spawn(async move {
            for number in 0..25 {
                let time = today(&format!("{sender:02}:{number:02}:00"));
                let answer = post(&service, &free("P-1", &time, f64::from(number))).await;
                assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.expect("a sender ends");
    }
    // One by one they would have been 400: whoever was taken along does not wait for a turn.
    let commits = service.city.board().revision().0 - before;
    assert!(commits < 300, "{commits} commits for 400 readings of 16 senders");
    let path = "/collections/parking/items/P-1/observations?limit=1000";
    assert_eq!(service.get(path, &[]).await.json()["numberReturned"], 400);
    Arc::into_inner(service).expect("nobody else has it").stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vessel_is_where_it_was_last_whatever_comes_late() {
    let service = observing().await;
    let seen = |clock: &str, lon: f64, lat: f64| json!({"layer": "vessels", "feature": "NA-1", "time": today(clock), "lon": lon, "lat": lat, "values": {"speed_kn": 7.5}});
    for (reading, expected) in [
        (seen("08:00:00", 106.1, 18.8), [106.1, 18.8]),
        (seen("07:00:00", 106.5, 18.5), [106.1, 18.8]),
        (seen("09:00:00", 106.2, 18.7), [106.2, 18.7]),
        (seen("09:00:00", 107.0, 17.0), [106.2, 18.7]),
    ] {
        assert_eq!(post(&service, &reading).await.status, 200);
        let feature = service.get("/collections/vessels/items/NA-1", &[]).await.json();
        assert_eq!(feature["geometry"]["coordinates"], json!(expected), "{reading}");
    }
    let near = service.get("/collections/vessels/items?bbox=106.19,18.69,106.21,18.71", &[]).await.json();
    assert_eq!(near["numberMatched"], 1);
    let track = service.get("/collections/vessels/items/NA-1/track", &[]).await.json();
    assert_eq!(
        track["geometry"]["coordinates"],
        json!([[[106.5, 18.5], [106.5, 18.5]], [[106.1, 18.8], [106.1, 18.8]], [[106.2, 18.7], [106.2, 18.7]]]),
        "an hour without a word is a gap"
    );
    let whole = service.get("/collections/vessels/items/NA-1/track?gap=60", &[]).await.json();
    assert_eq!(whole["geometry"]["coordinates"], json!([[[106.5, 18.5], [106.1, 18.8], [106.2, 18.7]]]));
    assert_eq!(whole["properties"]["datetimes"][0].as_array().map(Vec::len), Some(3));
    assert_eq!(service.get("/collections/parking/items/P-1/track", &[]).await.status, 404);
    service.stop().await;
}
