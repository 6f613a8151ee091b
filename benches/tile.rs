//! Tiles, cold and warm, and what a feature costs in memory: a million lamps, and wards with shared borders.
#![allow(clippy::cast_precision_loss, reason = "figures of a bench")]
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

mod measure;

use citylayers::demo::{province, synthetic};
use citylayers::geo::TileCoord;
use citylayers::index::LayerIndex;
use citylayers::model::{Audience, Rows, Version};
use citylayers::tile::cache::{Cache, Key, Tile};
use citylayers::tile::packing::{Encoding, pack};
use citylayers::tile::{Drawn, Format, render};
use fast_mvt::{MvtGeometry, MvtLayerBuilder};
use measure::{SEED, Times, layer, once, points, ratio, resident_bytes, thinned_lamps, tiles};

fn main() {
    let before = resident_bytes();
    let lamps = thinned_lamps();
    let (rows, made) = once(|| synthetic::points(SEED, points(), &lamps));
    let (index, built) = once(|| LayerIndex::new(&rows));
    println!("{} lamps with {} values each: made in {made:.1?}, indexed in {built:.1?}", rows.len(), values(&rows));
    drop(rows);
    memory(&index, before);
    cold(&index, 6..=16);
    baseline(&index, 14);
    warm(&index);
    let wards = province(SEED, &[layer("wards")], 1.0).next().expect("the demo has wards");
    let index = LayerIndex::new(&wards);
    println!("\n{} wards with {} vertices", wards.len(), wards.arena().world().len());
    memory(&index, 0);
    cold(&index, 6..=16);
}

/// Values that are there, in the first row.
fn values(rows: &Rows) -> usize {
    rows.values(0).flatten().count()
}

fn memory(index: &LayerIndex, before: u64) {
    let bytes = index.heap_bytes();
    let resident = if before > 0 {
        format!("; the process grew by {} MB", (resident_bytes() - before) >> 20)
    } else {
        String::new()
    };
    println!("memory: {} MB, {} bytes a feature{resident}", bytes >> 20, bytes / index.len());
}

fn draw(index: &LayerIndex, coord: TileCoord) -> Drawn {
    let found = index.tile(coord);
    render(&[(index.layer().as_ref(), found.as_slice())], coord, Audience::Public, Format::Mvt)
}

fn cold(index: &LayerIndex, zooms: std::ops::RangeInclusive<u8>) {
    println!(
        "cold, drawn:      {:>6} {:>9} | {:>10} {:>10} {:>10} | {:>9} {:>9}",
        "tiles", "features", "median", "p99", "max", "largest", "gzip"
    );
    for zoom in zooms {
        let coords = tiles(index, zoom, 200);
        let (times, features) = Times::of(&coords, |coord| draw(index, coord).features);
        let largest = coords.iter().map(|&coord| draw(index, coord).bytes).max_by_key(Vec::len).unwrap_or_default();
        let packed = pack(&largest, Encoding::Gzip).len();
        assert!(features > 0, "zoom {zoom} shows nothing");
        println!(
            "  zoom {zoom:>2}         {:>6} {features:>9} | {} | {:>7}kB {:>7}kB",
            coords.len(),
            times.line(),
            largest.len() / 1000,
            packed / 1000
        );
    }
}

/// The same points through a feature object each and a library's encoder.
fn baseline(index: &LayerIndex, zoom: u8) {
    let coords = tiles(index, zoom, 200);
    let (own, own_hits) = Times::of(&coords, |coord| draw(index, coord).features);
    let (other, other_hits) = Times::of(&coords, |coord| {
        let mut layer = MvtLayerBuilder::new(index.layer().id.as_str()).expect("a name");
        let mut count = 0;
        for found in index.tile(coord) {
            for &row in &found.numbers {
                let feature = found.rows.feature(row as usize);
                let [x, y] = found.rows.arena().world()[row as usize];
                let [x, y] = coord.project([i64::from(x), i64::from(y)]);
                let place = (i32::try_from(x).expect("near"), i32::try_from(y).expect("near"));
                let mut builder = layer.feature(&MvtGeometry::Point(place.into())).expect("a point");
                builder.id(Some(found.rows.tile_id(row as usize)));
                for (field, value) in index.layer().fields.iter().zip(&feature.properties) {
                    if let Some(value) = value {
                        builder.tag_string(&field.name, value.as_ref().to_string()).expect("a tag");
                    }
                }
                layer = builder.end();
                count += 1;
            }
        }
        std::hint::black_box(layer.encode());
        count
    });
    assert!(own_hits.abs_diff(other_hits) * 100 <= own_hits, "{own_hits} and {other_hits} features");
    println!(
        "zoom {zoom}, a feature object each and fast-mvt: {:.1?}; ours is {:.1} times as fast",
        other.median(),
        ratio(other.median(), own.median())
    );
}

fn warm(index: &LayerIndex) {
    let cache = Cache::new(256 << 20);
    let coords = tiles(index, 14, 200);
    let key = |coord| Key {
        audience: Audience::Public,
        layers: "street_lights".into(),
        version: Version::default(),
        coord,
        format: Format::Mvt,
        encoding: Encoding::Gzip,
        measured: None,
        indicated: None,
    };
    let packed = |coord| Tile { bytes: pack(&draw(index, coord).bytes, Encoding::Gzip), left_out: None };
    let fill = |coord| cache.get_or_draw(key(coord), || packed(coord)).bytes.len();
    let (first, first_bytes) = Times::of(&coords, fill);
    let (again, again_bytes) = Times::of(&coords, fill);
    assert!(first_bytes > 0 && first_bytes == again_bytes);
    println!("zoom 14, gzip: first {:.1?}, again from the cache {:.1?}", first.median(), again.median());
}
