//! A day as it is played for those who watch: squeezed, and as if it happened now.

use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value as Json;

use super::alerts::{self, Audience};
use super::day::Day;
use super::mqtt::LAYERS;
use super::town::Town;
use super::{
    expected, groups_add_up, histories_are_whole, shown, tiles_show_what_was_told, tracks_are_whole, yesterday,
};

/// The lines of a day before an hour, as of a day that begins at `start` and passes `speed` times as fast.
fn squeezed(
    text: &str,
    before: DateTime<Utc>,
    (midnight, start): (DateTime<Utc>, DateTime<Utc>),
    speed: i64,
) -> String {
    let lines = text.lines().filter_map(|line| {
        let mut line: Json = serde_json::from_str(line).expect("JSON");
        let time: DateTime<Utc> = line["time"].as_str().and_then(|time| time.parse().ok()).expect("a moment");
        let squeezed = start + TimeDelta::milliseconds((time - midnight).num_milliseconds() / speed);
        line["time"] = squeezed.to_rfc3339_opts(SecondsFormat::Millis, true).into();
        (time < before).then(|| line.to_string() + "\n")
    });
    lines.collect()
}

const MIDNIGHT: &str = "its midnight is told as ";

/// A day in 24 seconds. Nobody is silent, no value is beyond its threshold for minutes; who jitters and what counts at once is told.
#[test]
fn a_squeezed_day_raises_what_counts_at_once() {
    const SPEED: i64 = 3600;
    let rules: Vec<PathBuf> = expected::rules(&LAYERS).into_keys().collect();
    let town = Town::demo_with(&LAYERS, &rules, &[]);
    let (date, midnight) = yesterday();
    let (text, _) = town.run(&["--print", "--on", &date.to_string()]);
    let audience = Audience::new(&town);
    let (_, said) = town.run(&["--play", "--to", &town.url, "--speed", &SPEED.to_string()]);
    let start = said.lines().find_map(|line| line.strip_prefix(MIDNIGHT)).expect("when it began");
    let times = (midnight, start.parse().expect("a moment"));
    let day = Day::read(&squeezed(&text, midnight + TimeDelta::days(1), times, SPEED));
    assert!(said.contains(&format!("{} readings taken, 0 refused", day.lines)), "{said}");
    let told = alerts::are_those_of_the_rules(&town, &day, &LAYERS, audience);
    let count = |rule: &str| told.iter().filter(|alert| alert.rule == rule).count();
    let counts = ["air_very_unhealthy", "vessel_in_protected_area", "air_unhealthy", "parking_full"].map(count);
    assert_eq!(counts, [1, 2, 0, 0], "{told:?}");
}

/// The whole day at the pace at which it is played, 24 minutes of it.
#[test]
#[ignore = "takes 24 minutes: `make test-day`"]
fn a_day_at_sixty_times_its_pace() {
    const SPEED: i64 = 60;
    let rules: Vec<PathBuf> = expected::rules(&super::LAYERS).into_keys().collect();
    let town = Town::demo_with(&super::LAYERS, &rules, &[]);
    let (date, midnight) = yesterday();
    let (text, _) = town.run(&["--print", "--on", &date.to_string()]);
    let audience = Audience::new(&town);
    let (playing, start) = town.start(&["--play", "--to", &town.url], MIDNIGHT);
    let times = (midnight, start.parse().expect("a moment"));
    let day = Day::read(&squeezed(&text, midnight + TimeDelta::days(1), times, SPEED));
    let said = playing.end();
    assert!(said.contains(&format!("{} readings taken, 0 refused", day.lines)), "{said}");
    for layer in super::MEASURED {
        tiles_show_what_was_told(&town, &day, layer, None);
    }
    groups_add_up(&town, &day, "parking", 10, None);
    groups_add_up(&town, &day, "street_lights", 10, None);
    histories_are_whole(&town, &day);
    tracks_are_whole(&town, &day);
    let told = alerts::are_those_of_the_rules(&town, &day, &super::LAYERS, audience);
    eprintln!("{} readings, {} alerts", day.lines, told.len());
    assert!(!told.is_empty());
}

/// The dust of the afternoon at the pace at which a day is played: all that was before it is told at once, and while minutes pass as
/// seconds, its alert comes and goes and the map shows what raised it.
#[test]
fn an_afternoon_at_sixty_times_its_pace() {
    const SPEED: i64 = 60;
    const DUST: &str = "air_very_unhealthy";
    let rules: Vec<PathBuf> = expected::rules(&LAYERS).into_keys().collect();
    let town = Town::demo_with(&LAYERS, &rules, &[]);
    let (date, midnight) = yesterday();
    let (text, _) = town.run(&["--print", "--on", &date.to_string()]);
    let mut audience = Audience::new(&town);
    let words = ["--play", "--to", &town.url, "--from", "13:59", "--until", "14:41"];
    let (mut playing, start) = town.start(&words, MIDNIGHT);
    let times = (midnight, start.parse().expect("a moment"));
    let day = Day::read(&squeezed(&text, midnight + TimeDelta::minutes(14 * 60 + 41), times, SPEED));
    let alert = audience.hear_of(DUST);
    let (station, index) = (&alert["properties"]["feature"], &alert["properties"]["value"]);
    let station = station.as_str().expect("a station");
    let there = town.features("air_stations").iter().find(|one| super::id(one) == station).map(super::place);
    let found = shown(&town, "air_stations", 14, &[there.expect("the station")], "");
    let aqi = super::number(&found[station], "aqi").expect("what it measures");
    assert!(aqi > 200.0 && index.as_f64().expect("a number") > 200.0, "{aqi} on the map, {index} in the alert");
    assert!(playing.goes_on(), "the afternoon was over when its alert was heard of");
    let over = audience.hear_of(DUST);
    assert!(over["properties"]["status"] == "resolved" || over["properties"]["count"] != 1, "{over}");
    let said = playing.end();
    assert!(said.contains(&format!("{} readings taken, 0 refused", day.lines)), "{said}");
    for layer in ["parking", "air_stations", "vessels"] {
        tiles_show_what_was_told(&town, &day, layer, None);
    }
    groups_add_up(&town, &day, "parking", 10, None);
    histories_are_whole(&town, &day);
    tracks_are_whole(&town, &day);
    let told = alerts::are_those_of_the_rules(&town, &day, &LAYERS, audience);
    let dust: Vec<_> = told.iter().filter(|alert| alert.rule == DUST).collect();
    assert!(dust.len() == 1 && dust[0].feature == station && dust[0].over.is_some(), "{dust:?}");
}
