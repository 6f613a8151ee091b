//! Cold tiles of three layers, drawn and packed as the server does it but without HTTP: where a profile of them begins.
//!
//! `perf record -g target/release/deps/composite-* SECONDS` draws for so long in each packing.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_lossless,
    reason = "figures of a bench"
)]
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

mod measure;
#[path = "peers/province.rs"]
mod province;
#[path = "peers/tiles.rs"]
#[allow(dead_code, reason = "a part is used")]
mod tiles;

use std::time::{Duration, Instant};

use citylayers::geo::TileCoord;
use citylayers::index::LayerIndex;
use citylayers::model::{Audience, Layer, Selection};
use citylayers::tile::packing::Encoding;
use citylayers::tile::{Format, Packed, render_packed};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let seconds = std::env::args().find_map(|text| text.parse().ok()).unwrap_or(2.0);
    let layers = province::layers();
    let rows = province::rows(&layers, 1.0);
    let tiles = tiles::deep(&tiles::spread(&rows, 500));
    let indexes: Vec<LayerIndex> = rows.iter().map(LayerIndex::new).collect();
    drop(rows);
    for encoding in [Encoding::Identity, Encoding::Gzip, Encoding::Zstd] {
        let (mut drawn, mut bytes, mut features) = (0, 0, 0);
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs_f64(seconds) {
            for &tile in &tiles {
                let packed = draw(&indexes, tile, encoding);
                drawn += 1;
                bytes += packed.bytes.len();
                features += packed.features;
            }
        }
        let each = start.elapsed() / drawn;
        let per = |sum: usize| sum / drawn as usize;
        println!("{encoding:?}: {each:.1?} a tile of {} features and {} bytes", per(features), per(bytes));
    }
}

fn draw(indexes: &[LayerIndex], tile: TileCoord, encoding: Encoding) -> Packed {
    let found: Vec<(&LayerIndex, Vec<Selection>)> = indexes.iter().map(|index| (index, index.tile(tile))).collect();
    let layers: Vec<(&Layer, &[Selection])> =
        found.iter().map(|(index, found)| (index.layer().as_ref(), found.as_slice())).collect();
    render_packed(&layers, tile, Audience::Public, Format::Mvt, encoding)
}
