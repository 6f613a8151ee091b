//! One layer of each kind around a town, edited: against the same layer built afresh, and where nothing is touched.

use std::collections::{BTreeMap, BTreeSet};

use citylayers::geo::mercator::world_point;
use citylayers::geo::{TileCoord, Window};
use citylayers::index::LayerIndex;
use citylayers::model::{Audience, Change, Feature};
use citylayers::tile::{Format, render};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::features::rows;
use crate::support::kinds::{catalog, kinds};
use crate::support::mvt::decode;
use crate::{assert_untouched, ids};

fn learn(known: &mut BTreeMap<String, Feature>, changes: &[Change]) {
    for change in changes {
        match change {
            Change::Put(feature) => known.insert(feature.id.to_string(), feature.clone()),
            Change::Remove { id, .. } => known.remove(id.as_str()),
            other => unreachable!("{other:?} is not made"),
        };
    }
}

/// Every tile of a zoom that holds a vertex of these features, at most `most` of them.
fn tiles(features: &[Feature], zoom: u8, most: usize) -> BTreeSet<TileCoord> {
    let places = features.iter().flat_map(|feature| feature.geometry.coords().step_by(7));
    let mut tiles: BTreeSet<TileCoord> = BTreeSet::new();
    for place in places {
        if tiles.len() == most {
            break;
        }
        tiles.insert(TileCoord::holding(zoom, world_point(place)));
    }
    tiles
}

/// The tile, which an independent reader reads.
fn tile(index: &LayerIndex, coord: TileCoord) -> Vec<u8> {
    let found = index.tile(coord);
    let layer = index.layer_in_tiles(coord.z());
    let bytes = render(&[(layer.as_ref(), found.as_slice())], coord, Audience::Public, Format::Mvt).bytes;
    decode(&bytes, &format!("{} {coord}", layer.id));
    bytes
}

fn shown(index: &LayerIndex) -> Vec<BTreeSet<String>> {
    (0..=17).map(|zoom| ids(&index.query(&Window::WORLD, zoom)).into_iter().collect()).collect()
}

/// How many features show at a zoom at which they did not before, or no longer do, though no edit named them.
fn moved(before: &[BTreeSet<String>], after: &[BTreeSet<String>], changes: &[Change]) -> usize {
    let named: BTreeSet<&str> = changes
        .iter()
        .map(|change| match change {
            Change::Put(feature) => feature.id.as_str(),
            Change::Remove { id, .. } => id.as_str(),
            other => unreachable!("{other:?} is not made"),
        })
        .collect();
    let differ = before.iter().zip(after).flat_map(|(before, after)| before.symmetric_difference(after));
    differ.filter(|id| !named.contains(id.as_str())).count()
}

/// After each edit the layer shows at every zoom what one shows that never had a past, and every tile is the same.
/// So it is for lamps that fill a tile beyond its budget, at the levels that hold it there; compacting them changes nothing.
#[test]
fn an_edited_layer_of_any_kind_equals_the_same_layer_built_afresh() {
    let catalog = catalog();
    for (kind, seed) in kinds(&catalog).into_iter().zip(80..) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let rounds = if kind.numbers > 1000 { 8 } else { 40 };
        let start = kind.all(&mut random);
        let mut known: BTreeMap<String, Feature> = BTreeMap::new();
        learn(&mut known, &start.iter().cloned().map(Change::Put).collect::<Vec<_>>());
        let mut index = LayerIndex::new(&rows(&kind.layer, &start));
        let (mut others, mut before) = (0, shown(&index));
        for round in 0..rounds {
            let changes: Vec<Change> = (0..6).flat_map(|_| kind.changes(&mut random)).collect();
            learn(&mut known, &changes);
            index = index.apply(&changes).0;
            let features: Vec<Feature> = known.values().cloned().collect();
            let fresh = LayerIndex::new(&rows(&kind.layer, &features));
            let what = format!("{} round {round} after {changes:?}", kind.layer.id);
            let now = shown(&index);
            assert!(now == shown(&fresh), "{what}: a zoom shows other features");
            others += moved(&before, &now, &changes);
            before = now;
            for zoom in 0..=17 {
                for coord in tiles(&features, zoom, if kind.numbers > 1000 { 2 } else { 12 }) {
                    assert!(tile(&index, coord) == tile(&fresh, coord), "{what}: tile {coord} looks different");
                }
            }
            if round % 5 == 4 {
                index = index.compacted().0;
            }
        }
        eprintln!("{}: {others} times an edit moved what it does not name", kind.layer.id);
        let thinned = kind.layer.thinning.is_some();
        assert!(!thinned || others > 50, "{}: edits moved only {others} others", kind.layer.id);
    }
}

/// Edits that make a tile too full: they are followed at the levels of the last load, and a compaction finds those of a
/// layer that is built afresh.
#[test]
fn a_layer_that_outgrows_its_budget_is_thinned_as_one_built_afresh() {
    let catalog = catalog();
    let [lamps, ..] = kinds(&catalog);
    let mut few = lamps.clone();
    few.numbers = 12_000;
    let mut random = ChaCha8Rng::seed_from_u64(90);
    let start = few.all(&mut random);
    let grown: Vec<Feature> = (0..lamps.numbers).map(|number| lamps.feature(&mut random, number)).collect();
    let mut index = LayerIndex::new(&rows(&lamps.layer, &start));
    for part in grown.chunks(4_000) {
        index = index.apply(&part.iter().cloned().map(Change::Put).collect::<Vec<_>>()).0;
    }
    let fresh = LayerIndex::new(&rows(&lamps.layer, &grown));
    let full = |index: &LayerIndex| shown(index)[13].len();
    assert!(full(&index) > full(&fresh), "{} lamps at zoom 13, afresh {}", full(&index), full(&fresh));
    let (compacted, moved) = index.compacted();
    assert!(moved, "the compaction tells that tiles look different");
    assert!(shown(&compacted) == shown(&fresh), "a zoom shows other lamps");
    for zoom in 8..=17 {
        for coord in tiles(&grown, zoom, 3) {
            assert!(tile(&compacted, coord) == tile(&fresh, coord), "tile {coord} looks different");
        }
    }
}

#[test]
fn no_tile_of_any_kind_changes_where_nothing_is_touched() {
    let catalog = catalog();
    for (kind, seed) in kinds(&catalog).into_iter().zip(100..) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let features = kind.all(&mut random);
        let mut index = LayerIndex::new(&rows(&kind.layer, &features));
        let mut untouched = 0;
        let rounds = if kind.numbers > 1000 { 10 } else { 60 };
        for _ in 0..rounds {
            let (next, touched) = index.apply(&kind.changes(&mut random));
            untouched += assert_untouched(&mut random, &index, &next, &touched, &features);
            index = next;
        }
        assert!(untouched > 20, "{}: only {untouched} tiles had anything", kind.layer.id);
    }
}

/// The tiles that really differ after an edit are all among those that it says it touched, and it names few others: counted over
/// every tile of the zooms where there are not too many.
#[test]
fn what_an_edit_touches_is_what_differs() {
    let catalog = catalog();
    for (kind, seed) in kinds(&catalog).into_iter().skip(1).zip(110..) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let features = kind.all(&mut random);
        let mut index = LayerIndex::new(&rows(&kind.layer, &features));
        let (mut differ, mut named) = (0, 0);
        for round in 0..12 {
            let number = random.random_range(0..kind.numbers);
            let (next, touched) = index.apply(&[Change::Put(kind.feature(&mut random, number))]);
            for zoom in 0..=15 {
                for coord in tiles(&features, zoom, 150) {
                    let is_named = touched.iter().any(|touch| touch.meets(coord));
                    let differs = tile(&index, coord) != tile(&next, coord);
                    assert!(is_named || !differs, "{} round {round}: {coord} meets none of {touched:?}", kind.layer.id);
                    differ += usize::from(differs);
                    named += usize::from(is_named);
                }
            }
            index = next;
        }
        eprintln!("{}: {differ} tiles differ of {named} that are named", kind.layer.id);
        assert!(differ > 30, "{}: only {differ} tiles differ", kind.layer.id);
    }
}
