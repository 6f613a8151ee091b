//! Vehicle positions, over real sockets and from a real file. Feeds are written here byte by byte, as the standard says.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::Mutex;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use chrono::Utc;
use citylayers::config::GtfsRealtime;
use citylayers::feed::gtfs_realtime::{Feed, Polled, Refusals};
use citylayers::geo::Geometry;
use citylayers::ingest::reading::ReadingReason;
use citylayers::model::{Change, Feature, FeatureId};
use geo_types::Point;
use serde_json::json;

use super::program::Desk;
use super::support::service::Service;

/// Protocol Buffers, "Encoding": a varint, and the three kinds of fields that are needed.
fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 128 {
        bytes.push(u8::try_from(number % 128).unwrap() | 128);
        number /= 128;
    }
    bytes.push(u8::try_from(number).unwrap());
    bytes
}

fn number(tag: u64, number: u64) -> Vec<u8> {
    [varint(tag << 3), varint(number)].concat()
}

fn float(tag: u64, number: f32) -> Vec<u8> {
    [varint(tag << 3 | 5), number.to_le_bytes().to_vec()].concat()
}

fn bytes(tag: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(tag << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

/// An entity with a vehicle; `more` are fields of its position.
fn vehicle(id: &str, [lon, lat]: [f32; 2], time: u64, more: &[Vec<u8>]) -> Vec<u8> {
    let position = [float(1, lat), float(2, lon), more.concat()].concat();
    let described = bytes(8, &bytes(1, id.as_bytes()));
    let trip = bytes(1, &bytes(5, b"R1"));
    let vehicle = [trip, bytes(2, &position), number(4, 2), number(5, time), described, number(10, 60)].concat();
    [bytes(1, format!("entity {id}").as_bytes()), bytes(4, &vehicle)].concat()
}

fn feed(timestamp: u64, entities: &[Vec<u8>]) -> Vec<u8> {
    let header = [bytes(1, b"2.0"), number(2, 0), number(3, timestamp)].concat();
    let entities: Vec<u8> = entities.iter().flat_map(|entity| bytes(2, entity)).collect();
    // Field 1000 is an extension that nobody here knows.
    [bytes(1, &header), entities, bytes(1_000, b"extension")].concat()
}

/// What the next request gets, and what was asked.
#[derive(Default)]
struct Script {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    asked: Vec<Vec<(String, String)>>,
}

type Shared = web::Data<Mutex<Script>>;

async fn answer(request: HttpRequest, script: Shared) -> HttpResponse {
    let mut script = script.lock().unwrap();
    let header = |(name, value): (&actix_web::http::header::HeaderName, &actix_web::http::header::HeaderValue)| {
        (name.to_string(), value.to_str().unwrap().to_owned())
    };
    let mut asked: Vec<(String, String)> = request.headers().iter().map(header).collect();
    asked.push(("query".to_owned(), request.query_string().to_owned()));
    script.asked.push(asked);
    let mut response = HttpResponse::build(script.status.try_into().unwrap());
    for (name, value) in &script.headers {
        response.insert_header((*name, value.as_str()));
    }
    response.body(script.body.clone())
}

/// A server of feeds on a free port.
fn publisher() -> (String, Shared, ServerHandle) {
    let script: Shared = web::Data::new(Mutex::new(Script { status: 200, ..Script::default() }));
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let shared = script.clone();
    let app = move || App::new().app_data(shared.clone()).default_service(web::to(answer));
    let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
    let handle = server.handle();
    tokio::spawn(server);
    (url, script, handle)
}

async fn with_buses() -> Service {
    let service = Service::start().await;
    let layer = service.layer("buses");
    let bus = |id: &str| {
        Change::Put(Feature {
            layer: layer.id.clone(),
            id: FeatureId::new(id).unwrap(),
            geometry: Geometry::Point(Point::new(105.6, 18.6)),
            properties: vec![None; layer.fields.len()],
        })
    };
    service.commit(vec![bus("XB-1"), bus("XB-2")]).await;
    service
}

fn refusals() -> (Refusals, Arc<Mutex<Vec<ReadingReason>>>) {
    let heard: Arc<Mutex<Vec<ReadingReason>>> = Arc::default();
    let ear = Arc::clone(&heard);
    (Arc::new(move |refused| ear.lock().unwrap().extend(refused.iter().map(|one| one.reason))), heard)
}

#[tokio::test(flavor = "multi_thread")]
async fn vehicles_are_where_the_feed_says_and_each_feed_is_taken_once() {
    let service = with_buses().await;
    let (url, script, handle) = publisher();
    let (refused, heard) = refusals();
    let chosen = GtfsRealtime { url: Some(format!("{url}/vehicles.pb?key=secret")), ..GtfsRealtime::default() };
    let mut follower = Feed::new(&chosen, &service.city, &refused).unwrap();
    let now = u64::try_from(Utc::now().timestamp()).unwrap() - 100;
    let entities = [
        vehicle("XB-1", [105.68, 18.67], now - 3, &[float(3, 271.5), float(5, 10.0)]),
        vehicle("XB-2", [105.7, 18.7], 0, &[]),
        vehicle("stranger", [105.7, 18.7], now, &[]),
        vehicle("XB-2", [205.7, 18.7], now + 1, &[]),
        [vehicle("XB-1", [1.0, 1.0], now + 50, &[]), number(2, 1)].concat(),
        [bytes(1, b"an alert"), bytes(5, b"")].concat(),
    ];
    {
        let mut script = script.lock().unwrap();
        script.body = feed(now, &entities);
        script.headers =
            vec![("etag", "\"one\"".to_owned()), ("last-modified", "Sun, 22 Nov 2026 10:00:00 GMT".to_owned())];
    }
    assert_eq!(follower.poll().await, Ok(Polled::Taken(2, 2)));
    assert_eq!(*heard.lock().unwrap(), [ReadingReason::UnknownFeature, ReadingReason::NoPlace]);
    for (id, place) in [("XB-1", [105.68, 18.67]), ("XB-2", [105.7, 18.7])] {
        let bus = service.get(&format!("/collections/buses/items/{id}"), &[]).await.json();
        assert_eq!(bus["geometry"]["coordinates"], json!(place), "{id}");
    }
    let history = service.get("/collections/buses/items/XB-1/observations", &[]).await.json();
    let told = &history["observations"][0];
    assert_eq!(
        (&told["speed_kmh"], &told["bearing_deg"], &told["occupancy_pct"]),
        (&json!(36.0), &json!(271.5), &json!(60.0)),
        "{told}"
    );
    let time =
        |seconds: u64| chrono::DateTime::from_timestamp(i64::try_from(seconds).unwrap(), 0).unwrap().to_rfc3339();
    let of = |told: &serde_json::Value| {
        chrono::DateTime::parse_from_rfc3339(told["time"].as_str().unwrap()).unwrap().to_rfc3339()
    };
    assert_eq!(of(told), time(now - 3), "the vehicle's own time");
    let other = service.get("/collections/buses/items/XB-2/observations", &[]).await.json();
    assert_eq!(of(&other["observations"][0]), time(now), "else that of the feed");

    // On condition: 304 is as it was.
    script.lock().unwrap().status = 304;
    assert_eq!(follower.poll().await, Ok(Polled::Unchanged));
    {
        let script = script.lock().unwrap();
        let asked = &script.asked[1];
        let has = |name: &str, value: &str| asked.contains(&(name.to_owned(), value.to_owned()));
        assert!(
            has("if-none-match", "\"one\"") && has("if-modified-since", "Sun, 22 Nov 2026 10:00:00 GMT"),
            "{asked:?}"
        );
        assert!(has("query", "key=secret") && script.asked[0].iter().all(|(name, _)| !name.starts_with("if-")));
    }
    // The same or an older timestamp in new bytes is as it was, too.
    let before = service.city.board().revision();
    for timestamp in [now, now - 10] {
        {
            let mut script = script.lock().unwrap();
            (script.status, script.headers) = (200, Vec::new());
            script.body = feed(timestamp, &[vehicle("XB-1", [105.9, 18.9], now + 5, &[])]);
        }
        assert_eq!(follower.poll().await, Ok(Polled::Unchanged));
    }
    assert_eq!(service.city.board().revision(), before, "nothing was written");
    script.lock().unwrap().body = feed(now + 10, &[vehicle("XB-1", [105.9, 18.9], now + 5, &[])]);
    assert_eq!(follower.poll().await, Ok(Polled::Taken(1, 0)));
    let bus = service.get("/collections/buses/items/XB-1", &[]).await.json();
    assert_eq!(bus["geometry"]["coordinates"], json!([105.9, 18.9]));
    handle.stop(true).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_feed_is_told_and_nobody_is_led_elsewhere() {
    let service = with_buses().await;
    let (url, script, handle) = publisher();
    let (elsewhere, other, other_handle) = publisher();
    let (refused, heard) = refusals();
    let chosen = GtfsRealtime { url: Some(url), every: Some(1), ..GtfsRealtime::default() };
    let mut follower = Feed::new(&chosen, &service.city, &refused).unwrap();
    let table = [
        (302, vec![("location", format!("{elsewhere}/other"))], Vec::new(), "/other"),
        (500, Vec::new(), Vec::new(), "500"),
        (404, Vec::new(), b"<html>".to_vec(), "404"),
        (200, Vec::new(), b"<html>no feed</html>".to_vec(), "no GTFS Realtime"),
        (200, Vec::new(), feed(9, &[vehicle("XB-1", [105.0, 18.0], 9, &[])])[..30].to_vec(), "no GTFS Realtime"),
        (200, Vec::new(), vec![0; (16 << 20) + 1], "larger than 16 MiB"),
    ];
    for (status, headers, body, word) in table {
        {
            let mut script = script.lock().unwrap();
            (script.status, script.headers, script.body) = (status, headers, body);
        }
        let told = follower.poll().await.expect_err(word);
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(other.lock().unwrap().asked.is_empty(), "nobody was led there");
    handle.stop(true).await;
    other_handle.stop(true).await;
    assert!(follower.poll().await.is_err(), "nobody is there");
    assert!(heard.lock().unwrap().is_empty());
    for (chosen, word) in [
        (GtfsRealtime::default(), "one of them"),
        (GtfsRealtime { url: Some("ftp://a/b".into()), ..GtfsRealtime::default() }, "http"),
        (GtfsRealtime { url: Some("http://a b/".into()), ..GtfsRealtime::default() }, "no URL"),
        (
            GtfsRealtime { url: Some("http://a/b".into()), layer: Some("cameras".into()), ..GtfsRealtime::default() },
            "cameras",
        ),
        (GtfsRealtime { url: Some("http://a/b".into()), every: Some(0), ..GtfsRealtime::default() }, "every = 0"),
        (
            GtfsRealtime { url: Some("http://a/b".into()), file: Some("b".into()), ..GtfsRealtime::default() },
            "one of them",
        ),
    ] {
        let error = Feed::new(&chosen, &service.city, &refused).err().expect(word).to_string();
        assert!(error.contains(word), "{error}");
    }
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_read_when_it_changed() {
    let service = with_buses().await;
    let (refused, _) = refusals();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vehicles.pb");
    let chosen = GtfsRealtime { file: Some(path.clone()), ..GtfsRealtime::default() };
    let mut follower = Feed::new(&chosen, &service.city, &refused).unwrap();
    assert!(follower.poll().await.is_err(), "it is not there yet");
    let now = u64::try_from(Utc::now().timestamp()).unwrap() - 100;
    let one = |time: u64, lon: f32| feed(time, &[vehicle("XB-1", [lon, 18.67], time, &[])]);
    std::fs::write(&path, one(now, 105.68)).unwrap();
    assert_eq!(follower.poll().await, Ok(Polled::Taken(1, 0)));
    assert_eq!(follower.poll().await, Ok(Polled::Unchanged));
    // Another length, so that a clock of whole seconds sees it, too.
    let longer =
        feed(now + 1, &[vehicle("XB-1", [105.69, 18.67], now + 1, &[]), vehicle("XB-2", [105.7, 18.7], now + 1, &[])]);
    std::fs::write(&path, longer).unwrap();
    assert_eq!(follower.poll().await, Ok(Polled::Taken(2, 0)));
    service.stop().await;
}

/// The program, with a feed in its configuration: whoever listens is told as the file changes.
#[test]
fn the_program_follows_the_feed_of_its_configuration() {
    let desk = Desk::new();
    let buses = desk.write("buses.csv", "id,plate,lon,lat\nXB-1,37B-1,105.60,18.60\n");
    assert_eq!(desk.import(&buses, "buses", &[]).code, 0);
    desk.write("citylayers.toml", "[[gtfs_realtime]]\nfile = \"vehicles.pb\"\nevery = 1\n");
    let mut server = Command::new(env!("CARGO_BIN_EXE_citylayers"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .current_dir(desk.path(""))
        .env("CITYLAYERS_STORE", desk.path("city.gpkg"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("citylayers: serving ").expect("a URL").to_owned();
    let answer = ureq::get(format!("{url}live?layers=buses")).call().expect("the board tells");
    let mut told = BufReader::new(answer.into_body().into_reader()).lines();
    told.next().expect("a first word").expect("a line");
    let now = u64::try_from(Utc::now().timestamp()).unwrap() - 10;
    // Whole or not at all: a file that others read is put in its place.
    desk.write("vehicles.new", feed(now, &[vehicle("XB-1", [105.68, 18.67], now, &[])]));
    std::fs::rename(desk.path("vehicles.new"), desk.path("vehicles.pb")).unwrap();
    let heard = told.map_while(Result::ok).find(|line| line.contains("XB-1") && line.contains("105.68"));
    let ended = server.kill().and_then(|()| server.wait());
    assert!(heard.is_some(), "the bus moved");
    ended.expect("the program ends");
    desk.write("citylayers.toml", "[[gtfs_realtime]]\nfile = \"vehicles.pb\"\nlayer = \"cameras\"\n");
    let refused = desk.run(["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("cameras"), "{refused:?}");
}
