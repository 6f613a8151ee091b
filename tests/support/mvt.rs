//! A strict judge of tiles: everything that MVT 2.1 says MUST, on top of an independent reader (`fast-mvt`).
#![allow(clippy::cast_precision_loss, reason = "tile units are small")]

use std::collections::{BTreeMap, BTreeSet};

use fast_mvt::{MvtReaderRef, MvtValue};
use geo::{Area, Validation};
use geo_types::{Coord, LineString, MultiPolygon, Polygon};

/// A place in tile units.
pub type Place = [i64; 2];

/// A decoded feature.
#[derive(Clone, Debug)]
pub struct TileFeature {
    pub id: u64,
    pub properties: BTreeMap<String, MvtValue>,
    /// Points, lines or rings (without their closing place), as drawn.
    pub paths: Vec<Vec<Place>>,
    pub kind: i32,
}

impl TileFeature {
    /// A text property.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.properties.get(key) {
            Some(MvtValue::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The area of a polygon in square tile units: exteriors count positive and holes negative by their sense.
    pub fn area(&self) -> f64 {
        self.paths.iter().map(|ring| signed_area(ring)).sum()
    }

    fn polygons(&self) -> MultiPolygon<f64> {
        let mut polygons: Vec<Polygon<f64>> = Vec::new();
        for ring in &self.paths {
            let mut line: LineString<f64> = ring.iter().map(|&[x, y]| Coord { x: x as f64, y: y as f64 }).collect();
            line.close();
            match polygons.last_mut() {
                Some(polygon) if signed_area(ring) < 0.0 => polygon.interiors_push(line),
                _ => polygons.push(Polygon::new(line, Vec::new())),
            }
        }
        MultiPolygon(polygons)
    }
}

fn signed_area(ring: &[Place]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| (a[0] * b[1] - b[0] * a[1]) as f64).sum::<f64>() / 2.0
}

/// The features of a tile by layer. Fails, naming `what`, where the tile is not valid.
#[track_caller]
pub fn decode(tile: &[u8], what: &str) -> BTreeMap<String, Vec<TileFeature>> {
    let reader = MvtReaderRef::new(tile).unwrap_or_else(|error| panic!("{what}: {error}"));
    let mut layers = BTreeMap::new();
    for layer in reader.layers() {
        assert_eq!((layer.version(), layer.extent()), (2, 4096), "{what}");
        assert!(!layer.is_empty(), "{what}: layer {} is empty", layer.name());
        let keys: BTreeSet<&str> = layer.keys().iter().copied().collect();
        assert_eq!(keys.len(), layer.keys().len(), "{what}: a key stands twice");
        let mut values = BTreeSet::new();
        layer.values().for_each(|value| assert!(values.insert(format!("{value:?}")), "{what}: {value:?} stands twice"));
        let mut ids = BTreeSet::new();
        let features: Vec<TileFeature> = layer
            .features()
            .map(|feature| {
                let id = feature.id().unwrap_or_else(|| panic!("{what}: a feature has no id"));
                assert!(ids.insert(id), "{what}: id {id} stands twice");
                let kind = feature.geom_type_value().unwrap_or_default();
                let paths = paths(feature.geometry_commands(), kind, what);
                let properties = feature.properties_vec().unwrap_or_else(|error| panic!("{what}: {error}"));
                let properties = properties.into_iter().map(|(key, value)| (key.to_owned(), value.into_owned()));
                let feature = TileFeature { id, properties: properties.collect(), paths, kind };
                judge(&feature, what);
                feature
            })
            .collect();
        let before = layers.insert(layer.name().to_owned(), features);
        assert!(before.is_none(), "{what}: layer {} stands twice", layer.name());
    }
    layers
}

/// The command stream of section 4.3, taken literally.
fn paths(commands: &[u32], kind: i32, what: &str) -> Vec<Vec<Place>> {
    let mut paths: Vec<Vec<Place>> = Vec::new();
    let (mut at, mut cursor, mut closed) = (0, [0_i64; 2], true);
    while at < commands.len() {
        let (command, count) = (commands[at] & 7, commands[at] >> 3);
        at += 1;
        assert!(count > 0, "{what}: a command with count 0");
        if command == 7 {
            assert!(kind == 3 && count == 1 && !closed, "{what}: ClosePath where none may be");
            closed = true;
            continue;
        }
        assert!(command == 1 || command == 2, "{what}: command {command}");
        assert!(kind != 3 || (command == 1) == closed, "{what}: a ring is not closed");
        for _ in 0..count {
            let step = [unzigzag(commands[at]), unzigzag(commands[at + 1])];
            at += 2;
            cursor = [cursor[0] + step[0], cursor[1] + step[1]];
            if command == 1 {
                paths.push(vec![cursor]);
            } else {
                assert_ne!(step, [0, 0], "{what}: a segment of no length");
                paths.last_mut().expect("a MoveTo came first").push(cursor);
            }
        }
        closed = kind == 3 && command != 1 && closed;
    }
    assert!(kind != 3 || closed, "{what}: the last ring is not closed");
    assert!(!paths.is_empty(), "{what}: a geometry without commands");
    paths
}

fn unzigzag(value: u32) -> i64 {
    i64::from(value >> 1) ^ -i64::from(value & 1)
}

fn judge(feature: &TileFeature, what: &str) {
    let places = feature.paths.iter().flatten();
    let outside = places.clone().find(|place| place.iter().any(|&unit| !(-64..=4160).contains(&unit)));
    assert_eq!(outside, None, "{what}: feature {} reaches beyond the buffer", feature.id);
    match feature.kind {
        1 => assert!(feature.paths.iter().all(|path| path.len() == 1), "{what}: {feature:?}"),
        2 => assert!(feature.paths.iter().all(|path| path.len() > 1), "{what}: {feature:?}"),
        3 => {
            for ring in &feature.paths {
                assert!(ring.len() >= 3 && ring.first() != ring.last(), "{what}: feature {}: {ring:?}", feature.id);
                assert!(signed_area(ring) != 0.0, "{what}: feature {} has a ring of no area", feature.id);
            }
            assert!(signed_area(&feature.paths[0]) > 0.0, "{what}: feature {} begins with a hole", feature.id);
            let polygons = feature.polygons();
            let fault = polygons.0.iter().find_map(|polygon| polygon.check_validation().err());
            assert!(fault.is_none(), "{what}: feature {}: {fault:?}\n{:?}", feature.id, feature.paths);
            assert!(polygons.unsigned_area() > 0.0);
        }
        other => panic!("{what}: geometry type {other}"),
    }
}
