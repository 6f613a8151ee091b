//! A reader of `MapLibre` tiles (`mlt-core`), which tells the same as the reader of MVT.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::BTreeMap;

use fast_mvt::MvtValue;
use geo_types::{Geometry, LineString, Polygon};
use mlt_core::{Decoder, LendingIterator, Parser, PropValueRef};

use super::mvt::{Place, TileFeature};

/// The features of a tile by layer. Fails, naming `what`, where the tile cannot be read.
#[track_caller]
pub fn decode(tile: &[u8], what: &str) -> BTreeMap<String, Vec<TileFeature>> {
    let layers = Parser::default().parse_layers(tile).unwrap_or_else(|error| panic!("{what}: {error}"));
    let mut decoder = Decoder::default();
    let mut tile = BTreeMap::new();
    for layer in layers {
        let layer = layer.into_layer01().unwrap_or_else(|| panic!("{what}: a layer of an unknown kind"));
        let layer = layer.decode_all(&mut decoder).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(layer.extent().get(), 4096, "{what}");
        let mut features = Vec::new();
        let mut read = layer.iter_features();
        while let Some(feature) = read.next() {
            let feature = feature.unwrap_or_else(|error| panic!("{what}: {error}"));
            let (kind, paths) = paths(feature.geometry());
            let properties = feature.iter_properties().map(|column| (column.name().to_string(), value(column.value())));
            let id = feature.id().unwrap_or_else(|| panic!("{what}: a feature has no id"));
            features.push(TileFeature { id, properties: properties.collect(), paths, kind });
        }
        assert!(!features.is_empty(), "{what}: layer {} is empty", layer.name());
        let before = tile.insert(layer.name().to_owned(), features);
        assert!(before.is_none(), "{what}: layer {} stands twice", layer.name());
    }
    tile
}

/// As MVT says it: whole numbers by their sign, not by the width of a column.
fn value(value: PropValueRef<'_>) -> MvtValue {
    let whole = |number: i64| match u64::try_from(number) {
        Ok(number) => MvtValue::UInt(number),
        Err(_) => MvtValue::SInt(number),
    };
    match value {
        PropValueRef::Bool(flag) => MvtValue::Bool(flag),
        PropValueRef::I8(number) => whole(number.into()),
        PropValueRef::U8(number) => MvtValue::UInt(number.into()),
        PropValueRef::I32(number) => whole(number.into()),
        PropValueRef::U32(number) => MvtValue::UInt(number.into()),
        PropValueRef::F32(number) => MvtValue::Float(number),
        PropValueRef::F64(number) => MvtValue::Double(number),
        PropValueRef::Str(text) => MvtValue::String(text.to_owned()),
        wide @ (PropValueRef::I64(_) | PropValueRef::U64(_)) => panic!("a browser would make a BigInt of {wide:?}"),
    }
}

fn paths(geometry: &Geometry<i32>) -> (i32, Vec<Vec<Place>>) {
    match geometry {
        Geometry::Point(point) => (1, vec![vec![[point.x().into(), point.y().into()]]]),
        Geometry::LineString(line) => (2, vec![path(line)]),
        Geometry::MultiLineString(lines) => (2, lines.iter().map(path).collect()),
        Geometry::Polygon(polygon) => (3, rings(polygon).collect()),
        Geometry::MultiPolygon(polygons) => (3, polygons.iter().flat_map(rings).collect()),
        other => panic!("{other:?} is drawn by nothing"),
    }
}

fn rings(polygon: &Polygon<i32>) -> impl Iterator<Item = Vec<Place>> {
    std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(|ring| {
        let mut places = path(ring);
        assert_eq!(places.pop().as_ref(), places.first(), "a ring is closed");
        places
    })
}

fn path(line: &LineString<i32>) -> Vec<Place> {
    line.coords().map(|place| [place.x.into(), place.y.into()]).collect()
}
