//! Finding points by window, beside rstar and geo-index over the same points. The three must find the same number.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sizes of a bench"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

mod measure;

use citylayers::demo::synthetic;
use citylayers::geo::Window;
use citylayers::index::LayerIndex;
use geo_index::rtree::sort::HilbertSort;
use geo_index::rtree::{RTreeBuilder, RTreeIndex};
use measure::{SEED, Times, once, points, ratio, thinned_lamps};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rstar::{AABB, RTree};

fn main() {
    let layer = thinned_lamps();
    let rows = synthetic::points(SEED, points(), &layer);
    let places: Vec<[u32; 2]> = rows.arena().world().to_vec();
    let (index, own_build) = once(|| LayerIndex::new(&rows));
    let (tree, rstar_build) =
        once(|| RTree::bulk_load(places.iter().map(|&[x, y]| [f64::from(x), f64::from(y)]).collect()));
    let (packed, packed_build) = once(|| {
        let mut builder = RTreeBuilder::<f64>::new(places.len() as u32);
        for &[x, y] in &places {
            builder.add(f64::from(x), f64::from(y), f64::from(x), f64::from(y));
        }
        builder.finish::<HilbertSort>()
    });
    println!(
        "{} points; build: layer index (rows sorted, ids, tree) {own_build:.0?}, rstar {rstar_build:.0?}, geo-index {packed_build:.0?}",
        places.len()
    );
    println!(
        "{:>10} {:>12} {:>12} {:>12} {:>10} {:>10}",
        "hits", "layer index", "rstar", "geo-index", "x rstar", "x geo-index"
    );
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    for size in [1_u32 << 13, 1 << 15, 1 << 17, 1 << 19, 1 << 21] {
        let windows: Vec<Window> =
            (0..300).map(|_| around(places[random.random_range(0..places.len())], size)).collect();
        let (own, own_hits) =
            Times::of(&windows, |window| index.query(&window, 22).iter().map(|found| found.numbers.len()).sum());
        let (star, star_hits) = Times::of(&windows, |w| {
            let corner = |x: u32, y: u32| [f64::from(x), f64::from(y)];
            tree.locate_in_envelope(AABB::from_corners(corner(w.min_x, w.min_y), corner(w.max_x, w.max_y))).count()
        });
        let (geo, geo_hits) = Times::of(&windows, |w| {
            packed.search(f64::from(w.min_x), f64::from(w.min_y), f64::from(w.max_x), f64::from(w.max_y)).len()
        });
        assert!(own_hits > 0 && own_hits == star_hits && own_hits == geo_hits, "{own_hits}, {star_hits}, {geo_hits}");
        let (own, star, geo) = (own.median(), star.median(), geo.median());
        println!(
            "{:>10} {own:>12.1?} {star:>12.1?} {geo:>12.1?} {:>10.1} {:>10.1}",
            own_hits / windows.len(),
            ratio(star, own),
            ratio(geo, own)
        );
    }
}

fn around([x, y]: [u32; 2], size: u32) -> Window {
    let half = size / 2;
    Window { min_x: x - half, min_y: y - half, max_x: x + half, max_y: y + half }
}
