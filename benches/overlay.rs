//! Drawn areas over wards and over parcels, beside the same with the `geo` crate's overlay of every candidate. Both must meet the same
//! number of features.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]
#![allow(clippy::cast_precision_loss, reason = "sizes of a bench")]

mod measure;

use citylayers::demo::province;
use citylayers::geo::measure::area;
use citylayers::geo::{BBox, Geometry};
use citylayers::index::LayerIndex;
use citylayers::model::Audience;
use citylayers::planning::overlay::{Question, overlay};
use citylayers::planning::pieces::{Asked, NOTHING, candidates};
use geo::BooleanOps;
use geo_types::{Coord, LineString, MultiPolygon, Polygon};
use measure::{SEED, Times, layer, ratio};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Areas drawn for each line of the table.
const DRAWN: usize = 100;

fn main() {
    println!(
        "{:>10} {:>8} {:>8} {:>10} {:>10} {:>10} {:>10} {:>6}",
        "layer", "corners", "hits", "median", "p99", "max", "geo", "ratio"
    );
    for (id, radii) in [("wards", [0.005, 0.1, 0.5]), ("parcels", [0.0002, 0.001, 0.004])] {
        let layer = layer(id);
        let rows = province(SEED, &[layer], 1.0).next().expect("the demo knows the layer");
        let index = LayerIndex::new(&rows);
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        for (corners, radius) in [(4, radii[0]), (30, radii[1]), (1000, radii[2])] {
            let places = rows.arena().lon_lat();
            let areas: Vec<MultiPolygon<f64>> = (0..DRAWN)
                .map(|_| {
                    let middle = places[random.random_range(0..places.len())];
                    star(&mut random, middle, corners, radius)
                })
                .collect();
            let inputs: Vec<&MultiPolygon<f64>> = areas.iter().collect();
            let (own, hits) = Times::of(&inputs, |drawn| ours(&index, drawn));
            let (theirs, their_hits) = Times::of(&inputs, |drawn| baseline(&index, drawn));
            assert!(hits > 0 && hits == their_hits, "{hits} {their_hits}");
            println!(
                "{id:>10} {corners:>8} {:>8.1} {} {:>10.1?} {:>6.1}",
                hits as f64 / DRAWN as f64,
                own.line(),
                theirs.median(),
                ratio(theirs.median(), own.median())
            );
        }
    }
}

fn star(random: &mut ChaCha8Rng, middle: [f64; 2], corners: u32, radius: f64) -> MultiPolygon<f64> {
    let ring: LineString<f64> = (0..corners)
        .map(|corner| {
            let (sine, cosine) = (std::f64::consts::TAU * f64::from(corner) / f64::from(corners)).sin_cos();
            let radius = radius * random.random_range(0.7..1.0);
            Coord { x: middle[0] + radius * cosine, y: middle[1] + radius * sine }
        })
        .collect();
    MultiPolygon(vec![Polygon::new(ring, Vec::new())])
}

/// The whole answer: pieces, shares, what is uncovered and what overlaps.
fn ours(index: &LayerIndex, drawn: &MultiPolygon<f64>) -> usize {
    let asked = Asked::new(Geometry::Polygons(drawn.clone())).expect("a star");
    let question = Question { by: None, interval: None, pieces: false, audience: Audience::Public, version: None };
    overlay(index, &asked, &question).expect("an answer").features.len()
}

/// The pieces alone, each candidate of the index by itself.
fn baseline(index: &LayerIndex, drawn: &MultiPolygon<f64>) -> usize {
    let bbox = BBox::around(drawn.0[0].exterior().0.iter().map(|c| [c.x, c.y])).expect("a star");
    let found = candidates(index, &bbox, &|_, _| true).expect("few");
    let pieces = found.iter().filter(|candidate| match candidate.geometry() {
        Geometry::Polygons(polygons) => area(&polygons.intersection(drawn)) > NOTHING,
        _ => false,
    });
    pieces.count()
}
