//! What groups tell of readings.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use citylayers::geo::mercator::world_point;
use citylayers::geo::{Geometry, TileCoord};
use citylayers::index::group_totals::{GroupTotal, Told};
use citylayers::index::{Atlas, LayerIndex};
use citylayers::model::feature::tile_id;
use citylayers::model::layer::{Observed, Total};
use citylayers::model::{Change, Feature, FeatureId, Layer, Observation, Observations, Revision, Title};
use geo_types::Point;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::cluster;
use crate::support::features::{id, rows};

const CELL: u32 = 64;
const MAX_ZOOM: u8 = 11;

/// Groups tell the sum of `level`, how many features have a `lit` of 0, and how many a `level` from 10 to 20.
fn layer() -> Arc<Layer> {
    let mut layer = (*cluster::layer()).clone();
    let title = || Title { vi: "Số".to_owned(), en: "Number".to_owned() };
    let observed = |name: &str| Observed { name: name.to_owned(), unit: None, title: title(), range: None };
    layer.observed = ["lit", "level"].map(observed).to_vec();
    let total = |name: &str, of, range| Total { name: name.to_owned(), title: title(), of, range };
    let clustering = layer.cluster.as_mut().expect("in groups");
    clustering.totals =
        vec![total("level", 1, None), total("off", 0, Some([0.0, 0.0])), total("some", 1, Some([10.0, 20.0]))];
    Arc::new(layer)
}

/// What the test knows by itself: where each feature is, and each property's newest value with its minute.
#[derive(Default)]
struct Known {
    places: BTreeMap<String, [u32; 2]>,
    values: BTreeMap<String, [Option<(i64, f64)>; 2]>,
}

impl Known {
    fn learn(&mut self, id: &str, minute: i64, values: [Option<f64>; 2]) {
        let known = self.values.entry(id.to_owned()).or_default();
        for (known, value) in known.iter_mut().zip(values) {
            if let Some(value) = value
                && known.is_none_or(|(time, _)| time < minute)
            {
                *known = Some((minute, value));
            }
        }
    }

    /// By the number of each group that holds something measured.
    fn groups(&self, zoom: u8) -> BTreeMap<u64, GroupTotal> {
        let level = u32::from(zoom) + (512 / CELL).ilog2();
        let mut cells: BTreeMap<[u32; 2], Vec<[Option<f64>; 2]>> = BTreeMap::new();
        for (id, [x, y]) in &self.places {
            let Some(values) = self.values.get(id) else { continue };
            let values = values.map(|value| value.map(|(_, value)| value));
            cells.entry([x >> (32 - level), y >> (32 - level)]).or_default().push(values);
        }
        let told = cells.into_iter().filter_map(|([x, y], values)| {
            let of = |property: usize| values.iter().filter_map(move |values| values[property]);
            let [lit, level_known] = [0, 1].map(|property| of(property).count() as u64);
            let some = of(1).filter(|value| (10.0..=20.0).contains(value)).count() as u64;
            let off = of(0).filter(|value| *value == 0.0).count() as u64;
            // Eighths add up without rounding.
            let level_sum: f64 = of(1).sum();
            let totals = vec![
                (level_known > 0).then_some(Told::Sum(level_sum)),
                (lit > 0).then_some(Told::Count(off)),
                (level_known > 0).then_some(Told::Count(some)),
            ];
            let id = tile_id(&format!("cluster/{level}/{x}/{y}"));
            (lit + level_known > 0).then_some((id, GroupTotal { totals, known: vec![lit, level_known] }))
        });
        told.collect()
    }
}

/// In a few towns, so that groups are large and small.
fn feature(random: &mut ChaCha8Rng, layer: &Layer, number: u64) -> Feature {
    let spread = if random.random_bool(0.5) { 0.02 } else { 1.0 };
    let mut axis = |from: f64| from + random.random_range(0.0..spread);
    let place = Point::new(axis(105.0), axis(18.0));
    let properties = vec![None; layer.fields.len()];
    Feature { layer: layer.id.clone(), id: id(layer, number), geometry: Geometry::Point(place), properties }
}

fn compare(atlas: &Atlas, layer: &Layer, known: &Known, what: &str) {
    for zoom in 0..=MAX_ZOOM {
        let mut tiles: Vec<TileCoord> = known.places.values().map(|place| TileCoord::holding(zoom, *place)).collect();
        tiles.sort_unstable();
        tiles.dedup();
        let present = atlas.present(&layer.id).expect("a layer");
        let told: BTreeMap<u64, GroupTotal> = tiles.iter().flat_map(|tile| present.groups(*tile)).collect();
        assert_eq!(told, known.groups(zoom), "{what}, zoom {zoom}");
    }
    let deeper = TileCoord::holding(MAX_ZOOM + 1, *known.places.values().next().expect("features"));
    assert!(atlas.present(&layer.id).expect("a layer").groups(deeper).is_empty());
}

/// Random edits of the features: puts, moves, removals.
fn edit(random: &mut ChaCha8Rng, layer: &Layer, known: &mut Known) -> Vec<Change> {
    let count = random.random_range(1..40);
    let changes = (0..count).map(|_| {
        let number = random.random_range(0..700);
        let feature = feature(random, layer, number);
        if random.random_bool(0.3) {
            known.places.remove(feature.id.as_str());
            return Change::Remove { layer: layer.id.clone(), id: feature.id };
        }
        let place = feature.geometry.coords().next().expect("a point");
        known.places.insert(feature.id.to_string(), world_point(place));
        Change::Put(feature)
    });
    changes.collect()
}

/// Random readings, many of them late, some of features that are not there, or not yet.
fn readings(random: &mut ChaCha8Rng, layer: &Arc<Layer>, known: &mut Known) -> Observations {
    let start = DateTime::from_timestamp(1_790_000_000, 0).expect("a moment");
    let list: Vec<Observation> = (0..random.random_range(1..60))
        .map(|_| {
            let feature = FeatureId::new(id(layer, random.random_range(0..800)).as_str()).expect("an id");
            let minute = random.random_range(0..2000);
            let mut value = |most: u32| {
                let known = random.random_bool(0.6);
                let value = f64::from(random.random_range(0..most));
                known.then_some(value)
            };
            let values = [value(2), value(400).map(|eighths| eighths / 8.0 - 10.0)];
            Observation { feature, time: start + TimeDelta::minutes(minute), position: None, values: Box::new(values) }
        })
        .collect();
    // The first of one moment counts; what it lacks is filled in by the next.
    let together = Observations::new(Arc::clone(layer), list);
    for one in together.list() {
        let minute = (one.time - start).num_minutes();
        known.learn(one.feature.as_str(), minute, [one.values[0], one.values[1]]);
    }
    together
}

#[test]
fn groups_tell_what_is_measured_at_every_zoom_after_any_edits_and_readings() {
    let mut random = ChaCha8Rng::seed_from_u64(977);
    let layer = layer();
    let atlas = Atlas::new([Arc::clone(&layer)]);
    let mut known = Known::default();
    for round in 0..120_u64 {
        let revision = Revision(round + 1);
        match random.random_range(0..10) {
            0 => {
                known.places.clear();
                let features: Vec<Feature> = (0..600).map(|number| feature(&mut random, &layer, number)).collect();
                for feature in &features {
                    let place = feature.geometry.coords().next().expect("a point");
                    known.places.insert(feature.id.to_string(), world_point(place));
                }
                atlas.replace(LayerIndex::new(&rows(&layer, &features)), revision);
            }
            1 => {
                let start = atlas.start_compaction(&layer.id).expect("none is running");
                let changes = edit(&mut random, &layer, &mut known);
                atlas.apply(&layer.id, &changes, revision);
                let (compacted, moved) = start.compacted();
                atlas.finish_compaction(&compacted, moved);
            }
            2..5 => {
                let changes = edit(&mut random, &layer, &mut known);
                atlas.apply(&layer.id, &changes, revision);
            }
            _ => {
                let readings = readings(&mut random, &layer, &mut known);
                atlas.observe(&readings, revision);
            }
        }
        if !known.places.is_empty() {
            compare(&atlas, &layer, &known, &format!("round {round}"));
        }
    }
}

/// Who draws a group that straddles the edge of a tile is told of every reading in it.
#[test]
fn a_reading_is_noted_on_every_tile_that_shows_its_group() {
    let mut random = ChaCha8Rng::seed_from_u64(978);
    let layer = layer();
    let atlas = Atlas::new([Arc::clone(&layer)]);
    let features: Vec<Feature> = (0..400).map(|number| feature(&mut random, &layer, number)).collect();
    atlas.replace(LayerIndex::new(&rows(&layer, &features)), Revision(1));
    let time = DateTime::from_timestamp(1_790_000_000, 0).expect("a moment");
    for (round, feature) in (0_u32..).zip(&features).step_by(5) {
        let place = world_point(feature.geometry.coords().next().expect("a point"));
        let around: Vec<TileCoord> = (0..=MAX_ZOOM + 2)
            .flat_map(|zoom| {
                let own = TileCoord::holding(zoom, place);
                let beside =
                    move |at: u32| Some([(own.x() + at % 3).checked_sub(1)?, (own.y() + at / 3).checked_sub(1)?]);
                (0..9).filter_map(beside).filter_map(move |[x, y]| TileCoord::new(zoom, x, y))
            })
            .collect();
        let shown = |coord: &TileCoord| {
            let present = atlas.present(&layer.id).expect("a layer");
            present.groups(*coord).into_iter().collect::<BTreeMap<u64, GroupTotal>>()
        };
        let before: Vec<_> =
            around.iter().map(|coord| (shown(coord), atlas.readings_version(&layer.id, *coord))).collect();
        let reading = Observation {
            feature: feature.id.clone(),
            time,
            position: None,
            values: Box::new([Some(0.0), Some(f64::from(round))]),
        };
        atlas.observe(&Observations::new(Arc::clone(&layer), [reading]), Revision(2 + u64::from(round)));
        for (coord, (groups, version)) in around.iter().zip(before) {
            let noted = atlas.readings_version(&layer.id, *coord) > version;
            assert!(noted || shown(coord) == groups, "{coord} shows another group and is the same as before");
        }
        let far = TileCoord::holding(MAX_ZOOM, world_point([20.0, 50.0]));
        assert!(atlas.readings_version(&layer.id, far) < atlas.readings_version(&layer.id, around[0]));
    }
}
