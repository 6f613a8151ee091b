//! What leaves next, by table and against counting everything.

use chrono::{DateTime, Days, NaiveDate, Utc};
use citylayers::model::LayerId;
use citylayers::model::timetable::{CalendarState, Call, Frequency, Service, Timetable, TimetableBuilder};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{read_files, with};

fn moment(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_utc()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// `trip at local time`, as people say it.
fn told(timetable: &Timetable, stop: &str, from: &str, limit: usize) -> Vec<String> {
    let stop = timetable.stop(stop).expect("a stop");
    let found = timetable.departures(stop, moment(from), limit);
    let local = |at: DateTime<Utc>| at.with_timezone(&timetable.timezone).format("%a %H:%M").to_string();
    found.iter().map(|one| format!("{} {}", one.trip.id, local(one.at))).collect()
}

/// Monday is 2026-11-23.
#[test]
fn departures_are_those_of_the_calendar() {
    let timetable = read_files(&with(&[]), 0.0).unwrap().timetable;
    let table: [(&str, &str, usize, &[&str]); 12] = [
        (
            "B1",
            "2026-11-23T05:00:00+07:00",
            9,
            &[
                "T1 Mon 05:30",
                "T1 Mon 06:00",
                "T1 Mon 06:30",
                "T1 Mon 07:00",
                "T1 Tue 05:30",
                "T1 Tue 06:00",
                "T1 Tue 06:30",
                "T1 Tue 07:00",
                "T1 Wed 05:30",
            ],
        ),
        ("B1", "2026-11-23T06:00:00+07:00", 2, &["T1 Mon 06:00", "T1 Mon 06:30"]),
        ("B1", "2026-11-23T06:00:00.001+07:00", 1, &["T1 Mon 06:30"]),
        ("C", "2026-11-23T06:22:00+07:00", 3, &["T1 Mon 06:51", "T2 Mon 06:50", "T1 Mon 07:21"]),
        ("B", "2026-11-27T06:45:00+07:00", 3, &["T1 Fri 07:00", "N1 Sat 00:50", "N1 Sun 00:50"]),
        ("B2", "2026-11-28T00:50:00+07:00", 1, &["N1 Sat 00:50"]),
        ("B2", "2026-11-28T00:51:00+07:00", 1, &["N1 Sun 00:50"]),
        ("D", "2026-11-27T06:31:00+07:00", 1, &["T2 Mon 06:30"]),
        ("B1", "2026-09-01T07:01:00+07:00", 1, &["T1 Thu 05:30"]),
        ("B1", "2026-09-04T07:01:00+07:00", 1, &["T1 Sat 05:30"]),
        ("B1", "2026-12-31T06:59:00+07:00", 9, &["T1 Thu 07:00"]),
        ("B1", "2027-01-01T00:00:00+07:00", 9, &[]),
    ];
    for (stop, from, limit, expected) in table {
        let mut expected: Vec<String> = expected.iter().map(|one| (*one).to_owned()).collect();
        let mut found = told(&timetable, stop, from, limit);
        if stop == "C" {
            expected.sort();
            found.sort();
        }
        assert_eq!(found, expected, "{stop} from {from}");
    }
    assert_eq!(timetable.state_on(day("2025-12-31")), CalendarState::NotBegun);
    assert_eq!(timetable.state_on(day("2026-12-31")), CalendarState::Current);
    assert_eq!(timetable.state_on(day("2027-01-01")), CalendarState::Expired);
}

/// On the night on which clocks change, times still count from twelve hours before noon (GTFS Schedule, "Time").
#[test]
fn clocks_that_change_move_no_departure() {
    let id = |name| LayerId::new(name).unwrap();
    let mut builder = TimetableBuilder::new(id("stops"), id("routes"), chrono_tz::Europe::Berlin);
    builder.route("R", None, None).unwrap();
    builder.stop("A", None);
    builder.stop("B", None);
    builder.service(Service { id: "s".into(), weekdays: 0x7f, span: Some((day("2026-01-01"), day("2026-12-31"))) });
    builder.trip("T", ["R", "s"], None, None).unwrap();
    for (sequence, stop, time) in [(1, "A", 4 * 3_600), (2, "B", 5 * 3_600)] {
        let call = Call { sequence, stop: 0, arrival: time, departure: time, no_pickup: false, approximate: false };
        builder.call("T", stop, call).unwrap();
    }
    let timetable = builder.finish();
    let leaves = |from: &str| timetable.departures(0, moment(from), 1)[0].at.to_rfc3339();
    assert_eq!(leaves("2026-03-27T12:00:00Z"), "2026-03-28T03:00:00+00:00", "four o'clock in winter");
    assert_eq!(
        leaves("2026-03-28T12:00:00Z"),
        "2026-03-29T02:00:00+00:00",
        "four o'clock, in summer from this night on"
    );
    assert_eq!(
        leaves("2026-10-24T12:00:00Z"),
        "2026-10-25T03:00:00+00:00",
        "four o'clock, in winter from this night on"
    );
}

/// Random timetables, against a list of everything that ever leaves.
#[test]
fn departures_are_the_first_of_all_that_leave() {
    for seed in 0..40 {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let id = |name| LayerId::new(name).unwrap();
        let mut builder = TimetableBuilder::new(id("stops"), id("routes"), chrono_tz::Asia::Ho_Chi_Minh);
        builder.route("R", None, None).unwrap();
        (0..4).for_each(|stop: u32| builder.stop(&stop.to_string(), (stop == 1).then_some("0")));
        let first = day("2026-03-01");
        // By service: the days on which it goes.
        let services: Vec<Vec<NaiveDate>> = (0..3)
            .map(|service: u32| {
                let days: Vec<NaiveDate> = first.iter_days().take(30).filter(|_| dice.random_bool(0.6)).collect();
                days.iter().for_each(|day| builder.exception(&service.to_string(), *day, true));
                builder.service(Service { id: service.to_string(), weekdays: 0, span: None });
                days
            })
            .collect();
        let mut all: Vec<(u32, DateTime<Utc>, String)> = Vec::new();
        for trip in 0..8 {
            let (name, service) = (format!("T{trip}"), dice.random_range(0..3_usize));
            builder.trip(&name, ["R", &service.to_string()], None, None).unwrap();
            let start = dice.random_range(0..200_000_u32);
            let mut calls: Vec<(u32, u32)> = Vec::new();
            let mut now = start;
            for sequence in 0..dice.random_range(2..6) {
                let stop = dice.random_range(0..4_u32);
                let call =
                    Call { sequence, stop: 0, arrival: now, departure: now, no_pickup: false, approximate: false };
                builder.call(&name, &stop.to_string(), call).unwrap();
                calls.push((stop, now));
                now += dice.random_range(0..4_000);
            }
            let mut starts = vec![start];
            if dice.random_bool(0.4) {
                starts.clear();
                for _ in 0..2 {
                    let (from, headway) = (dice.random_range(0..90_000_u32), dice.random_range(300..9_000_u32));
                    let end = from + dice.random_range(1..40_000);
                    builder.frequency(&name, Frequency { trip: 0, start: from, end, headway, exact: true }).unwrap();
                    starts.extend((0..).map(|run| from + run * headway).take_while(|start| *start < end));
                }
            }
            calls.pop();
            for date in &services[service] {
                let midnight = moment(&format!("{date}T00:00:00+07:00"));
                for (stop, time) in &calls {
                    all.extend(starts.iter().map(|at| {
                        (*stop, midnight + chrono::TimeDelta::seconds(i64::from(time - start + at)), name.clone())
                    }));
                }
            }
        }
        let timetable = builder.finish();
        for _ in 0..30 {
            let stop = dice.random_range(0..4_u32);
            let from =
                moment("2026-02-27T00:00:00+07:00") + chrono::TimeDelta::seconds(dice.random_range(0..3_000_000));
            let limit = dice.random_range(1..12);
            let end = from.with_timezone(&timetable.timezone).date_naive() + Days::new(7);
            let end = moment(&format!("{end}T00:00:00+07:00"));
            let at = |one: u32| one == stop || (stop == 0 && one == 1);
            let mut expected: Vec<DateTime<Utc>> = all
                .iter()
                .filter(|(one, time, _)| at(*one) && (from..end).contains(time))
                .map(|(_, time, _)| *time)
                .collect();
            expected.sort();
            let found = timetable.departures(timetable.stop(&stop.to_string()).unwrap(), from, limit);
            for one in &found {
                let known = (one.at, one.trip.id.clone());
                assert!(
                    all.iter()
                        .any(|(stop, at, trip)| at_same(&timetable, *stop, one.stop)
                            && (*at, trip) == (known.0, &known.1)),
                    "seed {seed}: {one:?}"
                );
            }
            // What leaves behind the horizon on a service day within it may be told too.
            let times: Vec<DateTime<Utc>> = found.iter().map(|one| one.at).filter(|at| *at < end).collect();
            expected.truncate(limit);
            assert_eq!(times, expected, "seed {seed}: stop {stop} from {from}");
        }
    }
}

fn at_same(timetable: &Timetable, stop: u32, place: u32) -> bool {
    timetable.stops[place as usize].id == stop.to_string()
}
