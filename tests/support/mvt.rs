//! A strict judge of tiles: everything that MVT 2.1 says MUST, on top of an independent reader (`fast-mvt`).
#![allow(clippy::cast_precision_loss, reason = "tile units are small")]
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::collections::{BTreeMap, BTreeSet};

use fast_mvt::{MvtFeatureRef, MvtLayerRef, MvtReaderRef, MvtValue};
use geo::{Area, Validation};
use geo_types::{Coord, LineString, MultiPolygon, Polygon};

/// A place in tile units.
pub type Place = [i64; 2];

/// A decoded feature.
#[derive(Clone, Debug, PartialEq)]
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

/// The features of a tile by layer.
pub type Layers = BTreeMap<String, Vec<TileFeature>>;

/// The features of a tile by layer. Fails, naming `what`, where the tile is not valid.
#[track_caller]
pub fn decode(tile: &[u8], what: &str) -> Layers {
    judged(tile).unwrap_or_else(|fault| panic!("{what}: {fault}"))
}

/// The features of a tile by layer, or what is wrong with it. Beyond the letter of MVT 2.1 it wants what every tile of ours has:
/// extent 4096, ids, keys and values that stand once, no empty layer, no unknown geometry, and nothing beyond the buffer.
pub fn judged(tile: &[u8]) -> Result<Layers, String> {
    let reader = MvtReaderRef::new(tile).map_err(|error| error.to_string())?;
    let mut layers = Layers::new();
    for layer in reader.layers() {
        let name = layer.name().to_owned();
        let features = features(layer).map_err(|fault| format!("layer {name}: {fault}"))?;
        demand(!layers.contains_key(&name), || format!("layer {name} stands twice"))?;
        layers.insert(name, features);
    }
    Ok(layers)
}

fn demand(holds: bool, fault: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault()) }
}

fn features(layer: MvtLayerRef<'_>) -> Result<Vec<TileFeature>, String> {
    let (version, extent) = (layer.version(), layer.extent());
    demand((version, extent) == (2, 4096), || format!("version {version}, extent {extent}"))?;
    demand(!layer.is_empty(), || "no features".to_owned())?;
    let keys: BTreeSet<&str> = layer.keys().iter().copied().collect();
    demand(keys.len() == layer.keys().len(), || "a key stands twice".to_owned())?;
    let values: BTreeSet<String> = layer.values().map(|value| format!("{value:?}")).collect();
    demand(values.len() == layer.values().len(), || "a value stands twice".to_owned())?;
    let mut ids = BTreeSet::new();
    let features = layer.features().map(|feature| {
        let id = feature.id().ok_or("a feature has no id")?;
        demand(ids.insert(id), || "the id stands before".to_owned())
            .and_then(|()| read(id, feature))
            .map_err(|fault| format!("feature {id}: {fault}"))
    });
    features.collect()
}

fn read(id: u64, feature: MvtFeatureRef<'_>) -> Result<TileFeature, String> {
    let kind = feature.geom_type_value().unwrap_or_default();
    let paths = paths(feature.geometry_commands(), kind)?;
    let properties = feature.properties_vec().map_err(|error| error.to_string())?;
    let properties = properties.into_iter().map(|(key, value)| (key.to_owned(), value.into_owned())).collect();
    let feature = TileFeature { id, properties, paths, kind };
    judge(&feature)?;
    Ok(feature)
}

/// The command stream of section 4.3, taken literally: what each geometry type MUST consist of (4.3.4).
pub fn paths(commands: &[u32], kind: i32) -> Result<Vec<Vec<Place>>, String> {
    let mut rest = Commands { rest: commands, cursor: [0, 0] };
    let mut paths = Vec::new();
    demand((1..=3).contains(&kind), || format!("geometry type {kind}"))?;
    if kind == 1 {
        paths.extend(rest.places(MOVE_TO)?.into_iter().map(|place| vec![place]));
        demand(rest.rest.is_empty(), || "commands after the points".to_owned())?;
        return Ok(paths);
    }
    demand(!commands.is_empty(), || "a geometry without commands".to_owned())?;
    while !rest.rest.is_empty() {
        let mut path = rest.places(MOVE_TO)?;
        demand(path.len() == 1, || format!("MoveTo {} times", path.len()))?;
        path.extend(rest.places(LINE_TO)?);
        demand(path.windows(2).all(|pair| pair[0] != pair[1]), || format!("a segment of no length: {path:?}"))?;
        if kind == 3 {
            demand(rest.count(CLOSE_PATH)? == 1, || "ClosePath more than once".to_owned())?;
        }
        paths.push(path);
    }
    Ok(paths)
}

const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE_PATH: u32 = 7;

/// What is left of a command stream.
struct Commands<'a> {
    rest: &'a [u32],
    cursor: Place,
}

impl Commands<'_> {
    /// The count of the next command, which must be `wanted`.
    fn count(&mut self, wanted: u32) -> Result<usize, String> {
        let (&first, rest) = self.rest.split_first().ok_or_else(|| format!("no command, {wanted} is due"))?;
        self.rest = rest;
        demand(first & 7 == wanted, || format!("command {} where {wanted} is due", first & 7))?;
        demand(first >> 3 > 0, || format!("command {wanted} with count 0"))?;
        Ok((first >> 3) as usize)
    }

    /// Where the next command, which must be `wanted`, leads to.
    fn places(&mut self, wanted: u32) -> Result<Vec<Place>, String> {
        let count = self.count(wanted)?;
        let enough = self.rest.len() / 2 >= count;
        demand(enough, || format!("command {wanted} of {count} places ends after {} numbers", self.rest.len()))?;
        let (steps, rest) = self.rest.split_at(2 * count);
        self.rest = rest;
        let places = steps.chunks_exact(2).map(|step| {
            self.cursor = [self.cursor[0] + unzigzag(step[0]), self.cursor[1] + unzigzag(step[1])];
            self.cursor
        });
        Ok(places.collect())
    }
}

fn unzigzag(value: u32) -> i64 {
    i64::from(value >> 1) ^ -i64::from(value & 1)
}

fn judge(feature: &TileFeature) -> Result<(), String> {
    let outside = feature.paths.iter().flatten().find(|place| place.iter().any(|unit| !(-64..=4160).contains(unit)));
    demand(outside.is_none(), || format!("{outside:?} is beyond the buffer"))?;
    if feature.kind != 3 {
        return Ok(());
    }
    for ring in &feature.paths {
        demand(ring.len() >= 3 && ring.first() != ring.last(), || format!("not a ring: {ring:?}"))?;
        demand(signed_area(ring) != 0.0, || format!("a ring of no area: {ring:?}"))?;
    }
    demand(signed_area(&feature.paths[0]) > 0.0, || "it begins with a hole".to_owned())?;
    let polygons = feature.polygons();
    let fault = polygons.0.iter().find_map(|polygon| polygon.check_validation().err());
    demand(fault.is_none(), || format!("{fault:?}\n{:?}", feature.paths))?;
    demand(polygons.unsigned_area() > 0.0, || "no area".to_owned())
}
