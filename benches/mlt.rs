//! `MapLibre` tiles beside Mapbox vector tiles: the same tiles of the demo province, their sizes and what writing them takes.
#![allow(clippy::cast_precision_loss, reason = "figures of a bench")]
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

mod measure;

use std::collections::BTreeSet;
use std::time::Duration;

use citylayers::catalog::Catalog;
use citylayers::demo::province;
use citylayers::geo::TileCoord;
use citylayers::index::LayerIndex;
use citylayers::model::Audience;
use citylayers::tile::packing::{Encoding, pack};
use citylayers::tile::{Drawn, Format, render};
use measure::{SEED, Times, ratio, tiles};

/// Tiles of a layer and zoom.
const TILES: usize = 40;

/// How often each tile is drawn; the median counts.
const ROUNDS: usize = 5;

fn main() {
    let catalog = Catalog::shipped().expect("the shipped catalogue reads");
    println!(
        "{:<16} {:>4} {:>5} {:>8} | {:>7} {:>5} | {:>7} {:>5} | {:>7} {:>5} | {:>9} {:>9} {:>6}",
        "layer", "zoom", "tiles", "features", "mvt", "mlt", "gzip", "mlt", "zstd", "mlt", "mvt", "mlt", "times"
    );
    let mut whole = [Cost::default(), Cost::default()];
    for rows in province(SEED, catalog.layers(), 1.0) {
        let index = LayerIndex::new(&rows);
        let (first, last) = (index.layer().minzoom, index.layer().maxzoom);
        for zoom in BTreeSet::from([first, first.midpoint(last), last]) {
            let coords = shown(&index, zoom);
            if coords.is_empty() {
                continue; // thinned out so far up
            }
            let [mvt, mlt] = [Format::Mvt, Format::Mlt].map(|format| Cost::of(&index, &coords, format));
            assert!(mvt.features > 0 && mvt.features == mlt.features, "{} {zoom}", index.layer().id);
            print(&format!("{:<16} {zoom:>4} {:>5}", index.layer().id.as_str(), coords.len()), &mvt, &mlt);
            whole[0].add(&mvt);
            whole[1].add(&mlt);
        }
    }
    assert!(whole[0].features > 50_000, "{} features", whole[0].features);
    print(&format!("{:<27}", "all of these"), &whole[0], &whole[1]);
}

/// What a set of tiles takes in one format.
#[derive(Default)]
struct Cost {
    features: usize,
    bare: usize,
    gzip: usize,
    zstd: usize,
    time: Duration,
}

impl Cost {
    fn of(index: &LayerIndex, coords: &[TileCoord], format: Format) -> Self {
        let mut cost = Self::default();
        for &coord in coords {
            let drawn = draw(index, coord, format);
            cost.features += drawn.features;
            cost.bare += drawn.bytes.len();
            cost.gzip += pack(&drawn.bytes, Encoding::Gzip).len();
            cost.zstd += pack(&drawn.bytes, Encoding::Zstd).len();
            let (times, hits) = Times::of(&[coord; ROUNDS], |coord| draw(index, coord, format).features);
            assert_eq!(hits, drawn.features * ROUNDS, "{coord}");
            cost.time += times.median();
        }
        cost
    }

    fn add(&mut self, other: &Self) {
        self.features += other.features;
        self.bare += other.bare;
        self.gzip += other.gzip;
        self.zstd += other.zstd;
        self.time += other.time;
    }
}

fn draw(index: &LayerIndex, coord: TileCoord, format: Format) -> Drawn {
    let found = index.tile(coord);
    render(&[(index.layer().as_ref(), found.as_slice())], coord, Audience::Public, format)
}

/// Tiles of a zoom that show features, [`TILES`] at most.
fn shown(index: &LayerIndex, zoom: u8) -> Vec<TileCoord> {
    let all = tiles(index, zoom, usize::MAX).into_iter();
    all.filter(|&coord| draw(index, coord, Format::Mvt).features > 0).take(TILES).collect()
}

/// Sizes in kB of MVT, and those of MLT as a share of it; times of all tiles together.
fn print(what: &str, mvt: &Cost, mlt: &Cost) {
    let size = |mvt: usize, mlt: usize| format!("{:>7.1} {:>5.2}", mvt as f64 / 1000.0, mlt as f64 / mvt as f64);
    println!(
        "{what} {:>8} | {} | {} | {} | {:>9.1?} {:>9.1?} {:>6.2}",
        mvt.features,
        size(mvt.bare, mlt.bare),
        size(mvt.gzip, mlt.gzip),
        size(mvt.zstd, mlt.zstd),
        mvt.time,
        mlt.time,
        ratio(mlt.time, mvt.time)
    );
}
