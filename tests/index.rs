//! The index against a linear scan, and an edited layer against the same layer built afresh.

#[path = "index/chains.rs"]
mod chains;
#[path = "index/cluster.rs"]
mod cluster;
#[path = "index/group_totals.rs"]
mod group_totals;
#[path = "index/kinds.rs"]
mod kinds;
mod support;
#[path = "index/thinning.rs"]
mod thinning;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use citylayers::geo::{GeometryKind, TileCoord, Window};
use citylayers::index::LayerIndex;
use citylayers::model::layer::{Clustering, Thinning};
use citylayers::model::{Audience, Change, Feature, FieldType, Layer, Selection, Touch};
use citylayers::tile::{Format, render};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::features::{feature, rows};
use support::layers::every_kind;
use support::mvt::decode;

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
    for layer in every_kind().into_iter().chain(every_kind_thinned()).chain([grouped()]) {
        let mut known: BTreeMap<String, Feature> = BTreeMap::new();
        let mut index = LayerIndex::new(&rows(&layer, &[]));
        for round in 0..40 {
            let changes = random_changes(&mut random, &layer);
            for change in &changes {
                match change {
                    Change::Put(feature) => known.insert(feature.id.to_string(), feature.clone()),
                    Change::Remove { id, .. } => known.remove(id.as_str()),
                    other => unreachable!("{other:?} is not made"),
                };
            }
            index = index.apply(&changes).0;
            if round % 7 == 6 {
                index = index.compacted().0;
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
            render(
                &[(index.layer_in_tiles(coord.z()).as_ref(), found.as_slice())],
                coord,
                Audience::Public,
                Format::Mvt,
            )
        };
        let (edited, fresh) = (draw(index), draw(fresh));
        assert!(edited.features > 0 || fresh.features == 0, "{coord}");
        assert!(edited == fresh, "{} round {round}, tile {coord} looks different", index.layer().id);
        // What lies across the antimeridian may be in a tile twice, with one id.
        if coord.windows().len() == 1 {
            decode(&edited.bytes, &format!("{} {coord}", index.layer().id));
        }
    }
}

/// A tile that meets none of what `apply` names looks as before.
#[test]
fn no_tile_changes_where_nothing_is_touched() {
    let mut random = ChaCha8Rng::seed_from_u64(13);
    for layer in every_kind().into_iter().chain(every_kind_thinned()).chain([grouped()]) {
        let features: Vec<Feature> = (0..200).map(|number| feature(&mut random, &layer, number)).collect();
        let mut index = LayerIndex::new(&rows(&layer, &features));
        let mut untouched = 0;
        for _ in 0..60 {
            let number = random.random_range(0..220);
            let (next, touched) = index.apply(&[Change::Put(feature(&mut random, &layer, number))]);
            untouched += assert_untouched(&mut random, &index, &next, &touched, &features);
            index = next;
        }
        assert!(untouched > 20, "{}: only {untouched} tiles had anything", layer.id);
    }
}

/// Looks at tiles around `features` and elsewhere; returns how many of those that are not touched have anything.
fn assert_untouched(
    random: &mut ChaCha8Rng,
    before: &LayerIndex,
    after: &LayerIndex,
    touched: &[Touch],
    features: &[Feature],
) -> usize {
    let mut untouched = 0;
    for probe in 0..40 {
        let zoom = random.random_range(0..15);
        let near = features[random.random_range(0..features.len())].geometry.coords().next();
        let place = near.filter(|_| probe % 2 == 0).map(citylayers::geo::mercator::world_point);
        let coord = TileCoord::holding(zoom, place.unwrap_or([random.random(), random.random()]));
        let draw = |index: &LayerIndex| {
            let found = index.tile(coord);
            let layer = index.layer_in_tiles(coord.z()).as_ref();
            render(&[(layer, found.as_slice())], coord, Audience::Public, Format::Mvt).bytes
        };
        if !touched.iter().any(|touch| touch.meets(coord)) {
            untouched += usize::from(!draw(before).is_empty());
            assert!(draw(before) == draw(after), "{}: tile {coord} meets none of {touched:?}", before.layer().id);
        }
    }
    untouched
}

/// What is said to be left out is what a query does not find, before edits and after.
#[test]
fn what_is_left_out_is_counted() {
    let mut random = ChaCha8Rng::seed_from_u64(15);
    for layer in every_kind_thinned() {
        let features: Vec<Feature> = (0..1000).map(|number| feature(&mut random, &layer, number)).collect();
        let mut index = LayerIndex::new(&rows(&layer, &features));
        for _ in 0..30 {
            for _ in 0..20 {
                let zoom = random.random_range(0..10);
                let coord = TileCoord::holding(zoom, [random.random(), random.random()]);
                let count = |found: &[Selection]| found.iter().map(|found| found.numbers.len()).sum::<usize>();
                let windows = coord.windows();
                let there: usize = windows.iter().map(|(window, _)| count(&index.query(window, 22))).sum();
                let found = index.tile(coord);
                assert_eq!(index.left_out(coord, coord.z(), &found), there - count(&found), "{} {coord}", layer.id);
                let shown = count(&index.query(&Window::WORLD, zoom));
                let told = index.left_out_by_zoom().into_iter().find(|&(of, _)| of == zoom);
                assert_eq!(index.len() - shown, told.map_or(0, |(_, left_out)| left_out), "{} zoom {zoom}", layer.id);
            }
            index = index.apply(&random_changes(&mut random, &layer)).0;
        }
    }
}

/// Layers of which low zooms show one in two, and specks of dust for small polygons up to zoom 17.
fn every_kind_thinned() -> Vec<Arc<Layer>> {
    let thinned = every_kind().into_iter().map(|layer| {
        let mut layer = (*layer).clone();
        layer.thinning = Some(Thinning { base_zoom: 12, rate: 2.0, by: None, merge: Vec::new() });
        layer.maxzoom = 18;
        Arc::new(layer)
    });
    thinned.collect()
}

/// Points shown in groups up to zoom 10.
fn grouped() -> Arc<Layer> {
    let point = every_kind().into_iter().find(|layer| layer.geometry == GeometryKind::Point).expect("every kind");
    let mut layer = (*point).clone();
    let numbers = layer.fields.iter().enumerate().filter(|(_, field)| field.field_type == FieldType::Integer);
    let sums = numbers.map(|(number, _)| number).collect();
    layer.cluster = Some(Clustering { max_zoom: 10, cell: 32, sums, totals: Vec::new() });
    Arc::new(layer)
}

/// Zooming in only adds: what a zoom shows, the next one shows too.
#[test]
fn every_zoom_shows_what_the_one_above_it_showed() {
    let mut random = ChaCha8Rng::seed_from_u64(14);
    for layer in every_kind_thinned() {
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
