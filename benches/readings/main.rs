//! Readings of sensors over HTTP and by MQTT, durable when they are acknowledged: how many a second, beside SQLite alone; and how long
//! after it was sent one is heard by a listener and seen in a tile, while 10,000 a second come in. And the memory of 100,000 sensors.
//!
//! `cargo bench --bench readings`
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    reason = "figures of a bench"
)]

mod beside;
mod heard;
#[path = "../peers/http.rs"]
#[allow(dead_code, reason = "no tiles are compared")]
mod http;
#[path = "../measure/mod.rs"]
mod measure;
mod memory;
mod messages;
mod relayed;
#[path = "../questions/served.rs"]
mod served;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use citylayers::demo::synthetic;
use citylayers::model::{FeatureId, Rows};
use citylayers::store::Span;
use http::Connection;
use measure::{SEED, layer};
use served::{Served, serve};
use tokio::runtime::Runtime;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Readings of a request.
const TOGETHER: usize = 1_000;

/// Connections that send at once.
const SENDERS: usize = 16;

/// Rounds of all sensors, each a second of the city after the one before.
fn rounds(sensors: usize) -> usize {
    (1_000_000 / sensors).max(2)
}

fn main() {
    memory::print(&synthetic::points(SEED, 100_000, &layer("street_lights")));
    println!("Readings a second:");
    for sensors in [1_000, 10_000, 100_000] {
        let runtime = Runtime::new().expect("a runtime");
        let lamps = synthetic::points(SEED, u32::try_from(sensors).expect("few"), &layer("street_lights"));
        let served = serve(&runtime, std::slice::from_ref(&lamps));
        let start = Utc::now() - TimeDelta::days(3);
        let later = |days: i64| start + TimeDelta::days(days);
        let readings = sensors * rounds(sensors);
        let print = |what: &str, took: Duration| {
            println!("{sensors:>8} sensors, {what:32} {:>10.0}", readings as f64 / took.as_secs_f64());
        };
        print("HTTP", runtime.block_on(send(served.address, &bodies(&lamps, start))));
        runtime.block_on(check(&served, &lamps));
        print("SQLite alone", beside::sqlite(&lamps, rounds(sensors), TOGETHER * SENDERS));
        print("MQTT, the packets ready", runtime.block_on(relayed::by_mqtt(&served, &lamps, later(1), readings)));
        match runtime.block_on(messages::by_mqtt(&served, &lamps, later(2), readings)) {
            Some(took) => print("MQTT through mosquitto", took),
            None => println!("there is no mosquitto"),
        }
        if let Some(took) = runtime.block_on(messages::broker_alone(&lamps, later(2), readings)) {
            print("mosquitto alone", took);
        }
        if sensors == 10_000 {
            runtime.block_on(heard::latencies(&served, &lamps));
        }
        served.stop(&runtime);
    }
}

/// The requests, in the order in which a city would send them.
fn bodies(lamps: &Rows, start: DateTime<Utc>) -> Vec<Vec<u8>> {
    let mut bodies = Vec::new();
    for round in 0..rounds(lamps.len()) {
        let time = start + TimeDelta::seconds(i64::try_from(round).expect("few"));
        let ids: Vec<usize> = (0..lamps.len()).collect();
        for some in ids.chunks(TOGETHER) {
            bodies.push(request(some.iter().map(|&row| (lamps.id(row), time, (row + round) as f64 % 200.0))));
        }
    }
    bodies
}

/// A POST of readings.
pub fn request<'a>(readings: impl Iterator<Item = (&'a str, DateTime<Utc>, f64)>) -> Vec<u8> {
    let one = |(id, time, power): (&str, DateTime<Utc>, f64)| {
        let time = time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        format!(
            r#"{{"layer":"street_lights","feature":"{id}","time":"{time}","values":{{"lit":1,"power_w":{power}}}}}"#
        )
    };
    let body = format!("[{}]", readings.map(one).collect::<Vec<_>>().join(","));
    let length = body.len();
    format!("POST /observations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// Sends all of them over some connections, each waiting for the answer before it sends the next.
async fn send(address: SocketAddr, bodies: &[Vec<u8>]) -> Duration {
    let start = Instant::now();
    let senders = (0..SENDERS).map(|sender| async move {
        let mut connection = Connection::open(address).await.expect("the service answers");
        for body in bodies.iter().skip(sender).step_by(SENDERS) {
            let answer = connection.get(body).await.expect("an answer");
            let text = String::from_utf8_lossy(answer.body).into_owned();
            assert!(answer.status == 200 && text.contains("\"accepted\":1000,"), "{text}");
        }
    });
    futures_util::future::join_all(senders).await;
    start.elapsed()
}

/// Every reading of some sensors is in the store.
async fn check(served: &Served, lamps: &Rows) {
    for row in (0..lamps.len()).step_by(lamps.len() / 5) {
        let id = FeatureId::new(lamps.id(row)).expect("an id");
        let everything = Span { from: None, to: None, limit: usize::MAX, newest_first: false, placed: false };
        let kept = served.city.observations(&lamps.layer().id, &id, everything).await.expect("readings");
        assert_eq!(kept.len(), rounds(lamps.len()), "of {id}");
    }
}
