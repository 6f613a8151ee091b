//! Listeners of `/live`: 10,000 to whom nothing happens and 1,000 who hear of every reading, on one service in a process of its own. Its
//! memory, its processor time, and how long after it was sent a reading is heard.
//!
//! `ulimit -n 65536; cargo bench --bench live`. Each listener is an open file on both sides.
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    reason = "figures of a bench"
)]

#[path = "../peers/http.rs"]
#[allow(dead_code, reason = "no tiles are compared")]
mod http;
mod listeners;
#[path = "../measure/mod.rs"]
mod measure;
mod process;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{SecondsFormat, Utc};
use citylayers::city::City;
use citylayers::demo::synthetic;
use citylayers::model::{Change, Rows};
use citylayers::store::gpkg::GeoPackage;
use http::Connection;
use listeners::Listeners;
use measure::{SEED, layer};
use process::Service;

const IDLE: usize = 10_000;
const BUSY: usize = 1_000;

/// Lamps of the store.
const LAMPS: u32 = 10_000;

/// Readings of a request, of which ten a second are sent.
const TOGETHER: usize = 20;

/// How long is watched.
const WATCHED: Duration = Duration::from_secs(30);

fn main() {
    if !process::may_open(IDLE + BUSY + 500) {
        println!("live: not measured: too few files may be open: `ulimit -n 65536` before `cargo bench --bench live`");
        return;
    }
    let lamps = synthetic::points(SEED, LAMPS, &layer("street_lights"));
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("city.gpkg");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        fill(&store, &lamps).await;
        let service = Service::start(&store);
        let (alone, _) = service.used();
        let idle = Listeners::open(service.address, "?layers=parking", IDLE).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
        let (with_idle, before) = service.used();
        tokio::time::sleep(WATCHED).await;
        let (_, after) = service.used();
        println!(
            "{IDLE} idle: {:.1} kB each, {:.1} % of a core",
            (with_idle.saturating_sub(alone)) as f64 / 1024.0 / IDLE as f64,
            (after - before) * 100.0 / WATCHED.as_secs_f64()
        );
        for (told, query) in [("everything", "?layers=street_lights"), ("a tenth", &*tenth(&lamps))] {
            let mut busy = Listeners::open(service.address, query, BUSY).await;
            let (before_memory, before) = service.used();
            let sent = send(service.address, &lamps).await;
            let (memory, after) = service.used();
            let heard = busy.close(&sent);
            let mut delays = heard.delays;
            delays.sort_unstable();
            let at = |share: usize| delays.get(delays.len().saturating_sub(1) * share / 100).copied().unwrap_or_default();
            println!(
                "{BUSY} busy beside them, told {told} of {} readings/s: p50 {:.1?} p99 {:.1?} max {:.1?}, {:.1} kB more each, {:.0} % of a core, {:.1} MB/s",
                TOGETHER * 10,
                at(50), at(99), at(100),
                memory.saturating_sub(before_memory) as f64 / 1024.0 / BUSY as f64,
                (after - before) * 100.0 / WATCHED.as_secs_f64(),
                heard.bytes as f64 / 1e6 / WATCHED.as_secs_f64(),
            );
            assert!(heard.missed == 0, "{} of the watched readings were not heard", heard.missed);
        }
        drop(idle);
    });
}

async fn fill(store: &std::path::Path, lamps: &Rows) {
    let store = Arc::new(GeoPackage::open(store).expect("the store opens"));
    let city = City::open(store, &[Arc::clone(lamps.layer())], |_| true, &|_, _| ()).await.expect("an empty city");
    city.commit(vec![Change::Replace(Arc::new(lamps.clone()))]).await.expect("kept");
    city.close().await.expect("closed");
}

/// A view in which about a tenth of the lamps stand, the watched one among them.
fn tenth(lamps: &Rows) -> String {
    let places = lamps.arena().lon_lat();
    let [lon, lat] = places[0];
    let mut far: Vec<f64> = places.iter().map(|[x, y]| (x - lon).abs().max((y - lat).abs())).collect();
    far.sort_by(f64::total_cmp);
    let reach = far[far.len() / 10];
    format!("?layers=street_lights&bbox={},{},{},{}", lon - reach, lat - reach, lon + reach, lat + reach)
}

/// Ten requests a second; the first reading of each is of the first lamp and has the number of the request. When each was sent.
async fn send(address: SocketAddr, lamps: &Rows) -> Vec<Instant> {
    let mut connection = Connection::open(address).await.expect("the service answers");
    let mut sent = Vec::new();
    for number in 0..WATCHED.as_secs() as usize * 10 {
        let beat = Instant::now();
        let time = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let rows =
            std::iter::once(0).chain((1..TOGETHER).map(|other| 1 + (number * TOGETHER + other) % (lamps.len() - 1)));
        let readings = rows.map(|row| {
            format!(
                r#"{{"layer":"street_lights","feature":"{}","time":"{time}","values":{{"power_w":{number}}}}}"#,
                lamps.id(row)
            )
        });
        let body = format!("[{}]", readings.collect::<Vec<_>>().join(","));
        let request = format!(
            "POST /observations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        sent.push(Instant::now());
        let answer = connection.get(request.as_bytes()).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(answer.body));
        tokio::time::sleep(Duration::from_millis(100).saturating_sub(beat.elapsed())).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    sent
}
