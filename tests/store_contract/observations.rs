//! What is measured: kept once, in order, and forgotten when it is old.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use citylayers::geo::{Geometry, GeometryKind};
use citylayers::model::layer::Observed;
use citylayers::model::{
    Change, Feature, FeatureId, FieldType, Layer, LayerId, Observation, Observations, Relocation, Title, Value,
};
use citylayers::store::{Span, Store};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::ground::Ground;
use crate::support::layers::layer;

const EVERYTHING: Span = Span { from: None, to: None, limit: usize::MAX, newest_first: false, placed: false };

fn observing(names: &[&str]) -> Arc<Layer> {
    let title = |name: &str| Title { vi: name.to_owned(), en: name.to_owned() };
    let observed =
        names.iter().map(|name| Observed { name: (*name).to_owned(), unit: None, title: title(name), range: None });
    let plain = layer("stations", GeometryKind::Point, FieldType::Text, &[]);
    Arc::new(Layer { observed: observed.collect(), moving: true, ..Layer::clone(&plain) })
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

/// Readings of three features over some months, some with a place, some without a value, some of one time.
fn readings(seed: u64, layer: &Layer, count: usize) -> Vec<Observation> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    // Across the beginning of all clocks.
    let start = moment("1969-12-01T00:00:00Z");
    let reading = |_| Observation {
        feature: FeatureId::new(["a", "b", "trạm đo 1"][dice.random_range(0..3_usize)]).expect("an id"),
        time: start + TimeDelta::milliseconds(dice.random_range(0..5_000_000) * 1_234),
        position: dice.random_bool(0.3).then(|| [dice.random_range(103.0..106.0), dice.random_range(18.0..20.0)]),
        values: layer.observed.iter().map(|_| dice.random_bool(0.7).then(|| dice.random_range(-50.0..50.0))).collect(),
    };
    (0..count).map(reading).collect()
}

async fn keep(store: &dyn Store, layer: &Arc<Layer>, readings: &[Observation]) {
    let observations = Observations::new(Arc::clone(layer), readings.iter().cloned());
    store.commit(&[Change::Observe(Arc::new(observations))]).await.expect("kept");
}

async fn of(ground: &Ground, layer: &LayerId, feature: &str, span: Span) -> Vec<Observation> {
    let feature = FeatureId::new(feature).expect("an id");
    ground.store.observations(layer, &feature, span).await.expect("readings")
}

pub async fn readings_come_back_in_order_of_time_and_once(mut ground: Ground) {
    let layer = observing(&["pm25", "level"]);
    ground.store.prepare(&[Arc::clone(&layer)]).await.unwrap();
    let mut sent = readings(1, &layer, 900);
    let mut expected: BTreeMap<(String, DateTime<Utc>), Observation> = BTreeMap::new();
    for reading in &sent {
        expected.entry((reading.feature.to_string(), reading.time)).or_insert_with(|| reading.clone());
    }
    // In any order, in parts, and some of it twice.
    sent.shuffle(&mut ChaCha8Rng::seed_from_u64(2));
    for part in sent.chunks(250).chain([&sent[100..400]]) {
        keep(ground.store.as_ref(), &layer, part).await;
    }
    for reopened in [false, true] {
        if reopened {
            ground.reopen().await;
            ground.store.prepare(&[Arc::clone(&layer)]).await.unwrap();
        }
        for feature in ["a", "b", "trạm đo 1", "nobody"] {
            let own: Vec<Observation> =
                expected.iter().filter(|((name, _), _)| name == feature).map(|(_, reading)| reading.clone()).collect();
            assert_eq!(of(&ground, &layer.id, feature, EVERYTHING).await, own, "{feature}");
            let (from, to) = (moment("1969-12-10T00:00:00Z"), moment("1970-01-05T12:00:00Z"));
            let between = Span { from: Some(from), to: Some(to), limit: 7, newest_first: true, placed: true };
            let newest: Vec<Observation> = own
                .iter()
                .rev()
                .filter(|one| (from..=to).contains(&one.time) && one.position.is_some())
                .take(7)
                .cloned()
                .collect();
            assert_eq!(of(&ground, &layer.id, feature, between).await, newest, "{feature}");
        }
    }
    // What comes later for the same moment fills what is missing and changes nothing else.
    let at = moment("2026-06-01T00:00:00.123Z");
    let one = |pm25, level| Observation {
        feature: FeatureId::new("a").expect("an id"),
        time: at,
        position: None,
        values: Box::new([pm25, level]),
    };
    for part in [one(Some(1.0), None), one(Some(2.0), Some(3.0)), one(None, Some(4.0))] {
        keep(ground.store.as_ref(), &layer, &[part]).await;
    }
    let there = Span { from: Some(at), to: Some(at), ..EVERYTHING };
    assert_eq!(of(&ground, &layer.id, "a", there).await, [one(Some(1.0), Some(3.0))]);
}

pub async fn the_newest_of_each_property_is_found(ground: Ground) {
    let layer = observing(&["pm25", "level"]);
    ground.store.prepare(&[Arc::clone(&layer)]).await.unwrap();
    assert_eq!(ground.store.newest(&layer.id, None).await.unwrap(), []);
    let sent = readings(3, &layer, 400);
    keep(ground.store.as_ref(), &layer, &sent).await;
    // Of each feature: the place, and each value, of the last reading that has it.
    let mut expected: BTreeMap<(String, usize), (DateTime<Utc>, String)> = BTreeMap::new();
    let mut note = |reading: &Observation| {
        let place = reading.position.map(|place| format!("{place:?}"));
        let values = reading.values.iter().map(|value| value.map(|value| format!("{value:?}")));
        for (number, part) in std::iter::once(place).chain(values).enumerate() {
            let Some(part) = part else { continue };
            let known = expected.entry((reading.feature.to_string(), number)).or_insert((reading.time, part.clone()));
            if reading.time > known.0 {
                *known = (reading.time, part);
            }
        }
    };
    sent.iter().for_each(&mut note);
    let wanted = std::mem::take(&mut expected);
    let mut found: BTreeMap<(String, usize), (DateTime<Utc>, String)> = BTreeMap::new();
    for reading in ground.store.newest(&layer.id, None).await.unwrap() {
        let place = reading.position.map(|place| format!("{place:?}"));
        let values = reading.values.iter().map(|value| value.map(|value| format!("{value:?}")));
        for (number, part) in std::iter::once(place).chain(values).enumerate() {
            if let Some(part) = part {
                assert_eq!(found.insert((reading.feature.to_string(), number), (reading.time, part)), None, "once");
            }
        }
    }
    assert_eq!(found, wanted);
    assert_eq!(found.len(), 9);
}

pub async fn what_was_newest_at_a_moment_is_found(ground: Ground) {
    let layer = observing(&["pm25", "level"]);
    let plain = self::layer("plain_stations", GeometryKind::Point, FieldType::Text, &[]);
    ground.store.prepare(&[Arc::clone(&layer), Arc::clone(&plain)]).await.unwrap();
    let sent = readings(13, &layer, 300);
    keep(ground.store.as_ref(), &layer, &sent).await;
    let mut moments: Vec<DateTime<Utc>> = sent.iter().step_by(23).map(|reading| reading.time).collect();
    moments.extend(moments.clone().iter().map(|time| *time - TimeDelta::milliseconds(1)));
    moments.extend([moment("1900-01-01T00:00:00Z"), moment("2099-01-01T00:00:00Z")]);
    for at in moments {
        // Part 0 is the place, the others are the properties.
        let part = |reading: &Observation, number: usize| match number {
            0 => reading.position.map(|place| format!("{place:?}")),
            _ => reading.values[number - 1].map(|value| format!("{value:?}")),
        };
        let mut expected: BTreeMap<(String, usize), (DateTime<Utc>, String)> = BTreeMap::new();
        for reading in sent.iter().filter(|reading| reading.time <= at) {
            for number in 0..3 {
                let Some(part) = part(reading, number) else { continue };
                let key = (reading.feature.to_string(), number);
                if expected.get(&key).is_none_or(|(time, _)| *time < reading.time) {
                    expected.insert(key, (reading.time, part));
                }
            }
        }
        let mut found: BTreeMap<(String, usize), (DateTime<Utc>, String)> = BTreeMap::new();
        for reading in ground.store.newest(&layer.id, Some(at)).await.unwrap() {
            for number in 0..3 {
                if let Some(part) = part(&reading, number) {
                    let known = found.insert((reading.feature.to_string(), number), (reading.time, part));
                    assert_eq!(known, None, "{at}: once");
                }
            }
        }
        assert_eq!(found, expected, "{at}");
    }
    assert_eq!(ground.store.newest(&plain.id, Some(moment("2026-01-01T00:00:00Z"))).await.unwrap(), []);
}

pub async fn old_readings_are_forgotten(ground: Ground) {
    let layer = observing(&["pm25"]);
    ground.store.prepare(&[Arc::clone(&layer)]).await.unwrap();
    keep(ground.store.as_ref(), &layer, &readings(5, &layer, 600)).await;
    let before = moment("1970-01-10T00:00:00Z");
    for feature in ["a", "b", "trạm đo 1"] {
        assert!(of(&ground, &layer.id, feature, EVERYTHING).await.iter().any(|one| one.time < before), "{feature}");
    }
    let kept = Span { from: Some(before), ..EVERYTHING };
    let expected = of(&ground, &layer.id, "a", kept).await;
    ground.store.forget(&layer.id, before).await.unwrap();
    ground.store.forget(&layer.id, before).await.unwrap();
    assert_eq!(of(&ground, &layer.id, "a", EVERYTHING).await, expected);
    assert!(!expected.is_empty());
}

pub async fn a_layer_that_begins_to_be_observed_gets_columns(mut ground: Ground) {
    let plain = layer("stations", GeometryKind::Point, FieldType::Text, &[]);
    ground.store.prepare(&[Arc::clone(&plain)]).await.unwrap();
    assert_eq!(ground.store.newest(&plain.id, None).await.unwrap(), []);
    ground.store.forget(&plain.id, moment("2026-01-01T00:00:00Z")).await.unwrap();
    let refused = Observations::new(Arc::clone(&plain), readings(6, &plain, 1));
    ground.store.commit(&[Change::Observe(Arc::new(refused))]).await.expect_err("nothing is observed");
    for names in [&["pm25"][..], &["level", "pm25"]] {
        let layer = observing(names);
        ground.reopen().await;
        ground.store.prepare(&[Arc::clone(&layer)]).await.unwrap();
        keep(ground.store.as_ref(), &layer, &readings(7 + names.len() as u64, &layer, 20)).await;
    }
    let layer = observing(&["level", "pm25"]);
    let found = of(&ground, &layer.id, "a", EVERYTHING).await;
    assert!(found.iter().any(|one| one.values[0].is_some()) && found.iter().any(|one| one.values[1].is_some()));
}

/// Somebody else may have written to a feature, or taken it away, since it was read.
pub async fn who_moves_keeps_what_it_is_and_who_is_gone_stays_away(ground: Ground) {
    let plain = layer("buses", GeometryKind::Point, FieldType::Text, &[("plate", FieldType::Text)]);
    let layer = Arc::new(Layer { moving: true, ..Layer::clone(&plain) });
    ground.store.prepare(&[Arc::clone(&layer)]).await.unwrap();
    let feature = Feature {
        layer: layer.id.clone(),
        id: FeatureId::new("B-1").unwrap(),
        geometry: Geometry::Point(geo_types::Point::new(105.0, 18.0)),
        properties: vec![Some(Value::Text("37B-001.23".to_owned()))],
    };
    ground.store.commit(&[Change::Put(feature.clone())]).await.unwrap();
    let to = |id: &str| {
        let at = moment("2026-11-21T10:00:00Z");
        Change::Move(Relocation { layer: layer.id.clone(), id: FeatureId::new(id).unwrap(), to: [105.5, 18.5], at })
    };
    ground.store.commit(&[to("B-1"), to("B-2")]).await.expect("kept");
    let (rows, _) = ground.store.load(&layer, &|_| ()).await.unwrap();
    let moved = Feature { geometry: Geometry::Point(geo_types::Point::new(105.5, 18.5)), ..feature };
    assert_eq!((0..rows.len()).map(|row| rows.feature(row)).collect::<Vec<_>>(), [moved]);
}
