//! Tiles of three layers, drawn and packed as the server does it but without HTTP, and mended after lamps of them changed: where
//! a profile of them begins.
//!
//! `perf record -g target/release/deps/composite-* SECONDS [mended]` draws for so long in each packing.
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

use std::sync::Arc;
use std::time::{Duration, Instant};

use citylayers::geo::TileCoord;
use citylayers::index::LayerIndex;
use citylayers::model::{Audience, Change, Layer, Selection, Value, Version};
use citylayers::tile::cache::Key;
use citylayers::tile::packing::Encoding;
use citylayers::tile::scratch::with_scratch;
use citylayers::tile::{Format, Packed, render_packed};
use citylayers::web::mend::KeptTile;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let seconds = std::env::args().find_map(|text| text.parse().ok()).unwrap_or(2.0);
    let layers = province::layers();
    let rows = province::rows(&layers, 1.0);
    let tiles = tiles::deep(&tiles::spread(&rows, 500));
    let indexes: Vec<LayerIndex> = rows.iter().map(LayerIndex::new).collect();
    drop(rows);
    if !std::env::args().any(|text| text == "mended") {
        cold(&indexes, &tiles, seconds);
    }
    mended(indexes, &tiles, seconds);
}

fn cold(indexes: &[LayerIndex], tiles: &[TileCoord], seconds: f64) {
    for encoding in [Encoding::Identity, Encoding::Gzip, Encoding::Zstd] {
        let (mut drawn, mut bytes, mut features) = (0, 0, 0);
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs_f64(seconds) {
            for &tile in tiles {
                let packed = draw(indexes, tile, encoding);
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

/// Of each tile a lamp that it shows gets another number between two askings; those of other tiles may lie in it too.
fn mended(indexes: Vec<LayerIndex>, tiles: &[TileCoord], seconds: f64) {
    let mut indexes: Vec<Arc<LayerIndex>> = indexes.into_iter().map(Arc::new).collect();
    let lamps = indexes.iter().position(|index| index.layer().id.as_str() == "street_lights").expect("lamps");
    let asset = indexes[lamps].layer().field_index("asset_no").expect("a field of the layer");
    for encoding in [Encoding::Identity, Encoding::Gzip, Encoding::Zstd] {
        let mut kept: Vec<KeptTile> = tiles.iter().map(|_| KeptTile::default()).collect();
        let keys: Vec<Key> = tiles.iter().map(|&tile| key(tile, encoding)).collect();
        for (tile, key) in kept.iter_mut().zip(&keys) {
            assert!(!tile.renew(&indexes, key.coord.z(), key), "nothing was there");
        }
        let pieces = kept.iter().map(KeptTile::heap_bytes).sum::<usize>() / kept.len();
        let (mut took, mut bytes, mut marks) = (Vec::new(), 0, 0);
        while took.iter().sum::<Duration>() < Duration::from_secs_f64(seconds) {
            for (tile, key) in kept.iter_mut().zip(&keys) {
                let found = indexes[lamps].tile(key.coord);
                let Some(selection) = found.first() else { continue };
                let row = selection.numbers[(marks * 7919) % selection.numbers.len()];
                let mut lamp = selection.rows.feature(row as usize);
                marks += 1;
                lamp.properties[asset] = Some(Value::Text(format!("edit{marks:06}")));
                indexes[lamps] = Arc::new(indexes[lamps].apply(&[Change::Put(lamp)]).0);
                let start = Instant::now();
                assert!(tile.renew(&indexes, key.coord.z(), key), "other layers are as they were");
                let pieces = tile.layers().flat_map(|(layer, _)| layer.pieces());
                bytes += with_scratch(|scratch| scratch.packer.join(pieces, encoding)).len();
                took.push(start.elapsed());
            }
        }
        took.sort_unstable();
        let (sum, count) = (took.iter().sum::<Duration>(), took.len());
        let each = sum / count as u32;
        let (median, p99) = (took[count / 2], took[count * 99 / 100]);
        println!(
            "{encoding:?}, mended: {each:.1?} a tile, median {median:.1?}, p99 {p99:.1?}, {} bytes, {pieces} kept",
            bytes / count
        );
    }
}

fn key(coord: TileCoord, encoding: Encoding) -> Key {
    let (audience, layers, format) = (Audience::Public, "".into(), Format::Mvt);
    Key { audience, layers, version: Version::default(), coord, format, encoding, measured: None, indicated: None }
}

fn draw(indexes: &[LayerIndex], tile: TileCoord, encoding: Encoding) -> Packed {
    let found: Vec<(&LayerIndex, Vec<Selection>)> = indexes.iter().map(|index| (index, index.tile(tile))).collect();
    let layers: Vec<(&Layer, &[Selection])> =
        found.iter().map(|(index, found)| (index.layer().as_ref(), found.as_slice())).collect();
    render_packed(&layers, tile, Audience::Public, Format::Mvt, encoding)
}
