//! Real feeds, through the program. Skipped, and said so, where the shared data are absent.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Utc};
use citylayers::model::LayerId;
use citylayers::store::Store;
use citylayers::store::gpkg::GeoPackage;
use serde_json::Value as Json;

use super::program::Desk;
use super::support::present;

fn transit(name: &str) -> Option<PathBuf> {
    present::shared(&format!("transit/{name}"))
}

/// A file of a feed as maps, read without the code under test.
fn table(feed: &Path, name: &str) -> Vec<HashMap<String, String>> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(feed).unwrap()).unwrap();
    let mut reader = csv::Reader::from_reader(zip.by_name(name).unwrap());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

fn seconds(time: &str) -> i64 {
    let parts: Vec<i64> = time.split(':').map(|part| part.parse().unwrap()).collect();
    parts[0] * 3_600 + parts[1] * 60 + parts[2]
}

/// Abidjan: 18 agencies, 281 routes, 562 trips, 2,196 stops, 4,549 stop times, 658 frequencies (as its publisher counts).
#[tokio::test]
async fn abidjan_is_taken_whole_and_leaves_when_its_files_say() {
    let Some(feed) = transit("abidjan_gtfs.zip") else { return };
    let desk = Desk::new();
    let report = desk.path("report.json");
    let answer =
        desk.run(["import".as_ref(), feed.as_os_str(), "--gtfs".as_ref(), "--report".as_ref(), report.as_os_str()]);
    assert_eq!(answer.code, 0, "{answer:?}");
    eprintln!("{}", answer.err);
    assert!(answer.err.contains("calendar is over"), "{}", answer.err);
    let report: Json = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert_eq!(report["written"], true);
    let read: BTreeMap<&str, u64> = report["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file["name"].as_str().unwrap(), file["read"].as_u64().unwrap()))
        .collect();
    for (name, rows) in [
        ("agency.txt", 18),
        ("routes.txt", 281),
        ("trips.txt", 562),
        ("stops.txt", 2_196),
        ("stop_times.txt", 4_549),
        ("frequencies.txt", 658),
        ("shapes.txt", 80_946),
    ] {
        assert_eq!(read.get(name), Some(&rows), "{name}");
    }
    let (routes, stops) = (desk.features("bus_routes"), desk.features("bus_stops"));
    eprintln!(
        "{} routes, {} stops, {} refused",
        routes.len(),
        stops.len(),
        report["refusals"].as_array().unwrap().len()
    );
    check_routes(&feed, &routes);
    let ids: BTreeSet<String> = stops.iter().map(|stop| stop["id"].as_str().unwrap().to_owned()).collect();
    let store = GeoPackage::open(&desk.path("city.gpkg")).unwrap();
    let timetable = store.timetable(&LayerId::new("bus_stops").unwrap()).await.unwrap().expect("a timetable");
    assert_eq!(timetable.timezone, chrono_tz::Africa::Abidjan);
    let oracle = Oracle::read(&feed);
    let mut checked = 0;
    for (number, stop) in ids.iter().enumerate().filter(|(number, _)| number % 25 == 0) {
        let place = timetable.stop(stop).expect("a stop of the timetable");
        for from in ["2021-10-04T04:30:00Z", "2021-12-24T21:55:30Z", "2022-05-31T23:00:00Z", "2022-06-02T08:00:00Z"] {
            let from: DateTime<Utc> = from.parse().unwrap();
            let limit = 1 + number % 40;
            let found: Vec<(DateTime<Utc>, String)> =
                timetable.departures(place, from, limit).iter().map(|one| (one.at, one.trip.id.clone())).collect();
            assert_eq!(found, oracle.departures(stop, from, limit), "{stop} from {from}");
            checked += found.len();
        }
    }
    assert!(checked > 1_000, "{checked} departures were compared");
}

fn check_routes(feed: &Path, routes: &[Json]) {
    let agencies: HashMap<String, String> = table(feed, "agency.txt")
        .into_iter()
        .map(|mut row| (row.remove("agency_id").unwrap(), row.remove("agency_name").unwrap()))
        .collect();
    let listed: HashMap<String, HashMap<String, String>> =
        table(feed, "routes.txt").into_iter().map(|row| (row["route_id"].clone(), row)).collect();
    assert!(routes.len() > 250, "{}", routes.len());
    for route in routes {
        let (row, values) = (&listed[route["id"].as_str().unwrap()], &route["properties"]);
        assert_eq!(values["operator"], agencies[&row["agency_id"]].as_str());
        assert_eq!(values["name"].as_str().unwrap_or_default(), row["route_long_name"]);
        assert!(values["length_km"].as_f64().is_some_and(|length| (0.1..200.0).contains(&length)), "{values}");
        assert!(values["first_departure"].is_string() && values["headway_min"].is_i64(), "{values}");
    }
}

/// Everything that ever leaves, out of the files.
struct Oracle {
    /// By stop: service day, seconds of it, trip.
    runs: HashMap<String, Vec<(i64, String)>>,
    days: (NaiveDate, NaiveDate),
}

impl Oracle {
    /// Every service of the feed goes each day from the first to the last, and every trip calls at its stops in the order of its rows.
    fn read(feed: &Path) -> Self {
        let calendar = table(feed, "calendar.txt");
        assert!(calendar.len() == 1 && calendar[0]["sunday"] == "1", "{calendar:?}");
        let day = |name: &str| NaiveDate::parse_from_str(&calendar[0][name], "%Y%m%d").unwrap();
        let mut frequencies: HashMap<String, Vec<(i64, i64, i64)>> = HashMap::new();
        for row in table(feed, "frequencies.txt") {
            let window = (seconds(&row["start_time"]), seconds(&row["end_time"]), row["headway_secs"].parse().unwrap());
            frequencies.entry(row["trip_id"].clone()).or_default().push(window);
        }
        let mut calls: HashMap<String, Vec<(u32, String, String)>> = HashMap::new();
        for row in table(feed, "stop_times.txt") {
            let call = (row["stop_sequence"].parse().unwrap(), row["stop_id"].clone(), row["departure_time"].clone());
            calls.entry(row["trip_id"].clone()).or_default().push(call);
        }
        let mut runs: HashMap<String, Vec<(i64, String)>> = HashMap::new();
        for (trip, mut calls) in calls {
            calls.sort();
            let start = seconds(&calls[0].2);
            let windows = frequencies.get(&trip).cloned().unwrap_or_else(|| vec![(start, start + 1, 1)]);
            let last = calls.len() - 1;
            for (place, (_, stop, time)) in calls.into_iter().enumerate().filter(|(place, _)| *place < last) {
                // Between two timed calls of this feed are untimed ones: they are compared where the feed gives a time.
                assert!(!time.is_empty(), "{trip} {place}");
                for (from, end, headway) in &windows {
                    let mut at = *from;
                    while at < *end {
                        runs.entry(stop.clone()).or_default().push((at + seconds(&time) - start, trip.clone()));
                        at += headway;
                    }
                }
            }
        }
        Self { runs, days: (day("start_date"), day("end_date")) }
    }

    /// Abidjan keeps UTC.
    fn departures(&self, stop: &str, from: DateTime<Utc>, limit: usize) -> Vec<(DateTime<Utc>, String)> {
        let today = from.date_naive();
        let mut all = Vec::new();
        for offset in -2..7 {
            let day = today + Duration::days(offset);
            if day < self.days.0 || day > self.days.1 || day.year() < 2000 {
                continue;
            }
            let midnight = day.and_time(NaiveTime::MIN).and_utc();
            let runs = self.runs.get(stop).into_iter().flatten();
            all.extend(
                runs.map(|(time, trip)| (midnight + Duration::seconds(*time), trip.clone()))
                    .filter(|(at, _)| *at >= from),
            );
        }
        all.sort();
        all.truncate(limit);
        all
    }
}

/// Hà Nội 2018 came without `stop_times.txt`: refused as a feed, and its stops are stops all the same.
#[test]
fn a_feed_without_stop_times_is_refused_and_its_stops_can_be_had() {
    let Some(feed) = transit("hanoi_gtfs_2018_partial_no_stop_times.zip") else { return };
    let desk = Desk::new();
    let plain = desk.import(&feed, "bus_stops", &[]);
    assert_eq!(plain.code, 1, "{plain:?}");
    let answer = desk.run(["import".as_ref(), feed.as_os_str(), "--gtfs".as_ref()]);
    assert_eq!(answer.code, 1, "{answer:?}");
    for word in
        ["stop_times.txt", "agency.txt", "nothing was imported", "citylayers import stops.txt --layer bus_stops"]
    {
        assert!(answer.err.contains(word), "{word}: {}", answer.err);
    }
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&feed).unwrap()).unwrap();
    let mut text = Vec::new();
    std::io::copy(&mut zip.by_name("stops.txt").unwrap(), &mut text).unwrap();
    let stops = desk.write("stops.txt", text);
    let answer = desk.import(&stops, "bus_stops", &[]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(desk.features("bus_stops").len(), 6_495);
}

#[test]
fn words_that_do_not_go_with_a_feed_are_wrong_usage() {
    let desk = Desk::new();
    for (words, part) in [
        (&["import", "feed.zip", "--gtfs", "--layer", "bus_stops"][..], "--layer"),
        (&["import", "feed.zip", "--gtfs", "--mode", "append"], "--mode"),
        (&["import", "feed.zip", "--gtfs", "--stops", "bus_routes"], "point"),
        (&["import", "feed.zip", "--gtfs", "--routes", "nowhere"], "nowhere"),
        (&["import", "feed.zip"], "--layer"),
    ] {
        let answer = desk.run(words);
        assert_eq!(answer.code, 2, "{words:?}: {answer:?}");
        assert!(answer.err.contains(part), "{words:?}: {answer:?}");
    }
    let answer = desk.run(["import", "feed.zip", "--gtfs"]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(answer.err.contains("feed.zip"), "{answer:?}");
}
