//! A seeded day of the demo city, played by the program to the program, against what its lines say by themselves; and days of real
//! car parks and vessels.
#![allow(clippy::cast_precision_loss, reason = "small numbers")]
#![allow(clippy::float_cmp, reason = "what was told comes back to the last bit")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/running.rs"]
mod running;

mod alerts;
mod day;
mod events;
mod expected;
mod mqtt;
mod real;
mod squeezed;
mod stuck;
mod town;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use alerts::Audience;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use citylayers::geo::TileCoord;
use citylayers::geo::mercator::world_point;
use day::Day;
use expected::Expected;
use fast_mvt::MvtValue;
use serde_json::Value as Json;
use support::mvt::{TileFeature, decode};
use town::Town;

const LAYERS: [&str; 8] =
    ["parking", "street_lights", "air_stations", "buses", "vessels", "bus_routes", "protected_areas", "alerts"];

const MEASURED: [&str; 5] = ["parking", "street_lights", "air_stations", "buses", "vessels"];

/// The day before today in Viet Nam, and its midnight.
fn yesterday() -> (NaiveDate, DateTime<Utc>) {
    let date = (Utc::now() + TimeDelta::hours(7) - TimeDelta::days(1)).date_naive();
    (date, date.and_hms_opt(0, 0, 0).expect("midnight").and_utc() - TimeDelta::hours(7))
}

fn number(feature: &TileFeature, key: &str) -> Option<f64> {
    match feature.properties.get(key)? {
        MvtValue::Double(number) => Some(*number),
        MvtValue::UInt(number) => Some(f64::from(u32::try_from(*number).expect("few"))),
        MvtValue::Int(number) => Some(f64::from(i32::try_from(*number).expect("few"))),
        other => panic!("{key} is {other:?}"),
    }
}

fn id(feature: &Json) -> String {
    feature["id"].as_str().map_or_else(|| feature["id"].to_string(), str::to_owned)
}

fn place(feature: &Json) -> [f64; 2] {
    let axis = |number: usize| feature["geometry"]["coordinates"][number].as_f64().expect("a coordinate");
    [axis(0), axis(1)]
}

/// The features of a layer in the tiles that hold these places, each once; groups by their ids.
fn shown(town: &Town, layer: &str, zoom: u8, places: &[[f64; 2]], query: &str) -> BTreeMap<String, TileFeature> {
    let tiles: BTreeSet<TileCoord> = places.iter().map(|place| TileCoord::holding(zoom, world_point(*place))).collect();
    let mut found = BTreeMap::new();
    for tile in tiles {
        let path = format!("/tiles/{layer}/{tile}.mvt{query}");
        let features = decode(&town.bytes(&path), &path).remove(layer).unwrap_or_default();
        found.extend(
            features
                .into_iter()
                .map(|feature| (feature.text("id").map_or_else(|| feature.id.to_string(), str::to_owned), feature)),
        );
    }
    found
}

/// Everything that is told of a layer in tiles at a moment, `None` the present.
fn tiles_show_what_was_told(town: &Town, day: &Day, layer: &str, at: Option<DateTime<Utc>>) {
    let moment = at.unwrap_or_else(Utc::now);
    let query = at.map(|at| format!("?datetime={}", at.to_rfc3339().replace('+', "%2B"))).unwrap_or_default();
    let moving = ["buses", "vessels"].contains(&layer);
    let all: Vec<(String, [f64; 2])> = town
        .features(layer)
        .iter()
        .filter_map(|feature| {
            let id = id(feature);
            let at = if moving { day.place(layer, &id, moment)? } else { place(feature) };
            Some((id, at))
        })
        .collect();
    let places: Vec<[f64; 2]> = all.iter().map(|(_, place)| *place).collect();
    let found = shown(town, layer, 14, &places, &query);
    let mut measured = 0;
    for (id, _) in &all {
        let what = format!("{layer}/{id} at {moment}");
        let feature = found.get(id).unwrap_or_else(|| panic!("{what} is in no tile"));
        let Some((known, last)) = day.known(layer, id, moment) else {
            assert!(!feature.properties.contains_key("age"), "{what}: {feature:?}");
            continue;
        };
        measured += 1;
        for (name, value) in known {
            assert_eq!(number(feature, &name), Some(value), "{what}: {name}");
        }
        let age = number(feature, "age").expect("an age");
        let expected = (moment - last).num_milliseconds() as f64 / 1000.0;
        let slack = if at.is_some() { 1.0 } else { 90.0 };
        assert!((expected - age).abs() <= slack, "{what}: {age} s instead of {expected}");
    }
    assert!(measured > 0, "nothing of {layer} was measured at {moment}");
    if moving {
        let there: BTreeSet<&String> = all.iter().map(|(id, _)| id).collect();
        let strangers: Vec<&String> = found.keys().filter(|id| !there.contains(id)).collect();
        assert!(strangers.is_empty(), "{layer} at {moment}: not told to be anywhere yet: {strangers:?}");
    }
}

/// What a group tells: each total, and of how many features.
type Told = BTreeMap<&'static str, f64>;

/// The groups of a zoom are those of the features, one by one.
fn groups_add_up(town: &Town, day: &Day, layer: &str, zoom: u8, at: Option<DateTime<Utc>>) {
    let moment = at.unwrap_or_else(Utc::now);
    let query = at.map(|at| format!("?datetime={}", at.to_rfc3339().replace('+', "%2B"))).unwrap_or_default();
    let features = town.features(layer);
    let level = u32::from(zoom) + 3; // cells of 64 pixels, 512 to a tile
    let mut cells: BTreeMap<String, (usize, Told)> = BTreeMap::new();
    for feature in &features {
        let [x, y] = world_point(place(feature)).map(|axis| axis >> (32 - level));
        let (count, told) = cells.entry(format!("cluster/{level}/{x}/{y}")).or_default();
        *count += 1;
        let known = day.known(layer, &id(feature), moment).map(|(known, _)| known).unwrap_or_default();
        let mut add = |name: &'static str, value: f64| *told.entry(name).or_default() += value;
        if let Some(free) = known.get("free") {
            add("free", *free);
            add("free_known", 1.0);
        }
        if let Some(lit) = known.get("lit") {
            add("off", f64::from(u8::from(*lit == 0.0)));
            add("lit_known", 1.0);
        }
        if let Some(power) = known.get("power_w") {
            add("power_w", *power);
            add("power_w_known", 1.0);
        }
    }
    let places: Vec<[f64; 2]> = features.iter().map(place).collect();
    let found = shown(town, layer, zoom, &places, &query);
    let mut groups = 0;
    for (id, (count, told)) in cells.iter().filter(|(_, (count, _))| *count > 1) {
        let group = found.get(id).unwrap_or_else(|| panic!("{layer}: {id} is in no tile"));
        assert_eq!(number(group, "point_count"), Some(*count as f64), "{layer}: {id}");
        for (name, value) in told {
            let shown = number(group, name).unwrap_or_else(|| panic!("{layer}: {id} has no {name}: {group:?}"));
            assert!(
                (shown - value).abs() < 1e-6,
                "{layer}: {id} tells {name} = {shown} instead of {value} at {moment}"
            );
        }
        groups += 1;
    }
    // Few car parks are near each other.
    assert!(groups > 0 || (layer == "parking" && zoom > 8), "{layer} has no groups at zoom {zoom}");
}

fn histories_are_whole(town: &Town, day: &Day) {
    for (layer, diary) in &day.layers {
        for (feature, lines) in diary.iter().step_by(diary.len().div_ceil(7)) {
            let base = format!("/collections/{layer}/items/{feature}");
            let history = town.json(&format!("{base}/observations?limit=10000"));
            let told = history["observations"].as_array().expect("observations");
            assert_eq!(told.len(), lines.len(), "{base}");
            for (told, line) in told.iter().zip(lines) {
                let time = DateTime::parse_from_rfc3339(told["time"].as_str().expect("a time")).expect("a moment");
                assert_eq!(time, line.time, "{base}");
                for (name, value) in &line.values {
                    assert_eq!(told[name].as_f64(), Some(*value), "{base}: {name} at {time}");
                }
            }
        }
    }
}

fn tracks_are_whole(town: &Town, day: &Day) {
    for layer in ["buses", "vessels"] {
        for (feature, lines) in day.layers.get(layer).into_iter().flatten() {
            let track = town.json(&format!("/collections/{layer}/items/{feature}/track?gap=20"));
            let geometry = &track["geometry"];
            let stretches: Vec<&Json> = match geometry["type"].as_str() {
                Some("LineString") => vec![&geometry["coordinates"]],
                _ => geometry["coordinates"].as_array().expect("lines").iter().collect(),
            };
            let places: Vec<[f64; 2]> = stretches
                .iter()
                .flat_map(|stretch| stretch.as_array().expect("places"))
                .map(|place| [place[0].as_f64().expect("a longitude"), place[1].as_f64().expect("a latitude")])
                .collect();
            let expected: Vec<[f64; 2]> = lines.iter().filter_map(|line| line.place).collect();
            assert_eq!(places, expected, "{layer}/{feature}");
        }
    }
}

/// The day has what its makers promised.
fn the_day_is_a_day(day: &Day, midnight: DateTime<Utc>) {
    let hours = |hours: i64| midnight + TimeDelta::hours(hours);
    let lit = |at| {
        let lamps = day.layers["street_lights"].keys();
        let known = lamps.filter_map(|lamp| day.known("street_lights", lamp, at)?.0.get("lit").copied());
        let known: Vec<f64> = known.collect();
        known.iter().sum::<f64>() / known.len() as f64
    };
    assert!(
        lit(hours(12)) == 0.0 && (0.9..1.0).contains(&lit(hours(20))),
        "{} at noon, {} at night",
        lit(hours(12)),
        lit(hours(20))
    );
    let silent =
        day.layers["air_stations"].values().filter(|lines| lines.last().is_some_and(|line| line.time < hours(10)));
    assert_eq!(silent.count(), 1, "one station falls silent");
    let jumps =
        day.layers["air_stations"].values().filter(|lines| lines.iter().any(|line| line.values["pm25"] > 120.0));
    assert_eq!(jumps.count(), 1, "one station jumps");
    let still = |lines: &Vec<day::Line>| lines.windows(2).all(|pair| pair[0].place == pair[1].place);
    assert!(day.layers["buses"].values().all(|lines| !still(lines)), "buses drive");
}

/// One vessel goes in and out once, one jitters, nobody else crosses the border.
fn the_border_is_crossed_by_two(town: &Town, day: &Day) {
    use geo::Contains;
    let area = town.json("/collections/protected_areas/items/hon-me");
    let ring = area["geometry"]["coordinates"].as_array().expect("rings");
    let ring = if area["geometry"]["type"] == "MultiPolygon" { &ring[0][0] } else { &ring[0] };
    let corner =
        |corner: &Json| geo_types::Coord { x: corner[0].as_f64().expect("x"), y: corner[1].as_f64().expect("y") };
    let line = geo_types::LineString(ring.as_array().expect("places").iter().map(corner).collect());
    let area = geo_types::Polygon::new(line, Vec::new());
    let mut crossings: Vec<usize> = Vec::new();
    for lines in day.layers["vessels"].values() {
        let inside: Vec<bool> = lines
            .iter()
            .filter_map(|line| line.place)
            .map(|[x, y]| area.contains(&geo_types::Point::new(x, y)))
            .collect();
        let count = inside.windows(2).filter(|pair| pair[0] != pair[1]).count();
        crossings.extend((count > 0).then_some(count));
    }
    crossings.sort_unstable();
    assert!(crossings.len() == 2 && crossings[0] == 2 && crossings[1] > 20, "{crossings:?}");
}

/// What the makers of the day promised, told once each: who sails in and out, who jitters, the dust, the full car park.
fn the_rules_tell_what_happens(told: &[Expected], midnight: DateTime<Utc>) {
    let of = |rule: &str| told.iter().filter(|one| one.rule == rule).collect::<Vec<_>>();
    let hour = |at: DateTime<Utc>| (at - midnight).num_minutes() as f64 / 60.0;
    let vessels = of("vessel_in_protected_area");
    let open: Vec<&&Expected> = vessels.iter().filter(|alert| alert.over.is_none()).collect();
    assert!(vessels.len() == 2 && open.len() == 1 && (10.0..10.1).contains(&hour(open[0].raised)), "{vessels:?}");
    let over = vessels.iter().find_map(|alert| alert.over.map(|over| (hour(alert.raised), hour(over))));
    assert!(over.is_some_and(|(raised, over)| raised > 8.0 && over < 14.0), "{vessels:?}");
    for rule in ["air_unhealthy", "air_very_unhealthy"] {
        let air = of(rule);
        let at = |alert: &Expected| (hour(alert.raised), alert.over.map(hour).expect("it is over"));
        assert!(air.len() == 1 && at(air[0]).0 >= 14.0 && at(air[0]).1 < 15.0, "{air:?}");
    }
    let jitter: Vec<&Expected> = told.iter().filter(|one| one.feature == open[0].feature).collect();
    let count = |rule: &str| jitter.iter().find(|one| one.rule == rule).map(|one| one.count);
    assert!(jitter.len() == 4 && count("vessel_enters") == Some(1), "once with a margin: {jitter:?}");
    assert!(count("vessel_leaves") > Some(20), "each time without one: {jitter:?}");
    let full = of("parking_full");
    assert!(full.iter().any(|alert| (19.0..19.2).contains(&hour(alert.raised))), "{full:?}");
    assert!(full.iter().all(|alert| alert.over.is_some()), "{full:?}");
}

#[test]
fn a_day_is_played_and_told_again() {
    let rules: Vec<PathBuf> = expected::rules(&LAYERS).into_keys().collect();
    let town = Town::demo_with(&LAYERS, &rules, &[]);
    let (date, midnight) = yesterday();
    let date = date.to_string();
    let (text, _) = town.run(&["--print", "--on", &date]);
    let (again, _) = town.run(&["--print", "--on", &date]);
    assert!(text == again, "the same seed tells the same day");
    let day = Day::read(&text);
    the_day_is_a_day(&day, midnight);
    let audience = Audience::new(&town);
    let (_, said) = town.run(&["--play", "--to", &town.url, "--speed", "1000000", "--on", &date]);
    assert!(said.contains(&format!("{} readings taken, 0 refused", day.lines)), "{said}");
    assert_eq!(town.json("/observations/refused")["refused"], serde_json::json!([]));
    for layer in MEASURED {
        tiles_show_what_was_told(&town, &day, layer, None);
        for seconds in [3 * 3600 + 7, 9 * 3600 + 1801, 19 * 3600 + 1234] {
            let at = midnight + TimeDelta::seconds(seconds);
            if layer != "buses" || seconds > 7 * 3600 {
                tiles_show_what_was_told(&town, &day, layer, Some(at));
            }
        }
    }
    for at in [None, Some(midnight + TimeDelta::hours(20)), Some(midnight + TimeDelta::hours(10))] {
        for zoom in [8, 10, 12] {
            groups_add_up(&town, &day, "parking", zoom, at);
            groups_add_up(&town, &day, "street_lights", zoom, at);
        }
    }
    histories_are_whole(&town, &day);
    tracks_are_whole(&town, &day);
    the_border_is_crossed_by_two(&town, &day);
    let told = alerts::are_those_of_the_rules(&town, &day, &LAYERS, audience);
    the_rules_tell_what_happens(&told, midnight);
}
