//! A day as it is played for those who watch: squeezed into seconds, and as if it happened now.

use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value as Json;

use super::alerts::{self, Audience};
use super::day::Day;
use super::mqtt::LAYERS;
use super::town::Town;
use super::{expected, yesterday};

/// A day in 24 seconds.
const SPEED: i64 = 3600;

/// The lines of a day that begins at `start` and is over so much faster.
fn squeezed(text: &str, midnight: DateTime<Utc>, start: DateTime<Utc>) -> String {
    let lines = text.lines().map(|line| {
        let mut line: Json = serde_json::from_str(line).expect("JSON");
        let time: DateTime<Utc> = line["time"].as_str().and_then(|time| time.parse().ok()).expect("a moment");
        let time = start + TimeDelta::milliseconds((time - midnight).num_milliseconds() / SPEED);
        line["time"] = time.to_rfc3339_opts(SecondsFormat::Millis, true).into();
        line.to_string() + "\n"
    });
    lines.collect()
}

/// Nobody is silent, no value is beyond its threshold for minutes; who jitters and what counts at once is told.
#[test]
fn a_squeezed_day_raises_what_counts_at_once() {
    let rules: Vec<PathBuf> = expected::rules(&LAYERS).into_keys().collect();
    let town = Town::demo_with(&LAYERS, &rules, &[]);
    let (date, midnight) = yesterday();
    let (text, _) = town.run(&["--print", "--on", &date.to_string()]);
    let audience = Audience::new(&town);
    let (_, said) = town.run(&["--play", "--to", &town.url, "--speed", &SPEED.to_string()]);
    let start = said.lines().find_map(|line| line.strip_prefix("its midnight is told as ")).expect("when it began");
    let day = Day::read(&squeezed(&text, midnight, start.parse().expect("a moment")));
    assert!(said.contains(&format!("{} readings taken, 0 refused", day.lines)), "{said}");
    let told = alerts::are_those_of_the_rules(&town, &day, &LAYERS, audience);
    let count = |rule: &str| told.iter().filter(|alert| alert.rule == rule).count();
    let counts = ["air_very_unhealthy", "vessel_in_protected_area", "air_unhealthy", "parking_full"].map(count);
    assert_eq!(counts, [1, 2, 0, 0], "{told:?}");
}
