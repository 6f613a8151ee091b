//! The promises of [`citylayers::store::Store`], each kept by both stores: one test a promise and store.
#![allow(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

#[path = "../support/mod.rs"]
mod support;

mod documents;
mod indicators;
mod observations;
mod timetable;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use citylayers::geo::GeometryKind;
use citylayers::model::{Change, Feature, FieldType, Layer, Revision};
use citylayers::store::StoreError;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use documents::{a_document_follows_the_one_before, documents_are_kept_by_kind_and_key};
use indicators::values_of_indicators_replace_what_was_told;
use observations::{
    a_layer_that_begins_to_be_observed_gets_columns, old_readings_are_forgotten,
    readings_come_back_in_order_of_time_and_once, the_newest_of_each_property_is_found,
    what_was_newest_at_a_moment_is_found, who_moves_keeps_what_it_is_and_who_is_gone_stays_away,
};
use timetable::{a_timetable_comes_back_equal, a_timetable_is_kept_with_the_features_or_not_at_all};

use support::features::{assert_same, feature, id, replace, rows};
use support::ground::Ground;
use support::layers::{EVERY_TYPE, every_kind, layer};

/// Makes every promise a test on the store of `$ground`, which is `None` where it cannot be had.
macro_rules! promises {
    ($ground:path: $($promise:ident)*) => {
        $(#[tokio::test]
        async fn $promise() {
            if let Some(ground) = $ground().await {
                super::$promise(ground).await;
            }
        })*
    };
    ($ground:path) => {
        promises! { $ground:
            what_was_put_comes_back_equal
            a_replacement_comes_back_equal_and_in_its_order
            a_put_over_an_id_keeps_its_place
            a_feature_that_comes_again_comes_last
            changes_of_a_commit_follow_one_another
            other_layers_are_not_touched
            removing_what_is_not_there_is_no_error
            a_commit_is_kept_whole_or_not_at_all
            an_id_that_cannot_come_back_equal_is_refused
            revisions_only_grow
            what_was_kept_is_there_after_opening_again
            what_was_kept_is_there_without_closing
            what_was_not_prepared_is_unknown
            a_new_field_gets_a_column
            a_column_of_another_type_is_refused
            nothing_is_dropped
            loading_tells_how_far_it_is
            own_commits_are_not_foreign
            the_mark_of_a_demo_stays_until_the_layer_is_replaced
            a_closed_store_says_so
            readings_come_back_in_order_of_time_and_once
            the_newest_of_each_property_is_found
            what_was_newest_at_a_moment_is_found
            old_readings_are_forgotten
            who_moves_keeps_what_it_is_and_who_is_gone_stays_away
            documents_are_kept_by_kind_and_key
            a_document_follows_the_one_before
            a_layer_that_begins_to_be_observed_gets_columns
            a_timetable_comes_back_equal
            a_timetable_is_kept_with_the_features_or_not_at_all
            values_of_indicators_replace_what_was_told
        }
    };
}

mod gpkg {
    promises!(super::Ground::gpkg);
}

mod postgis {
    promises!(super::Ground::postgis);
}

fn seeded(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn some_features(seed: u64, layer: &Layer, numbers: impl IntoIterator<Item = u64>) -> Vec<Feature> {
    let mut rng = seeded(seed);
    numbers.into_iter().map(|number| feature(&mut rng, layer, number)).collect()
}

fn puts(features: &[Feature]) -> Vec<Change> {
    features.iter().cloned().map(Change::Put).collect()
}

async fn what_was_put_comes_back_equal(mut ground: Ground) {
    let layers = every_kind();
    ground.store.prepare(&layers).await.unwrap();
    for (seed, layer) in (1..).zip(&layers) {
        let features = some_features(seed, layer, 0..150);
        ground.store.commit(&puts(&features)).await.unwrap();
        assert_same(&ground.rows(layer).await, &features);
    }
    ground.reopen().await;
    ground.store.prepare(&layers).await.unwrap();
    for (seed, layer) in (1..).zip(&layers) {
        assert_same(&ground.rows(layer).await, &some_features(seed, layer, 0..150));
    }
}

async fn a_replacement_comes_back_equal_and_in_its_order(ground: Ground) {
    let layers = every_kind();
    ground.store.prepare(&layers).await.unwrap();
    for (seed, layer) in (11..).zip(&layers) {
        let numbers = (0..1500).map(|number| number * 7919 % 1500); // neither up nor down
        for features in [some_features(seed, layer, 0..300), some_features(seed, layer, numbers), Vec::new()] {
            ground.store.commit(&[replace(layer, &features)]).await.unwrap();
            assert_same(&ground.rows(layer).await, &features);
        }
    }
}

async fn a_put_over_an_id_keeps_its_place(ground: Ground) {
    let layers = every_kind();
    ground.store.prepare(&layers).await.unwrap();
    for (seed, layer) in (21..).zip(&layers) {
        let mut features = some_features(seed, layer, [5, 3, 9, 1]);
        ground.store.commit(&puts(&features)).await.unwrap();
        let again = some_features(seed + 100, layer, [9, 5]);
        ground.store.commit(&puts(&again)).await.unwrap();
        features[2] = again[0].clone();
        features[0] = again[1].clone();
        assert_same(&ground.rows(layer).await, &features);
    }
}

async fn a_feature_that_comes_again_comes_last(ground: Ground) {
    let [layer, ..] = every_kind();
    ground.store.prepare(&[Arc::clone(&layer)]).await.unwrap();
    let features = some_features(31, &layer, [1, 2, 3]);
    ground.store.commit(&puts(&features)).await.unwrap();
    for gone in [0, 2] {
        let id = features[gone].id.clone();
        ground.store.commit(&[Change::Remove { layer: layer.id.clone(), id }]).await.unwrap();
    }
    ground.store.commit(&puts(&[features[0].clone()])).await.unwrap();
    assert_same(&ground.rows(&layer).await, &[features[1].clone(), features[0].clone()]);
}

async fn changes_of_a_commit_follow_one_another(ground: Ground) {
    let [layer, ..] = every_kind();
    ground.store.prepare(&[Arc::clone(&layer)]).await.unwrap();
    let first = some_features(41, &layer, [1, 2, 3]);
    let second = some_features(42, &layer, [3, 1]);
    let mut changes = puts(&some_features(43, &layer, [7, 8]));
    changes.push(replace(&layer, &first));
    changes.push(Change::Remove { layer: layer.id.clone(), id: id(&layer, 1) });
    changes.extend(puts(&second));
    changes.push(Change::Remove { layer: layer.id.clone(), id: id(&layer, 2) });
    ground.store.commit(&changes).await.unwrap();
    assert_same(&ground.rows(&layer).await, &second);
}

async fn other_layers_are_not_touched(ground: Ground) {
    let layers = every_kind();
    let [lights, roads, wards] = &layers;
    ground.store.prepare(&layers).await.unwrap();
    let kept = [some_features(51, roads, [1, 2]), some_features(52, wards, [1, 2])];
    ground.store.commit(&puts(&kept.concat())).await.unwrap();
    ground.store.commit(&[replace(lights, &some_features(53, lights, [1, 2]))]).await.unwrap();
    ground.store.commit(&[Change::Remove { layer: lights.id.clone(), id: id(lights, 1) }]).await.unwrap();
    assert_same(&ground.rows(roads).await, &kept[0]);
    assert_same(&ground.rows(wards).await, &kept[1]);
}

async fn removing_what_is_not_there_is_no_error(ground: Ground) {
    let layers = every_kind();
    ground.store.prepare(&layers).await.unwrap();
    for layer in &layers {
        let features = some_features(61, layer, [1]);
        let mut changes = puts(&features);
        let named = |id| Change::Remove { layer: layer.id.clone(), id };
        changes.push(named(id(layer, 2)));
        changes.push(named(citylayers::model::FeatureId::new("no such").unwrap()));
        ground.store.commit(&changes).await.unwrap();
        assert_same(&ground.rows(layer).await, &features);
    }
}

async fn a_commit_is_kept_whole_or_not_at_all(ground: Ground) {
    let layers = every_kind();
    let [lights, roads, _] = &layers;
    ground.store.prepare(&layers).await.unwrap();
    let before = some_features(71, lights, 0..10);
    let revision = ground.store.commit(&puts(&before)).await.unwrap();
    let stranger = layer("strangers", GeometryKind::Point, FieldType::Text, &[]);
    let twice = some_features(72, roads, [1, 2, 1]);
    let faults = [puts(&some_features(73, &stranger, [1])), vec![replace(roads, &twice)]];
    for fault in faults {
        let mut changes = puts(&some_features(74, lights, 5..15));
        changes.push(replace(lights, &some_features(75, lights, 100..200)));
        changes.push(Change::Remove { layer: lights.id.clone(), id: id(lights, 100) });
        changes.extend(fault);
        ground.store.commit(&changes).await.expect_err("the last change cannot be kept");
        assert_same(&ground.rows(lights).await, &before);
        assert_same(&ground.rows(roads).await, &[]);
    }
    assert!(ground.store.commit(&[]).await.unwrap() > revision, "the store works on");
}

async fn an_id_that_cannot_come_back_equal_is_refused(ground: Ground) {
    let [_, roads, _] = every_kind();
    ground.store.prepare(&[Arc::clone(&roads)]).await.unwrap();
    for text in ["QL1A", "007", "+7", " 7", "9223372036854775808"] {
        let mut feature = some_features(81, &roads, [1]).remove(0);
        feature.id = citylayers::model::FeatureId::new(text).unwrap();
        let error = ground.store.commit(&[Change::Put(feature)]).await.expect_err(text).to_string();
        assert!(error.contains(text), "{error} names {text}");
    }
    assert_same(&ground.rows(&roads).await, &[]);
}

async fn revisions_only_grow(mut ground: Ground) {
    let layers = every_kind();
    let mut last = Revision(0);
    for round in 0..3 {
        ground.store.prepare(&layers).await.unwrap();
        let (_, loaded) = ground.load(&layers[0]).await;
        assert!(loaded >= last, "{loaded} after {last}");
        last = loaded;
        for number in 0..5 {
            let features = some_features(round, &layers[0], [number]);
            let revision = ground.store.commit(&puts(&features)).await.unwrap();
            assert!(revision > last, "{revision} after {last}");
            assert!(ground.load(&layers[0]).await.1 >= revision);
            last = revision;
        }
        ground.reopen().await;
    }
}

async fn what_was_kept_is_there_after_opening_again(mut ground: Ground) {
    let layers = every_kind();
    let mut expected = Vec::new();
    for round in 0..4 {
        ground.store.prepare(&layers).await.unwrap();
        assert_same(&ground.rows(&layers[2]).await, &expected);
        let more = some_features(90 + round, &layers[2], round * 10..round * 10 + 10);
        ground.store.commit(&puts(&more)).await.unwrap();
        expected.extend(more);
        ground.reopen().await;
    }
}

async fn what_was_kept_is_there_without_closing(ground: Ground) {
    let [layer, ..] = every_kind();
    ground.store.prepare(&[Arc::clone(&layer)]).await.unwrap();
    let features = some_features(101, &layer, 0..10);
    ground.store.commit(&puts(&features)).await.unwrap();
    let ground = ground.dropped().await;
    ground.store.prepare(&[Arc::clone(&layer)]).await.unwrap();
    assert_same(&ground.rows(&layer).await, &features);
}

async fn what_was_not_prepared_is_unknown(ground: Ground) {
    let [lights, roads, _] = every_kind();
    ground.store.prepare(&[lights]).await.unwrap();
    let changes = [
        Change::Put(some_features(111, &roads, [1]).remove(0)),
        Change::Remove { layer: roads.id.clone(), id: id(&roads, 1) },
        replace(&roads, &[]),
    ];
    for change in changes {
        let error = ground.store.commit(&[change]).await.expect_err("roads were not prepared");
        assert!(matches!(&error, StoreError::UnknownLayer(layer) if *layer == roads.id), "{error}");
    }
    let error = ground.store.load(&roads, &|_| {}).await.expect_err("roads were not prepared");
    assert!(matches!(&error, StoreError::UnknownLayer(layer) if *layer == roads.id), "{error}");
}

async fn a_new_field_gets_a_column(mut ground: Ground) {
    let before = layer("parking", GeometryKind::Point, FieldType::Text, &EVERY_TYPE[2..4]);
    let after = layer("parking", GeometryKind::Point, FieldType::Text, &EVERY_TYPE);
    ground.store.prepare(&[Arc::clone(&before)]).await.unwrap();
    let old = some_features(121, &before, 0..5);
    ground.store.commit(&puts(&old)).await.unwrap();
    ground.reopen().await;
    ground.store.prepare(&[Arc::clone(&after)]).await.unwrap();
    let new = some_features(122, &after, 5..10);
    ground.store.commit(&puts(&new)).await.unwrap();
    let widened = old.into_iter().map(|mut feature| {
        let mut properties = vec![None; EVERY_TYPE.len()];
        properties[2..4].clone_from_slice(&feature.properties);
        feature.properties = properties;
        feature
    });
    assert_same(&ground.rows(&after).await, &widened.chain(new).collect::<Vec<_>>());
}

async fn a_column_of_another_type_is_refused(mut ground: Ground) {
    for (number, (name, field_type)) in EVERY_TYPE.into_iter().enumerate() {
        let other = if field_type == FieldType::Boolean { FieldType::Date } else { FieldType::Boolean };
        let table = format!("parking{number}");
        let before = layer(&table, GeometryKind::Point, FieldType::Text, &[(name, field_type)]);
        let after = layer(&table, GeometryKind::Point, FieldType::Text, &[(name, other)]);
        ground.store.prepare(&[before]).await.unwrap();
        ground.reopen().await;
        let error = ground.store.prepare(&[after]).await.expect_err("the types differ");
        assert!(matches!(&error, StoreError::Schema { table: named, .. } if *named == table), "{error}");
        assert!(error.to_string().contains(name), "{error} names {name}");
        ground.reopen().await;
    }
}

async fn nothing_is_dropped(mut ground: Ground) {
    let fields = &EVERY_TYPE;
    let whole = layer("parking", GeometryKind::Point, FieldType::Text, fields);
    let part = layer("parking", GeometryKind::Point, FieldType::Text, &fields[..2]);
    let features = some_features(131, &whole, 0..20);
    ground.store.prepare(&[Arc::clone(&whole)]).await.unwrap();
    ground.store.commit(&puts(&features)).await.unwrap();
    for layers in [vec![], vec![part], vec![Arc::clone(&whole)]] {
        ground.reopen().await;
        ground.store.prepare(&layers).await.unwrap();
    }
    assert_same(&ground.rows(&whole).await, &features);
}

async fn loading_tells_how_far_it_is(ground: Ground) {
    let [layer, ..] = every_kind();
    ground.store.prepare(&[Arc::clone(&layer)]).await.unwrap();
    ground.store.commit(&[replace(&layer, &some_features(141, &layer, 0..25_000))]).await.unwrap();
    let (last, calls) = (AtomicU64::new(0), AtomicU64::new(0));
    let hear = |rows| {
        assert!(last.swap(rows, Ordering::Relaxed) <= rows, "{rows} rows after more");
        calls.fetch_add(1, Ordering::Relaxed);
    };
    ground.store.load(&layer, &hear).await.unwrap();
    assert_eq!(last.into_inner(), 25_000);
    assert!(calls.into_inner() > 1, "not only at the end");
}

async fn own_commits_are_not_foreign(ground: Ground) {
    let [layer, ..] = every_kind();
    ground.store.prepare(&[Arc::clone(&layer)]).await.unwrap();
    ground.store.commit(&puts(&some_features(151, &layer, 0..3))).await.unwrap();
    let heard = ground.store.foreign().await.unwrap();
    assert!(heard.is_empty(), "{heard:?}");
}

async fn the_mark_of_a_demo_stays_until_the_layer_is_replaced(mut ground: Ground) {
    let [layer, ..] = every_kind();
    ground.store.prepare(&[Arc::clone(&layer)]).await.unwrap();
    for demo in [true, false, true] {
        let mut rows = rows(&layer, &some_features(161, &layer, 0..3));
        rows.mark_demo(demo);
        ground.store.commit(&[Change::Replace(Arc::new(rows))]).await.unwrap();
        ground.store.commit(&puts(&some_features(162, &layer, 3..5))).await.unwrap();
        ground.reopen().await;
        ground.store.prepare(&[Arc::clone(&layer)]).await.unwrap();
        let (loaded, _) = ground.store.load(&layer, &|_| {}).await.unwrap();
        assert_eq!((loaded.is_demo(), loaded.len()), (demo, 5));
    }
}

async fn a_closed_store_says_so(ground: Ground) {
    let [layer, ..] = every_kind();
    ground.store.prepare(&[Arc::clone(&layer)]).await.unwrap();
    ground.store.close().await.unwrap();
    ground.store.close().await.expect("closing twice is no error");
    ground.store.commit(&[]).await.expect_err("it is closed");
    ground.store.load(&layer, &|_| {}).await.expect_err("it is closed");
}
