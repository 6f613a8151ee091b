//! Points in groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use citylayers::geo::mercator::world_point;
use citylayers::geo::{Geometry, GeometryKind, TileCoord};
use citylayers::index::LayerIndex;
use citylayers::model::layer::{Clustering, POINT_COUNT};
use citylayers::model::{Change, Feature, FieldType, Layer, Value, ValueRef};
use geo_types::Point;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::features::{id, rows};
use crate::support::layers;

const CELL: u32 = 64;
const MAX_ZOOM: u8 = 11;

pub fn layer() -> Arc<Layer> {
    let fields = [("places", FieldType::Integer), ("name", FieldType::Text), ("price", FieldType::Real)];
    let mut layer = (*layers::layer("parking", GeometryKind::Point, FieldType::Text, &fields)).clone();
    layer.cluster = Some(Clustering { max_zoom: MAX_ZOOM, cell: CELL, sums: vec![0, 2], totals: Vec::new() });
    Arc::new(layer)
}

/// Near each other, as in a town; some without values, some on one spot.
fn feature(random: &mut ChaCha8Rng, layer: &Layer, number: u64) -> Feature {
    let spread = if random.random_bool(0.5) { 0.05 } else { 3.0 };
    let mut axis = |from: f64| (from + random.random_range(0.0..spread) * 64.0).floor() / 64.0;
    let place = Point::new(axis(105.0), axis(18.0));
    let places = random.random_bool(0.9).then(|| Value::Integer(random.random_range(-20..900)));
    let price = random.random_bool(0.9).then(|| Value::Real(f64::from(random.random_range(0..90_000)) / 1000.0));
    Feature {
        layer: layer.id.clone(),
        id: id(layer, number),
        geometry: Geometry::Point(place),
        properties: vec![places, Some(Value::Text(format!("no. {number}"))), price],
    }
}

/// Number, places and price (in millionths) of what a square holds.
type Sums = (i64, i64, i64);

#[expect(clippy::cast_possible_truncation, reason = "whole millionths")]
fn add(sums: &mut Sums, count: i64, values: &[Option<ValueRef<'_>>]) {
    sums.0 += count;
    if let Some(ValueRef::Integer(places)) = values[0] {
        sums.1 += places;
    }
    if let Some(ValueRef::Real(price)) = values[2] {
        sums.2 += (price * 1e6).round() as i64;
    }
}

/// Every cell of every tile of a zoom, from the tiles.
fn shown(index: &LayerIndex, known: &BTreeMap<String, Feature>, zoom: u8) -> BTreeMap<(u32, u32), Sums> {
    let places = known.values().map(|feature| world_point(feature.geometry.coords().next().expect("a point")));
    let mut tiles: Vec<TileCoord> = places.map(|place| TileCoord::holding(zoom, place)).collect();
    tiles.sort_unstable();
    tiles.dedup();
    let mut cells: BTreeMap<(u32, u32), Sums> = BTreeMap::new();
    for coord in tiles {
        for found in index.tile(coord).iter().filter(|found| found.shift == 0) {
            assert_eq!(found.rows.layer().fields.last().map(|field| field.name.as_str()), Some(POINT_COUNT));
            for row in found.numbers.iter().map(|&row| row as usize) {
                let place = found.rows.arena().world()[row];
                let values: Vec<_> = found.rows.values(row).collect();
                let Some(ValueRef::Integer(count)) = values[3] else { panic!("{coord}: no number of features") };
                let single = found.rows.id(row);
                assert_eq!(count == 1, known.contains_key(single), "{coord}: {single} stands for {count}");
                if TileCoord::holding(zoom, place) == coord {
                    assert!(!cells.contains_key(&cell(place, zoom)), "{coord}: two points in a cell");
                    add(cells.entry(cell(place, zoom)).or_default(), count, &values);
                }
            }
        }
    }
    cells
}

fn cell([x, y]: [u32; 2], zoom: u8) -> (u32, u32) {
    let side = 32 - u32::from(zoom) - (512 / CELL).ilog2();
    (x >> side, y >> side)
}

/// Each cell has one point that tells how many there are and what they come to, at every zoom, after any edits.
#[test]
fn groups_add_up_to_everything_at_every_zoom() {
    let mut random = ChaCha8Rng::seed_from_u64(41);
    let layer = layer();
    let start: Vec<Feature> = (0..1500).map(|number| feature(&mut random, &layer, number)).collect();
    let mut known: BTreeMap<String, Feature> =
        start.iter().map(|feature| (feature.id.to_string(), feature.clone())).collect();
    let mut index = LayerIndex::new(&rows(&layer, &start));
    for round in 0..25 {
        for zoom in 0..=MAX_ZOOM {
            let mut expected: BTreeMap<(u32, u32), Sums> = BTreeMap::new();
            for feature in known.values() {
                let place = world_point(feature.geometry.coords().next().expect("a point"));
                let values: Vec<_> = feature.properties.iter().map(|value| value.as_ref().map(Value::as_ref)).collect();
                add(expected.entry(cell(place, zoom)).or_default(), 1, &values);
            }
            assert_eq!(shown(&index, &known, zoom), expected, "round {round}, zoom {zoom}");
        }
        let changes: Vec<Change> = (0..random.random_range(1..60))
            .map(|_| {
                let number = random.random_range(0..1600);
                let feature = feature(&mut random, &layer, number);
                if random.random_bool(0.4) {
                    known.remove(feature.id.as_str());
                    return Change::Remove { layer: layer.id.clone(), id: feature.id };
                }
                known.insert(feature.id.to_string(), feature.clone());
                Change::Put(feature)
            })
            .collect();
        index = index.apply(&changes).0;
        if round % 6 == 5 {
            index = index.compacted().0;
        }
    }
}
