//! How long after a reading was sent it is heard and seen, while others come in.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use chrono::Utc;
use citylayers::geo::TileCoord;
use citylayers::model::Rows;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::http::{Connection, Packing};
use crate::request;
use crate::served::Served;

/// Seconds, with ten batches each.
const SECONDS: usize = 15;

/// Readings of a batch: ten of them are 10,000 a second.
const BATCH: usize = 1_000;

/// Sends ten batches a second; each has a reading of one sensor that is watched.
pub async fn latencies(served: &Served, lamps: &Rows) {
    let watched = lamps.id(0).to_owned();
    let place = lamps.arena().world()[lamps.arena().row_vertices(0).start];
    let (voice, ear) = mpsc::channel();
    let address = served.address;
    let name = watched.clone();
    let listening = tokio::spawn(async move {
        let mut stream = TcpStream::connect(address).await.expect("the service answers");
        stream.write_all(b"GET /live?layers=street_lights HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("asked");
        let mut lines = BufReader::new(stream).lines();
        let own = format!("\"feature\":\"{name}\"");
        while let Ok(Some(line)) = lines.next_line().await {
            if line.contains(&own) && voice.send((Instant::now(), line)).is_err() {
                return;
            }
        }
    });
    let mut sender = Connection::open(address).await.expect("the service answers");
    let mut viewer = Connection::open(address).await.expect("the service answers");
    let tile = tile_of(place);
    let (mut told, mut seen, mut acknowledged) = (Vec::new(), Vec::new(), Vec::new());
    for batch in 0..SECONDS * 10 {
        let beat = Instant::now();
        let now = Utc::now();
        let others = (0..BATCH - 1).map(|number| 1 + (batch * BATCH + number) % (lamps.len() - 1));
        let value = batch as f64 + 0.5;
        let readings = std::iter::once((watched.as_str(), now, value));
        let body = request(readings.chain(others.map(|row| (lamps.id(row), now, value))));
        let sent = Instant::now();
        let answer = sender.get(&body).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(answer.body));
        acknowledged.push(sent.elapsed());
        let answer = viewer.get(&crate::http::request(&tile, Packing::Identity)).await.expect("a tile");
        assert!(holds(answer.body, value), "{value} is not in the tile");
        seen.push(sent.elapsed());
        let wait = Duration::from_secs(5);
        let line = loop {
            match ear.try_recv() {
                Ok(line) => break line,
                Err(_nothing) => tokio::time::sleep(Duration::from_millis(1)).await,
            }
            assert!(sent.elapsed() < wait, "nothing is heard");
        };
        assert!(line.1.contains(&format!("\"power_w\":{value}")), "{} instead of {value}", line.1);
        told.push(line.0 - sent);
        tokio::time::sleep(Duration::from_millis(100).saturating_sub(beat.elapsed())).await;
    }
    listening.abort();
    for (what, times) in [("acknowledged", acknowledged), ("seen in a tile", seen), ("heard", told)] {
        print(what, times);
    }
}

/// A value of a tile: a real number as it stands there.
fn holds(tile: &[u8], value: f64) -> bool {
    let bytes = value.to_le_bytes();
    tile.windows(8).any(|window| window == bytes)
}

fn tile_of(place: [u32; 2]) -> String {
    let coord = TileCoord::holding(16, place);
    format!("/tiles/street_lights/16/{}/{}.mvt", coord.x(), coord.y())
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    println!("         10,000 a second, {what:16} p50 {:>9.1?}  p99 {:>9.1?}  max {:>9.1?}", at(50), at(99), at(100));
}
