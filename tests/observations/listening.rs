//! What happens, told at once.

use std::io::BufRead;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use citylayers::model::feature::tile_id;
use citylayers::model::{Change, FeatureId};
use serde_json::{Value as Json, json};

use super::support::service::Service;
use super::{at, free, observing, post, today};

/// How long an event is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// An event: its name, its data, and the number after which a connection goes on.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    name: String,
    data: Json,
    id: Option<String>,
}

/// Somebody who listens until they are dropped.
struct Ear {
    events: Receiver<Event>,
    last: Option<String>,
}

impl Ear {
    /// Returns when the service has begun to tell.
    fn open(service: &Service, query: &str, after: Option<&str>) -> Self {
        let mut request = ureq::get(format!("{}/live{query}", service.url));
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let (sender, events) = mpsc::channel();
        let (begun, begins) = mpsc::channel();
        thread::spawn(move || {
            let answer = request.call().expect("the service answers");
            assert_eq!(answer.headers()["content-type"], "text/event-stream");
            let mut event = Event { name: String::new(), data: Json::Null, id: None };
            for line in std::io::BufReader::new(answer.into_body().into_reader()).lines() {
                let Ok(line) = line else { return };
                match line.split_once(": ") {
                    Some(("event", name)) => name.clone_into(&mut event.name),
                    Some(("data", data)) => event.data = serde_json::from_str(data).expect("JSON"),
                    Some(("id", id)) => event.id = Some(id.to_owned()),
                    Some(("retry", _)) => {
                        let _nobody_waits = begun.send(());
                    }
                    _ if line.is_empty() => {
                        let whole =
                            std::mem::replace(&mut event, Event { name: String::new(), data: Json::Null, id: None });
                        if sender.send(whole).is_err() {
                            return;
                        }
                    }
                    _ => {}
                }
            }
        });
        begins.recv_timeout(PATIENCE).expect("the service begins to tell");
        Self { events, last: None }
    }

    /// The next event with a name.
    fn next(&mut self) -> Event {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let event = self.events.recv_timeout(left).expect("an event in time");
            self.last = event.id.clone().or(self.last.take());
            if !event.name.is_empty() {
                return event;
            }
        }
    }

    /// The next event of a name.
    fn next_of(&mut self, name: &str) -> Json {
        loop {
            let event = self.next();
            if event.name == name {
                return event.data;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_and_changes_are_told_to_those_who_want_to_hear_of_them() {
    let service = observing().await;
    let mut all = Ear::open(&service, "", None);
    let mut vinh = Ear::open(&service, "?layers=parking,air_stations&bbox=105.6,18.6,105.8,18.8", None);
    let mut around = Ear::open(&service, "?layers=parking&bbox=179,-90,178,90", None);
    for reading in [free("P-2", &today("10:00:00"), 7.0), free("P-1", &today("10:00:00"), 12.0)] {
        assert_eq!(post(&service, &reading).await.status, 200);
    }
    let of_vinh = vinh.next();
    assert_eq!(of_vinh.name, "observe");
    assert_eq!(
        of_vinh.data,
        json!({"layer": "parking", "feature": "P-1", "tile_id": tile_id("P-1"), "time": today("10:00:00.000"), "values": {"free": 12.0}})
    );
    assert!(of_vinh.id.is_some());
    let mut heard: Vec<Json> = (0..2).map(|_| all.next_of("observe")["feature"].clone()).collect();
    heard.sort_by_key(ToString::to_string);
    assert_eq!(heard, ["P-1", "P-2"]);
    let mut heard: Vec<Json> = (0..2).map(|_| around.next_of("observe")["feature"].clone()).collect();
    heard.sort_by_key(ToString::to_string);
    assert_eq!(heard, ["P-1", "P-2"], "the box crosses the antimeridian");

    // What is late is history, and no news.
    assert_eq!(post(&service, &free("P-1", &today("09:00:00"), 99.0)).await.status, 200);
    assert_eq!(post(&service, &free("P-1", &today("11:00:00"), 13.0)).await.status, 200);
    assert_eq!(all.next_of("observe")["values"], json!({"free": 13.0}));

    let parking = service.layer("parking");
    service.commit(vec![at(&parking, "P-3", [105.7, 18.7])]).await;
    assert_eq!(all.next_of("put"), json!({"layer": "parking", "feature": "P-3"}));
    let tiles = all.next_of("tiles");
    let ranges = tiles["tiles"].as_array().expect("ranges");
    // 105.7, 18.7 by the formula of the Slippy Map: x = (lon + 180) / 360 * 2^z, y = (1 - asinh(tan lat) / pi) / 2 * 2^z.
    assert!(ranges.contains(&json!({"z": 12, "x": [3250, 3250], "y": [1831, 1831]})), "{tiles}");
    let id = FeatureId::new("P-3").expect("an id");
    service.commit(vec![Change::Remove { layer: parking.id.clone(), id }]).await;
    assert_eq!(all.next_of("remove"), json!({"layer": "parking", "feature": "P-3"}));
    drop((all, vinh));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_hears_what_was_missed_or_that_all_must_be_asked_again() {
    let service = observing().await;
    let mut ear = Ear::open(&service, "?layers=parking", None);
    assert_eq!(post(&service, &free("P-1", &today("10:00:00"), 1.0)).await.status, 200);
    ear.next_of("observe");
    let last = ear.last.clone().expect("a number");
    drop(ear);
    for (clock, value) in [("10:01:00", 2.0), ("10:02:00", 3.0)] {
        assert_eq!(post(&service, &free("P-1", &today(clock), value)).await.status, 200);
    }
    assert_eq!(post(&service, &free("P-2", &today("10:02:00"), 5.0)).await.status, 200);
    let mut again = Ear::open(&service, "?layers=parking", Some(&last));
    // The commit that was heard last may be told once more; nothing after it is missing.
    let mut missed = std::collections::BTreeMap::new();
    while missed.len() < 2 || missed["P-1"] != json!(3.0) {
        let told = again.next_of("observe");
        let feature = told["feature"].as_str().expect("a feature").to_owned();
        missed.insert(feature, told["values"]["free"].clone());
    }
    assert_eq!(missed["P-2"], json!(5.0));
    let elsewhere = observing().await;
    let mut ear = Ear::open(&elsewhere, "?layers=parking", None);
    assert_eq!(post(&elsewhere, &free("P-1", &today("10:00:00"), 1.0)).await.status, 200);
    ear.next_of("observe");
    for id in ["999999", ear.last.as_deref().expect("an id")] {
        let mut stranger = Ear::open(&service, "", Some(id));
        assert_eq!(stranger.next().name, "reset", "{id}");
    }
    assert_eq!(service.get("/live?bbox=1,2,3", &[]).await.status, 400);
    assert_eq!(service.get("/live?layers=nothing", &[]).await.status, 400);
    assert_eq!(service.get("/live", &[("last-event-id", "x")]).await.status, 400);
    drop((again, ear));
    elsewhere.stop().await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watches_a_box_is_told_that_somebody_left_it() {
    let service = observing().await;
    let vessels = service.layer("vessels");
    service.commit(vec![at(&vessels, "NA-1", [106.0, 18.8])]).await;
    let mut ear = Ear::open(&service, "?layers=vessels&bbox=105.9,18.7,106.1,18.9", None);
    // Whoever watches the box is not told of what was far away before and after.
    let ways = [
        ("10:00:00", [106.01, 18.8], true),
        ("10:05:00", [107.0, 18.8], true),
        ("10:10:00", [107.1, 18.8], false),
        ("10:15:00", [106.02, 18.8], true),
    ];
    for (clock, [lon, lat], told_of) in ways {
        let reading =
            json!({"layer": "vessels", "feature": "NA-1", "time": today(clock), "values": {}, "lon": lon, "lat": lat});
        assert_eq!(post(&service, &reading).await.status, 200);
        if told_of {
            let told = ear.next_of("observe");
            assert_eq!(
                [&told["lon"], &told["lat"]],
                [&json!(lon), &json!(lat)],
                "not of what was far away before and after"
            );
        }
    }
    drop(ear);
    service.stop().await;
}

/// One reads nothing at all while some 30 MB are told, far more than sockets hold, and the others hear everything.
#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_is_stuck_slows_nobody() {
    use std::io::Write;
    let service = observing().await;
    let lamps = service.layer("street_lights");
    let many = (0..5_000).map(|number| at(&lamps, &format!("L-{number}"), [105.6 + f64::from(number) * 1e-5, 18.67]));
    service.commit(many.collect()).await;
    let mut stuck =
        std::net::TcpStream::connect(service.url.strip_prefix("http://").expect("a host")).expect("connects");
    stuck.write_all(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("asked");
    let mut ear = Ear::open(&service, "?layers=street_lights&bbox=105.5,18.6,105.60001,18.7", None);
    let start = chrono::Utc::now() - chrono::TimeDelta::days(2);
    for part in 0..40 {
        let time = (start + chrono::TimeDelta::seconds(part)).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let of_lamp = |number: u32| json!({"layer": "street_lights", "feature": format!("L-{number}"), "time": time, "values": {"lit": part % 2}});
        let answer = post(&service, &Json::Array((0..5_000).map(of_lamp).collect())).await;
        assert_eq!(answer.json()["accepted"], 5_000);
        // Told before the next ones come: each is a text of its own.
        while ear.next_of("observe")["time"] != time.as_str() {}
    }
    drop((ear, stuck));
    service.stop().await;
}
