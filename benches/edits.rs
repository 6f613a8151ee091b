//! What a commit of fifty lamps costs: in the index, in the GeoPackage, and through the write door.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

mod measure;

use std::sync::Arc;

use citylayers::city::City;
use citylayers::demo::synthetic;
use citylayers::geo::Geometry;
use citylayers::index::LayerIndex;
use citylayers::model::{Change, Feature, Rows};
use citylayers::store::Store;
use citylayers::store::gpkg::GeoPackage;
use measure::{SEED, Times, points, thinned_lamps};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Lamps that change in one commit.
const BATCH: usize = 50;

/// Commits.
const COMMITS: usize = 100;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let layer = thinned_lamps();
    let rows = synthetic::points(SEED, points(), &layer);
    let mut dice = ChaCha8Rng::seed_from_u64(SEED);
    let batches: Vec<Vec<Change>> = (0..COMMITS).map(|_| batch(&rows, &mut dice)).collect();
    let numbers: Vec<usize> = (0..COMMITS).collect();

    let mut index = LayerIndex::new(&rows);
    let (times, touched) = Times::of(&numbers, |number| {
        let (next, touched) = index.apply(&batches[number]);
        index = next;
        touched.len()
    });
    println!("{BATCH} lamps, index alone:    {} median, p99, max; {touched} places touched", times.line());

    let folder = tempfile::tempdir().expect("a folder");
    let (store, count) = runtime.block_on(async {
        let store = Arc::new(GeoPackage::open(&folder.path().join("city.gpkg")).expect("the store opens"));
        store.prepare(std::slice::from_ref(&layer)).await.expect("a table");
        let count = rows.len();
        store.commit(&[Change::Replace(Arc::new(rows))]).await.expect("kept");
        (store, count)
    });
    let (times, kept) = Times::of(&numbers, |number| {
        runtime.block_on(store.commit(&batches[number])).expect("kept");
        batches[number].len()
    });
    println!("{BATCH} lamps, GeoPackage alone: {} median, p99, max; {kept} rows", times.line());

    let city = runtime.block_on(City::open(store, std::slice::from_ref(&layer), |_| true, &|_, _| ())).expect("a city");
    let (times, _) = Times::of(&numbers, |number| {
        runtime.block_on(city.commit(batches[number].clone())).expect("kept").touched.len()
    });
    println!("{BATCH} lamps, write door:      {} median, p99, max", times.line());
    assert_eq!(city.atlas().layer(&layer.id).map(|index| index.len()), Some(count));
}

/// Some lamps, each a few metres from where it was.
fn batch(rows: &Rows, dice: &mut ChaCha8Rng) -> Vec<Change> {
    let chosen = rand::seq::index::sample(dice, rows.len(), BATCH);
    let moved = chosen.into_iter().map(|row| {
        let mut lamp: Feature = rows.feature(row);
        let [lon, lat] = rows.arena().lon_lat()[row];
        let place = [lon, lat].map(|degrees| degrees + dice.random_range(-0.0001..0.0001));
        lamp.geometry = Geometry::Point(place.into());
        Change::Put(lamp)
    });
    moved.collect()
}
