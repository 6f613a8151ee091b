//! A timetable is kept whole, beside the features of its layers.

use std::sync::Arc;

use chrono::{Days, NaiveDate};
use citylayers::geo::GeometryKind;
use citylayers::model::timetable::{Agency, Call, Fare, Frequency, Service, TimetableBuilder};
use citylayers::model::{Change, FieldType, LayerId, Timetable};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::features::{assert_same, replace};
use crate::support::ground::Ground;
use crate::support::layers::layer;

fn id(name: &str) -> LayerId {
    LayerId::new(name).expect("a name")
}

/// Everything that a timetable can hold, present and absent, put in any order.
fn timetable(seed: u64, stops_layer: &str) -> Timetable {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let day = |dice: &mut ChaCha8Rng| {
        NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day") + Days::new(dice.random_range(0..400))
    };
    let names = |kind: &str, count: usize, dice: &mut ChaCha8Rng| -> Vec<String> {
        let mut names: Vec<String> = (0..count).map(|number| format!("{kind} {number} ế'\"")).collect();
        names.shuffle(dice);
        names
    };
    let zone = ["Asia/Ho_Chi_Minh", "Africa/Abidjan", "Europe/Berlin"][dice.random_range(0..3_usize)];
    let mut builder = TimetableBuilder::new(id(stops_layer), id("lines"), zone.parse().expect("a zone"));
    builder.feed(
        dice.random_bool(0.5).then(|| "Sở Xây dựng".to_owned()),
        Some("v 1".to_owned()),
        dice.random_bool(0.5),
    );
    builder.agency(Agency { id: String::new(), name: "Không tên".to_owned(), url: None });
    builder.agency(Agency { id: "b".to_owned(), name: "B".to_owned(), url: Some("https://b.example/".to_owned()) });
    let (routes, stops, services) =
        (names("route", 5, &mut dice), names("stop", 30, &mut dice), names("service", 4, &mut dice));
    for route in &routes {
        let agency = ["", "b"][dice.random_range(0..2_usize)];
        builder
            .route(route, dice.random_bool(0.7).then_some(agency), dice.random_bool(0.7).then(|| "01".to_owned()))
            .expect("known");
    }
    for stop in &stops {
        builder.stop(stop, dice.random_bool(0.2).then_some(stops[3].as_str()));
    }
    for service in &services {
        let from = day(&mut dice);
        let span = dice.random_bool(0.8).then(|| (from, from + Days::new(dice.random_range(0..300))));
        builder.service(Service { id: service.clone(), weekdays: dice.random_range(0..128), span });
        for _ in 0..dice.random_range(0..9) {
            let date = day(&mut dice);
            builder.exception(service, date, date.to_string().ends_with('1'));
        }
    }
    for trip in names("trip", 40, &mut dice) {
        let of = [routes[dice.random_range(0..5)].as_str(), services[dice.random_range(0..4)].as_str()];
        let direction = dice.random_bool(0.8).then(|| dice.random_range(0..2));
        builder.trip(&trip, of, dice.random_bool(0.5).then(|| "Bến xe".to_owned()), direction).expect("known");
        let mut now = dice.random_range(0..90_000);
        let mut calls = Vec::new();
        for sequence in 0..dice.random_range(2..9) {
            let (arrival, departure) = (now, now + dice.random_range(0..60));
            let (no_pickup, approximate) = (dice.random_bool(0.1), dice.random_bool(0.1));
            calls.push((
                stops[dice.random_range(0..30)].as_str(),
                Call { sequence: sequence * 10, stop: 0, arrival, departure, no_pickup, approximate },
            ));
            now = departure + dice.random_range(0..600);
        }
        calls.shuffle(&mut dice);
        for (stop, call) in calls {
            builder.call(&trip, stop, call).expect("known");
        }
        if dice.random_bool(0.3) {
            let (start, headway) = (dice.random_range(0..50_000), dice.random_range(1..3_600));
            let exact = dice.random_bool(0.5);
            builder.frequency(&trip, Frequency { trip: 0, start, end: start + 9_000, headway, exact }).expect("known");
        }
    }
    for fare in names("fare", 3, &mut dice) {
        let (price, prepaid) = (f64::from(dice.random_range(0..90_000)) / 7.0, dice.random_bool(0.5));
        let kept = Fare {
            id: fare.clone(),
            price,
            currency: "VND".to_owned(),
            prepaid,
            transfers: dice.random_bool(0.5).then_some(2),
            agency: None,
        };
        builder.fare(kept, dice.random_bool(0.5).then_some("b")).expect("known");
        let route = dice.random_bool(0.5).then(|| routes[1].as_str());
        builder
            .fare_rule(&fare, route, [Some("vùng 1".to_owned()), None, dice.random_bool(0.5).then(|| "2".to_owned())])
            .expect("known");
    }
    builder.finish()
}

pub async fn a_timetable_comes_back_equal(mut ground: Ground) {
    let layers = ["stops", "halts"].map(|name| layer(name, GeometryKind::Point, FieldType::Text, &[]));
    ground.store.prepare(&layers).await.unwrap();
    assert_eq!(ground.store.timetable(&id("stops")).await.unwrap(), None);
    let other = timetable(1, "halts");
    ground.store.commit(&[Change::Timetable(Arc::new(other.clone()))]).await.unwrap();
    for seed in 2..8 {
        let kept = timetable(seed, "stops");
        assert!(kept.calls.len() > 80 && !kept.exceptions.is_empty(), "seed {seed} holds something of everything");
        ground.store.commit(&[Change::Timetable(Arc::new(kept.clone()))]).await.unwrap();
        assert_eq!(ground.store.timetable(&id("stops")).await.unwrap(), Some(kept.clone()), "seed {seed}");
        ground.reopen().await;
        ground.store.prepare(&layers).await.unwrap();
        assert_eq!(ground.store.timetable(&id("stops")).await.unwrap(), Some(kept), "seed {seed}");
        assert_eq!(ground.store.timetable(&id("halts")).await.unwrap().as_ref(), Some(&other), "of another layer");
    }
}

pub async fn a_timetable_is_kept_with_the_features_or_not_at_all(ground: Ground) {
    let stops = layer("stops", GeometryKind::Point, FieldType::Text, &[]);
    ground.store.prepare(&[Arc::clone(&stops)]).await.unwrap();
    let some = super::some_features(5, &stops, 0..20);
    let first = timetable(11, "stops");
    let both = [replace(&stops, &some), Change::Timetable(Arc::new(first.clone()))];
    let revision = ground.store.commit(&both).await.unwrap();
    let stranger = layer("strangers", GeometryKind::Point, FieldType::Text, &[]);
    let torn = [replace(&stops, &[]), Change::Timetable(Arc::new(timetable(12, "stops"))), replace(&stranger, &[])];
    ground.store.commit(&torn).await.expect_err("a layer that nobody prepared");
    assert_eq!(ground.store.timetable(&id("stops")).await.unwrap(), Some(first));
    let (rows, loaded) = ground.load(&stops).await;
    assert_same(&rows, &some);
    assert_eq!(loaded, revision);
}
