//! The same day by MQTT, over a real broker, as a day that has just ended: what follows from it is the same.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use rumqttc::QoS;
use serde_json::Value as Json;

use super::alerts::{self, Audience};
use super::day::Day;
use super::running;
use super::support::present;
use super::town::Town;
use super::{expected, the_rules_tell_what_happens, yesterday};

#[path = "../mqtt/broker.rs"]
#[allow(dead_code, reason = "this test uses a part of it")]
mod broker;

use broker::{Mosquitto, Sending, send};

/// Without buses and lamps, of which no rule tells anything that day.
pub const LAYERS: [&str; 5] = ["parking", "air_stations", "vessels", "protected_areas", "alerts"];

const PATIENCE: Duration = Duration::from_mins(2);

/// The lines of a day so much later.
fn later(text: &str, by: TimeDelta) -> String {
    let lines = text.lines().map(|line| {
        let mut line: Json = serde_json::from_str(line).expect("JSON");
        let time: DateTime<Utc> = line["time"].as_str().and_then(|time| time.parse().ok()).expect("a moment");
        line["time"] = (time + by).to_rfc3339_opts(SecondsFormat::Millis, true).into();
        line.to_string() + "\n"
    });
    lines.collect()
}

fn message(line: &str) -> Sending {
    let mut line: Json = serde_json::from_str(line).expect("JSON");
    let fields = line.as_object_mut().expect("an object");
    let mut word = |name| fields.remove(name).and_then(|word| word.as_str().map(str::to_owned)).expect("a word");
    let topic = format!("citylayers/{}/{}", word("layer"), word("feature"));
    Sending { topic, payload: line.to_string(), quality: QoS::AtLeastOnce, retain: false }
}

#[test]
fn a_day_by_mqtt_raises_the_same_alerts() {
    let Some(broker) = Mosquitto::start() else { return };
    let rules: Vec<PathBuf> = expected::rules(&LAYERS).into_keys().collect();
    let town = Town::demo_with(&LAYERS, &rules, &["--mqtt", &broker.url("client=town")]);
    broker.has_subscriber("town");
    let (date, midnight) = yesterday();
    let (text, _) = town.run(&["--print", "--on", &date.to_string()]);
    // A day that ended a moment ago: what is silent has been for long, and nobody else.
    let by = Utc::now() - midnight - TimeDelta::days(1);
    let text = later(&text, by);
    let day = Day::read(&text);
    let audience = Audience::new(&town);
    let sending = tokio::runtime::Runtime::new().expect("a runtime");
    sending.block_on(send(broker.port, text.lines().map(message).collect()));
    let end = Instant::now() + PATIENCE;
    let taken = format!("citylayers_observations_total{{outcome=\"accepted\",way=\"mqtt\"}} {}", day.lines);
    while !String::from_utf8(town.bytes("/metrics")).expect("text").lines().any(|line| line == taken) {
        assert!(Instant::now() < end, "not all of {} readings come", day.lines);
    }
    let told = alerts::are_those_of_the_rules(&town, &day, &LAYERS, audience);
    the_rules_tell_what_happens(&told, midnight + by);
}
