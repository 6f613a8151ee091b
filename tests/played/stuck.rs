//! Many who listen and never read: the service answers as before, and nothing piles up for them.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::json;

use super::town::Town;

/// Who never read.
const STUCK: usize = 40;

/// Requests, each with as many readings: told to one of them they come to some 15 MB.
const ROUNDS: i64 = 20;
const TOGETHER: usize = 5_000;

/// More than the memory of what happened, the newest values and the cache of texts take; a queue for each of them would take 600 MB.
const MOST: u64 = 250 << 20;

#[test]
fn nothing_piles_up_for_those_who_never_read() {
    let town = Town::demo(&["street_lights"]);
    let lamps = town.features("street_lights");
    let ids: Vec<String> = lamps.iter().take(TOGETHER).map(super::id).collect();
    assert_eq!(ids.len(), TOGETHER, "lamps of the demo");
    let host = town.url.strip_prefix("http://").expect("a host");
    let stuck: Vec<TcpStream> = (0..STUCK)
        .map(|_| {
            let mut stream = TcpStream::connect(host).expect("connects");
            stream.write_all(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("asked");
            stream
        })
        .collect();
    let before = town.resident_bytes();
    let start = Utc::now() - TimeDelta::days(1);
    let mut slowest = Duration::ZERO;
    for round in 0..ROUNDS {
        let time = (start + TimeDelta::seconds(round)).to_rfc3339_opts(SecondsFormat::Millis, true);
        let line = |id: &String| json!({"layer": "street_lights", "feature": id, "time": time, "values": {"lit": round % 2, "power_w": round}});
        let lines: Vec<String> = ids.iter().map(|id| line(id).to_string()).collect();
        let (status, answer) = town.post(&lines.join("\n"));
        assert_eq!((status, &answer["accepted"]), (200, &json!(TOGETHER)));
        let asked = Instant::now();
        assert_eq!(town.json("/healthz")["status"], "alive");
        slowest = slowest.max(asked.elapsed());
    }
    let grown = town.resident_bytes().saturating_sub(before);
    eprintln!("grown by {} MB, the slowest answer {slowest:?}", grown >> 20);
    assert!(grown < MOST, "{} MB more than before", grown >> 20);
    assert!(slowest < Duration::from_secs(5), "an answer took {slowest:?}");
    drop(stuck);
}
