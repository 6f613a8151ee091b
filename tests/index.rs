//! The index against a linear scan, and an edited layer against the same layer built afresh.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use citylayers::geo::{GeometryKind, TileCoord, Window};
use citylayers::index::LayerIndex;
use citylayers::model::{Audience, Change, Feature, Layer, Selection};
use citylayers::tile::{Format, render};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::features::{feature, rows};
use support::layers::every_kind;

fn ids(selections: &[Selection]) -> Vec<String> {
    let rows =
        selections.iter().flat_map(|found| found.numbers.iter().map(|&row| found.rows.id(row as usize).to_owned()));
    let mut ids: Vec<String> = rows.collect();
    ids.sort_unstable();
    ids
}

fn random_window(random: &mut ChaCha8Rng) -> Window {
    let size = 1_u32 << random.random_range(10..31);
    let (x, y): (u32, u32) = (random.random(), random.random());
    Window { min_x: x, min_y: y, max_x: x.saturating_add(size), max_y: y.saturating_add(size) }
}

#[test]
fn a_window_finds_what_a_linear_scan_finds() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    for layer in every_kind() {
        let features: Vec<Feature> = (0..3000).map(|number| feature(&mut random, &layer, number)).collect();
        let rows = rows(&layer, &features);
        let index = LayerIndex::new(&rows);
        let mut hits = 0;
        for _ in 0..200 {
            let window = random_window(&mut random);
            let scanned = (0..rows.len()).filter(|&row| rows.arena().window(row).intersects(&window));
            let mut expected: Vec<String> = scanned.map(|row| rows.id(row).to_owned()).collect();
            expected.sort_unstable();
            hits += expected.len();
            assert_eq!(ids(&index.query(&window, 22)), expected, "{}: {window:?}", layer.id);
        }
        assert!(hits > 1000, "{}: the windows hit only {hits}", layer.id);
    }
}

/// Random puts and removals in batches; after each, ids, look-ups and tiles equal those of a layer that never had a past.
#[test]
fn an_edited_layer_equals_the_same_layer_built_afresh() {
    let mut random = ChaCha8Rng::seed_from_u64(12);
    for layer in every_kind() {
        let mut known: BTreeMap<String, Feature> = BTreeMap::new();
        let mut index = LayerIndex::new(&rows(&layer, &[]));
        for round in 0..40 {
            let changes = random_changes(&mut random, &layer);
            for change in &changes {
                match change {
                    Change::Put(feature) => known.insert(feature.id.to_string(), feature.clone()),
                    Change::Remove { id, .. } => known.remove(id.as_str()),
                    Change::Replace(_) => unreachable!("none is made"),
                };
            }
            index = index.apply(&changes).0;
            if round % 7 == 6 {
                index = index.compacted();
            }
            let features: Vec<Feature> = known.values().cloned().collect();
            let fresh = LayerIndex::new(&rows(&layer, &features));
            assert_eq!(index.len(), known.len());
            assert_eq!(ids(&index.all()), known.keys().cloned().collect::<Vec<_>>(), "{} round {round}", layer.id);
            for feature in &features {
                assert_eq!(index.get(feature.id.as_str()).as_ref(), Some(feature));
            }
            assert_same_tiles(&mut random, &index, &fresh, &features, round);
        }
    }
}

fn random_changes(random: &mut ChaCha8Rng, layer: &Layer) -> Vec<Change> {
    (0..random.random_range(1..40))
        .map(|_| {
            let number = random.random_range(0..300);
            let feature = feature(random, layer, number);
            if random.random_bool(0.3) {
                Change::Remove { layer: layer.id.clone(), id: feature.id }
            } else {
                Change::Put(feature)
            }
        })
        .collect()
}

fn assert_same_tiles(
    random: &mut ChaCha8Rng,
    index: &LayerIndex,
    fresh: &LayerIndex,
    features: &[Feature],
    round: usize,
) {
    for _ in 0..20 {
        let Some(feature) = features.get(random.random_range(0..features.len().max(1))) else { return };
        let place = feature.geometry.coords().next().expect("never empty");
        let coord = TileCoord::holding(random.random_range(0..15), citylayers::geo::mercator::world_point(place));
        let draw = |index: &LayerIndex| {
            let found = index.tile(coord);
            render(&[(index.layer().as_ref(), found.as_slice())], coord, Audience::Public, Format::Mvt)
        };
        let (edited, fresh) = (draw(index), draw(fresh));
        assert!(edited.features > 0 || fresh.features == 0, "{coord}");
        assert_eq!(edited, fresh, "{} round {round}, tile {coord}", index.layer().id);
    }
}

/// A tile outside the windows that `apply` names looks as before.
#[test]
fn no_tile_changes_outside_the_touched_windows() {
    let mut random = ChaCha8Rng::seed_from_u64(13);
    for layer in every_kind() {
        let features: Vec<Feature> = (0..200).map(|number| feature(&mut random, &layer, number)).collect();
        let mut index = LayerIndex::new(&rows(&layer, &features));
        let mut untouched = 0;
        for _ in 0..60 {
            let number = random.random_range(0..220);
            let (next, touched) = index.apply(&[Change::Put(feature(&mut random, &layer, number))]);
            for _ in 0..30 {
                let zoom = random.random_range(0..12);
                let coord = TileCoord::holding(zoom, [random.random(), random.random()]);
                let meets =
                    coord.windows().iter().any(|(window, _)| touched.iter().any(|touched| touched.intersects(window)));
                let draw = |index: &LayerIndex| {
                    let found = index.tile(coord);
                    render(&[(index.layer().as_ref(), found.as_slice())], coord, Audience::Public, Format::Mvt).bytes
                };
                if !meets {
                    untouched += usize::from(!draw(&index).is_empty());
                    assert_eq!(draw(&index), draw(&next), "{}: tile {coord} is outside {touched:?}", layer.id);
                }
            }
            index = next;
        }
        assert!(
            untouched > 20 || layer.geometry == GeometryKind::Point,
            "{}: only {untouched} tiles had anything",
            layer.id
        );
    }
}

/// Zooming in only adds: what a zoom shows, the next one shows too.
#[test]
fn every_zoom_shows_what_the_one_above_it_showed() {
    let mut random = ChaCha8Rng::seed_from_u64(14);
    for layer in every_kind() {
        let mut layer = (*layer).clone();
        layer.thinning = Some(citylayers::model::layer::Thinning { base_zoom: 12, rate: 2.0, by: None });
        let layer = std::sync::Arc::new(layer);
        let features: Vec<Feature> = (0..2000).map(|number| feature(&mut random, &layer, number)).collect();
        let index = LayerIndex::new(&rows(&layer, &features));
        let mut before = BTreeSet::new();
        for zoom in 0..=22 {
            let shown: BTreeSet<String> = ids(&index.query(&Window::WORLD, zoom)).into_iter().collect();
            assert!(before.is_subset(&shown), "{} zoom {zoom}", layer.id);
            before = shown;
        }
        assert_eq!(before.len(), features.len(), "the deepest zoom shows everything");
    }
}
