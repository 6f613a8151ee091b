//! A tile in both formats, packed and bare: valid, and the same in each.
#![allow(clippy::cast_precision_loss, reason = "as a browser reads large numbers")]

use std::io::Read;

use citylayers::geo::TileCoord;
use citylayers::model::{Audience, Layer, Selection};
use citylayers::tile::packing::Encoding;
use citylayers::tile::{Drawn, Format, render, render_packed};
use fast_mvt::MvtValue;

use crate::support::mlt;
use crate::support::mvt::{TileFeature, decode};

/// Judges what an index found for a tile; returns it drawn, in both formats.
pub fn judged(
    layer: &Layer,
    found: &[Selection],
    coord: TileCoord,
    audience: Audience,
    encoding: Encoding,
) -> [Drawn; 2] {
    let what = format!("{} {coord}", layer.id);
    let mut shifts: Vec<i64> = found.iter().map(|selection| selection.shift).collect();
    shifts.dedup();
    // What lies across the antimeridian may be in a tile twice, with one id: each side is judged by itself.
    for shift in shifts {
        let side: Vec<Selection> = found.iter().filter(|selection| selection.shift == shift).cloned().collect();
        let [mvt, mlt] = both(layer, &side, coord, audience);
        assert_alike(layer, &mvt, &mlt, &what);
    }
    let drawn = both(layer, found, coord, audience);
    for (drawn, format) in drawn.iter().zip([Format::Mvt, Format::Mlt]) {
        let packed = render_packed(&[(layer, found)], coord, audience, format, encoding);
        assert_eq!(packed.features, drawn.features, "{what}");
        assert!(unpacked(&packed.bytes, encoding) == drawn.bytes, "{what}: packed as {encoding:?} it is another");
    }
    drawn
}

fn both(layer: &Layer, found: &[Selection], coord: TileCoord, audience: Audience) -> [Drawn; 2] {
    [Format::Mvt, Format::Mlt].map(|format| render(&[(layer, found)], coord, audience, format))
}

fn assert_alike(layer: &Layer, mvt: &Drawn, mlt: &Drawn, what: &str) {
    let name = layer.id.as_str();
    let messages = decode(&mvt.bytes, what).remove(name).unwrap_or_default();
    let columns = mlt::decode(&mlt.bytes, what).remove(name).unwrap_or_default();
    let counts = [mvt.features, mlt.features, messages.len(), columns.len()];
    assert!(counts.iter().all(|&count| count == counts[0]), "{what}: {counts:?} features");
    for (one, other) in messages.iter().zip(&columns) {
        assert_eq!((one.id, one.kind, &one.paths), (other.id, other.kind, &other.paths), "{what}");
        assert_eq!(in_a_browser(one), in_a_browser(other), "{what}: feature {}", one.id);
    }
}

/// Whole numbers beyond 32 bits are doubles in an MLT and in a browser.
fn in_a_browser(feature: &TileFeature) -> Vec<(&str, MvtValue)> {
    let value = |value: &MvtValue| match *value {
        MvtValue::UInt(number) => MvtValue::Double(number as f64),
        MvtValue::SInt(number) => MvtValue::Double(number as f64),
        ref other => other.clone(),
    };
    feature.properties.iter().map(|(name, number)| (name.as_str(), value(number))).collect()
}

fn unpacked(packed: &[u8], encoding: Encoding) -> Vec<u8> {
    let mut bytes = Vec::new();
    if packed.is_empty() {
        return bytes;
    }
    let read = match encoding {
        Encoding::Identity => return packed.to_vec(),
        Encoding::Gzip => flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes),
        Encoding::Brotli => brotli::Decompressor::new(packed, 4096).read_to_end(&mut bytes),
        Encoding::Zstd => zstd::Decoder::new(packed).and_then(|mut zstd| zstd.read_to_end(&mut bytes)),
    };
    read.unwrap_or_else(|error| panic!("{encoding:?} unpacks: {error}"));
    bytes
}
