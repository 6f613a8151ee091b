//! A `MapLibre` tile says what the MVT of the same place says, feature by feature, each read by an independent reader.
#![allow(clippy::cast_precision_loss, reason = "as a browser reads large numbers")]

mod support;

use std::collections::BTreeSet;

use citylayers::catalog::Catalog;
use citylayers::demo::province;
use citylayers::geo::TileCoord;
use citylayers::geo::mercator::world_point;
use citylayers::index::LayerIndex;
use citylayers::model::{Audience, Feature};
use citylayers::tile::{Format, render};
use fast_mvt::MvtValue;
use rand::SeedableRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;
use support::features::{feature, rows};
use support::layers::every_kind;
use support::mvt::{TileFeature, decode};

/// What was compared, so that a test cannot pass by looking at nothing.
#[derive(Debug, Default)]
struct Seen {
    features: usize,
    points: usize,
    several_lines: usize,
    several_polygons: usize,
    holes: usize,
    absent: usize,
    values: usize,
}

impl Seen {
    fn note(&mut self, feature: &TileFeature, fields: usize) {
        let holes = feature.paths.iter().filter(|ring| feature.kind == 3 && area(ring) < 0).count();
        self.features += 1;
        self.points += usize::from(feature.kind == 1);
        self.several_lines += usize::from(feature.kind == 2 && feature.paths.len() > 1);
        self.several_polygons += usize::from(feature.kind == 3 && feature.paths.len() - holes > 1);
        self.holes += holes;
        self.values += feature.properties.len();
        self.absent += fields + 1 - feature.properties.len();
    }
}

fn area(ring: &[[i64; 2]]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum()
}

/// A number as a browser holds it; what is no number stays.
fn in_a_browser(value: &MvtValue) -> MvtValue {
    match *value {
        MvtValue::UInt(number) => MvtValue::Double(number as f64),
        MvtValue::SInt(number) => MvtValue::Double(number as f64),
        ref other => other.clone(),
    }
}

/// Compares a tile in both formats. Whole numbers must be whole in both where all of their column fit into 32 bits.
fn compare(index: &LayerIndex, coord: TileCoord, seen: &mut Seen) {
    let layer = index.layer();
    let what = format!("{} {coord}", layer.id);
    let found = index.tile(coord);
    let draw = |format| render(&[(layer.as_ref(), found.as_slice())], coord, Audience::Public, format);
    let (mvt, mlt) = (draw(Format::Mvt), draw(Format::Mlt));
    assert_eq!(mvt.features, mlt.features, "{what}");
    let (mvt, mlt) = (decode(&mvt.bytes, &what), support::mlt::decode(&mlt.bytes, &what));
    assert_eq!(mvt.keys().collect::<Vec<_>>(), mlt.keys().collect::<Vec<_>>(), "{what}");
    let Some(expected) = mvt.get(layer.id.as_str()) else { return };
    let found = &mlt[layer.id.as_str()];
    let wide = |name: &str| {
        let numbers = || expected.iter().filter_map(|feature| feature.properties.get(name));
        let fits = |low: i64, high: i64| {
            numbers().all(|value| match *value {
                MvtValue::UInt(number) => i64::try_from(number).is_ok_and(|number| number <= high),
                MvtValue::SInt(number) => number >= low,
                _ => true,
            })
        };
        !fits(i32::MIN.into(), i32::MAX.into()) && !fits(0, u32::MAX.into())
    };
    let wide: BTreeSet<&str> = layer.fields.iter().map(|field| field.name.as_str()).filter(|name| wide(name)).collect();
    for (expected, found) in expected.iter().zip(found) {
        let mut properties = expected.properties.clone();
        properties.iter_mut().filter(|(name, _)| wide.contains(name.as_str())).for_each(|(_, v)| *v = in_a_browser(v));
        assert_eq!(found.id, expected.id, "{what}");
        assert_eq!(found.properties, properties, "{what}: feature {}", expected.id);
        assert_eq!((found.kind, &found.paths), (expected.kind, &expected.paths), "{what}: feature {}", expected.id);
        seen.note(expected, layer.fields.len());
    }
}

#[test]
fn the_demo_province_is_the_same_in_both_formats() {
    let catalog = Catalog::shipped().expect("the shipped catalogue reads");
    let mut random = ChaCha8Rng::seed_from_u64(31);
    let mut seen = Seen::default();
    for rows in province(2025, catalog.layers(), 0.1) {
        let index = LayerIndex::new(&rows);
        let middle = |row: usize| rows.arena().window(row).middle();
        for zoom in (index.layer().minzoom..=index.layer().maxzoom).step_by(2) {
            let coords: BTreeSet<TileCoord> =
                (0..rows.len()).map(|row| TileCoord::holding(zoom, middle(row))).collect();
            let mut coords: Vec<TileCoord> = coords.into_iter().collect();
            coords.shuffle(&mut random);
            coords.iter().take(10).for_each(|&coord| compare(&index, coord, &mut seen));
        }
    }
    assert!(seen.features > 10_000 && seen.points > 500 && seen.values > 50_000 && seen.absent > 1000, "{seen:?}");
}

/// Every type of value, absent ones, the widest numbers, lines and polygons of several parts, holes.
#[test]
fn every_type_and_kind_is_the_same_in_both_formats() {
    let mut random = ChaCha8Rng::seed_from_u64(32);
    let mut seen = Seen::default();
    for layer in every_kind() {
        let features: Vec<Feature> = (0..600).map(|number| feature(&mut random, &layer, number)).collect();
        let index = LayerIndex::new(&rows(&layer, &features));
        for zoom in 2..12 {
            for feature in features.choose_multiple(&mut random, 20) {
                let coord =
                    TileCoord::holding(zoom, world_point(feature.geometry.coords().next().expect("never empty")));
                // At the antimeridian a line around the world is in a tile twice.
                if coord.windows().len() == 1 {
                    compare(&index, coord, &mut seen);
                }
            }
        }
    }
    assert!(seen.points > 1000 && seen.several_lines > 1000 && seen.several_polygons > 100, "{seen:?}");
    assert!(seen.holes > 100 && seen.absent > 1000, "{seen:?}");
}
