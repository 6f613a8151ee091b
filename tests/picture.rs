//! The picture of a thinned layer beside that of all its features at full detail: zooms 6 to 14, by squares of 64 CSS pixels, a
//! tile having 8 x 8 of them. What is drawn is read from the tiles by an independent reader; what is there is projected
//! from the coordinates by the formula of the grid (OGC 17-083r4, annex D), in floats.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "tile units and seeds are small"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::PI;
use std::fmt;
use std::sync::Arc;

use citylayers::catalog::Catalog;
use citylayers::demo::{province, synthetic};
use citylayers::geo::mercator::world_point;
use citylayers::geo::{Geometry, GeometryKind, TileCoord};
use citylayers::index::LayerIndex;
use citylayers::model::layer::Thinning;
use citylayers::model::{Audience, Feature, FieldType, Layer, LayerId, Rows, Value};
use citylayers::tile::{Format, render};
use geo_types::{Coord, LineString, MultiPolygon, Polygon};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::features::{id, rows};
use support::mvt::{TileFeature, decode};

/// The side of a square in tile units.
const SIDE: f64 = 512.0;

/// A CSS pixel in tile units.
const PIXEL: f64 = 8.0;

/// Tiles of a zoom that are looked at.
const TILES: usize = 60;

/// Something by square, counted from the north-west corner of the map at one zoom.
type Picture = BTreeMap<[u32; 2], f64>;

fn square([x, y]: [f64; 2]) -> [u32; 2] {
    [(x / SIDE).floor() as u32, (y / SIDE).floor() as u32]
}

/// A place in tile units of a zoom, counted over the whole map.
fn units(zoom: u8, [lon, lat]: [f64; 2]) -> [f64; 2] {
    let across = f64::from(zoom).exp2() * 4096.0;
    [(lon + 180.0) / 360.0 * across, (1.0 - lat.to_radians().tan().asinh() / PI) / 2.0 * across]
}

/// The parts of a feature in tile units.
fn parts(zoom: u8, feature: &Feature) -> Vec<Vec<[f64; 2]>> {
    let part = |line: &LineString<f64>| line.coords().map(|at| units(zoom, [at.x, at.y])).collect::<Vec<_>>();
    match &feature.geometry {
        Geometry::Point(point) => vec![vec![units(zoom, [point.x(), point.y()])]],
        Geometry::Lines(lines) => lines.iter().map(part).collect(),
        Geometry::Polygons(polygons) => {
            let rings = |polygon: &Polygon<f64>| {
                std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(part).collect::<Vec<_>>()
            };
            polygons.iter().flat_map(rings).collect()
        }
    }
}

/// The parts of a feature of a tile in tile units over the whole map.
fn drawn_parts(coord: TileCoord, feature: &TileFeature) -> Vec<Vec<[f64; 2]>> {
    let corner = [coord.x(), coord.y()].map(|at| f64::from(at) * 4096.0);
    let place = |at: &[i64; 2]| [corner[0] + at[0] as f64, corner[1] + at[1] as f64];
    feature.paths.iter().map(|path| path.iter().map(place).collect()).collect()
}

/// Adds the area of a ring to the squares in which it lies; holes, which turn the other way, take theirs off.
fn add_area(picture: &mut Picture, ring: &[[f64; 2]]) {
    let range = |axis: usize| {
        let along = || ring.iter().map(|at| at[axis] / SIDE);
        (along().fold(f64::MAX, f64::min).floor() as u32, along().fold(f64::MIN, f64::max).floor() as u32)
    };
    let ((west, east), (north, south)) = (range(0), range(1));
    for x in west..=east {
        for y in north..=south {
            let alone = west == east && north == south;
            let area = if alone { area(ring) } else { area(&clipped(ring, [x, y])) };
            *picture.entry([x, y]).or_default() += area;
        }
    }
}

fn area(ring: &[[f64; 2]]) -> f64 {
    let Some(origin) = ring.first() else { return 0.0 };
    let from = |at: &[f64; 2]| [at[0] - origin[0], at[1] - origin[1]];
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| (from(a), from(b))).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>() / 2.0
}

/// What of a ring lies in a square: Sutherland and Hodgman, whose outcome has the right area whatever the ring.
fn clipped(ring: &[[f64; 2]], square: [u32; 2]) -> Vec<[f64; 2]> {
    let mut ring = ring.to_vec();
    for (axis, inner, edge) in [0, 1].into_iter().flat_map(|axis| {
        let low = f64::from(square[axis]) * SIDE;
        [(axis, 1.0, low), (axis, -1.0, low + SIDE)]
    }) {
        let depth = |at: &[f64; 2]| (at[axis] - edge) * inner;
        let mut kept = Vec::with_capacity(ring.len() + 4);
        for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            if depth(a) >= 0.0 {
                kept.push(*a);
            }
            if (depth(a) < 0.0) != (depth(b) < 0.0) {
                let share = depth(a) / (depth(a) - depth(b));
                kept.push([a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]);
            }
        }
        ring = kept;
    }
    ring
}

/// Adds the length of a line to the squares through which it goes.
fn add_length(picture: &mut Picture, line: &[[f64; 2]]) {
    for pair in line.windows(2) {
        let step = [pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]];
        let mut cuts = vec![0.0, 1.0];
        for axis in [0, 1] {
            let (from, to) = (pair[0][axis] / SIDE, pair[1][axis] / SIDE);
            let edges = from.min(to).ceil() as i64..=from.max(to).floor() as i64;
            cuts.extend(edges.map(|edge| (edge as f64 - from) / (to - from)).filter(|cut| (0.0..=1.0).contains(cut)));
        }
        cuts.sort_by(f64::total_cmp);
        for cut in cuts.windows(2) {
            let middle = cut[0].midpoint(cut[1]);
            let at = square([pair[0][0] + step[0] * middle, pair[0][1] + step[1] * middle]);
            *picture.entry(at).or_default() += step[0].hypot(step[1]) * (cut[1] - cut[0]);
        }
    }
}

/// Adds a part of a feature: points count, lines have length, rings have area.
fn add(picture: &mut Picture, kind: GeometryKind, part: &[[f64; 2]]) {
    match kind {
        GeometryKind::Point => *picture.entry(square(part[0])).or_default() += 1.0,
        GeometryKind::Line => add_length(picture, part),
        GeometryKind::Polygon => add_area(picture, part),
    }
}

/// All features of a layer, as they are told to the index.
fn features(rows: &Rows) -> Vec<Feature> {
    (0..rows.len()).map(|row| rows.feature(row)).collect()
}

/// What is there, at full detail, of the features that `counts` counts.
fn there(zoom: u8, kind: GeometryKind, features: &[Feature], counts: impl Fn(&Feature) -> bool) -> Picture {
    let mut picture = Picture::new();
    for feature in features.iter().filter(|feature| counts(feature)) {
        for mut part in parts(zoom, feature) {
            // As in a tile, y grows to the south: what was counter-clockwise has negative area.
            if kind == GeometryKind::Polygon {
                part.reverse();
            }
            add(&mut picture, kind, &part);
        }
    }
    picture
}

/// Some tiles of a zoom that have something.
fn tiles(zoom: u8, features: &[Feature]) -> Vec<TileCoord> {
    let places = features.iter().filter_map(|feature| feature.geometry.coords().next());
    let tiles: BTreeSet<TileCoord> = places.map(|place| TileCoord::holding(zoom, world_point(place))).collect();
    let tiles: Vec<TileCoord> = tiles.into_iter().collect();
    tiles.choose_multiple(&mut ChaCha8Rng::seed_from_u64(u64::from(zoom)), TILES).copied().collect()
}

/// What the tiles draw, each within its own edges, and how many features that is. Of polygons, what is painted: where two lie one
/// over the other, once.
fn drawn(index: &LayerIndex, tiles: &[TileCoord]) -> (Picture, usize) {
    let (mut picture, mut count) = (Picture::new(), 0);
    let kind = index.layer().geometry;
    for &coord in tiles {
        let found = index.tile(coord);
        let bytes = render(&[(index.layer().as_ref(), found.as_slice())], coord, Audience::Public, Format::Mvt).bytes;
        let features: Vec<TileFeature> = decode(&bytes, &coord.to_string()).into_values().flatten().collect();
        count += features.len();
        let mut tile = Picture::new();
        if kind == GeometryKind::Polygon {
            tile = painted(coord, &features);
        } else {
            let parts = features.iter().flat_map(|feature| drawn_parts(coord, feature));
            parts.for_each(|part| add(&mut tile, kind, &part));
        }
        picture.extend(tile.into_iter().filter(|(square, _)| is_in(coord, *square)));
    }
    (picture, count)
}

/// The area of the CSS pixels whose middle lies in a polygon.
fn painted(coord: TileCoord, features: &[TileFeature]) -> Picture {
    let mut pixels = vec![false; 512 * 512];
    for feature in features {
        for row in 0..512_usize {
            let y = (row as f64 + 0.5) * PIXEL;
            let mut crossings: Vec<f64> = Vec::new();
            for ring in &feature.paths {
                for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
                    let ([ax, ay], [bx, by]) = (a.map(|at| at as f64), b.map(|at| at as f64));
                    if (ay <= y) != (by <= y) {
                        crossings.push(ax + (bx - ax) * (y - ay) / (by - ay));
                    }
                }
            }
            crossings.sort_by(f64::total_cmp);
            for inside in crossings.chunks_exact(2) {
                let pixel = |x: f64| ((x / PIXEL - 0.5).ceil().max(0.0) as usize).min(512);
                pixels[row * 512 + pixel(inside[0])..row * 512 + pixel(inside[1])].fill(true);
            }
        }
    }
    let mut picture = Picture::new();
    for at in pixels.iter().enumerate().filter_map(|(at, painted)| painted.then_some(at)) {
        let square = [coord.x() * 8 + (at % 512 / 64) as u32, coord.y() * 8 + (at / 512 / 64) as u32];
        *picture.entry(square).or_default() += PIXEL * PIXEL;
    }
    picture
}

fn is_in(coord: TileCoord, square: [u32; 2]) -> bool {
    square.map(|at| at / 8) == [coord.x(), coord.y()]
}

/// By how much the squares of a picture differ.
struct Differences {
    squares: usize,
    worst: f64,
    at: [u32; 2],
    mean: f64,
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { squares, worst, at, mean } = self;
        write!(f, "{squares} squares, the worst {at:?} by {worst:+.3}, on average {mean:+.3}")
    }
}

/// Holds what is drawn against what is there, times `share`, in every square of the tiles where at least `enough` is expected.
fn compare(there: &Picture, drawn: &Picture, tiles: &[TileCoord], share: f64, enough: f64) -> Differences {
    let tiles: BTreeSet<[u32; 2]> = tiles.iter().map(|coord| [coord.x(), coord.y()]).collect();
    let mut differences = Differences { squares: 0, worst: 0.0, at: [0, 0], mean: 0.0 };
    for (&square, there) in there.iter().filter(|(square, _)| tiles.contains(&square.map(|at| at / 8))) {
        if there * share >= enough {
            let difference = drawn.get(&square).copied().unwrap_or(0.0) / (there * share) - 1.0;
            differences.squares += 1;
            differences.mean += difference;
            if difference.abs() > differences.worst.abs() {
                (differences.worst, differences.at) = (difference, square);
            }
        }
    }
    differences.mean /= differences.squares.max(1) as f64;
    differences
}

fn total(picture: &Picture, tiles: &[TileCoord]) -> f64 {
    let tiles: BTreeSet<[u32; 2]> = tiles.iter().map(|coord| [coord.x(), coord.y()]).collect();
    picture.iter().filter(|(square, _)| tiles.contains(&square.map(|at| at / 8))).map(|(_, value)| value).sum()
}

fn shipped(id: &str) -> Arc<Layer> {
    let catalog = Catalog::shipped().expect("the shipped catalogue reads");
    Arc::clone(catalog.layer(&LayerId::new(id).expect("a layer id")).expect("a shipped layer"))
}

/// Lamps in rows along the streets of real towns, thinned.
///
/// A square of 64 pixels is 2 x 2 of the cells in which thinning keeps as many as the chances add up to, rounded. The rounding
/// has a variance of 1/6 in the mean, zoom after zoom of which 4/2.5^2 is handed on: together 0.7 a cell, 1.4 a square.
/// Where 60 are expected, a tenth is four times that.
#[test]
fn dense_places_keep_their_share_of_the_points() {
    let mut lamps = (*shipped("street_lights")).clone();
    lamps.cluster = None;
    lamps.thinning = Some(Thinning { base_zoom: 14, rate: 2.5, by: None, merge: Vec::new() });
    let rows = synthetic::points(2025, 400_000, &Arc::new(lamps));
    let (index, features) = (LayerIndex::new(&rows), features(&rows));
    for zoom in 6..=14 {
        let tiles = tiles(zoom, &features);
        let there = there(zoom, GeometryKind::Point, &features, |_| true);
        let (drawn, count) = drawn(&index, &tiles);
        let share = total(&drawn, &tiles) / total(&there, &tiles);
        let differences = compare(&there, &drawn, &tiles, share, 60.0);
        eprintln!("z{zoom}: {count} points, {share:.4} of all; {differences}");
        assert!(differences.squares > 0 && differences.worst.abs() < 0.1, "zoom {zoom}: {differences}");
    }
}

/// Plots of a country: squares of a quadtree, small in towns and large in the fields, each with a lane around it and some left
/// out.
fn plots(layer: &Arc<Layer>, root: f64) -> Vec<Feature> {
    let towns = [[0.3, 0.5], [0.6, 0.25], [0.8, 0.8]].map(|[x, y]| [105.0 + x * root, 18.6 + y * root]);
    let mut random = ChaCha8Rng::seed_from_u64(2026);
    let mut open = vec![([105.0, 18.6], root)];
    let mut plots = Vec::new();
    while let Some(([x, y], side)) = open.pop() {
        let town = towns.iter().map(|town| (town[0] - x - side / 2.0).hypot(town[1] - y - side / 2.0));
        let near = town.fold(f64::MAX, f64::min);
        let smallest = if near < 0.08 * root { root / 1024.0 } else { root / 256.0 };
        let splits =
            side > root / 32.0 || (side > smallest && random.random_bool(if near < 0.16 * root { 0.9 } else { 0.7 }));
        if splits {
            let half = side / 2.0;
            open.extend([[x, y], [x + half, y], [x, y + half], [x + half, y + half]].map(|corner| (corner, half)));
        } else if random.random_bool(0.9) {
            let mut corner = |right: f64, up: f64| {
                let mut at = |from: f64, share: f64| from + side * (share + random.random_range(-0.04..0.04));
                Coord { x: at(x, right), y: at(y, up) }
            };
            let mut ring =
                LineString(vec![corner(0.05, 0.05), corner(0.95, 0.05), corner(0.95, 0.95), corner(0.05, 0.95)]);
            ring.close();
            plots.push(Feature {
                layer: layer.id.clone(),
                id: id(layer, plots.len() as u64),
                geometry: Geometry::Polygons(MultiPolygon(vec![Polygon::new(ring, Vec::new())])),
                properties: vec![Some(Value::Text("LUC".to_owned())); layer.fields.len()],
            });
        }
    }
    plots
}

/// Plots of a country and of a town, whose many values fill tiles beyond their budget, so that specks are larger.
///
/// What a cell of 4 x 4 specks keeps is rounded as that of points is: 0.7 specks. A square of 64 pixels has (16 / side)^2 of these
/// cells, so that 0.7 * (16 / side) * side^2 = 11 * side square pixels are by chance: where 500 * side are expected,
/// a tenth is 4.5 times that. A speck may lie over a larger plot; of which the picture is a few percent lighter.
#[test]
fn polygons_and_their_dust_paint_the_area_that_is_there() {
    for (root, fields) in [(0.6, 1), (0.08, 16)] {
        let names: Vec<String> = (0..fields).map(|number| format!("use_{number}")).collect();
        let fields: Vec<(&str, FieldType)> = names.iter().map(|name| (name.as_str(), FieldType::Text)).collect();
        let mut layer = (*support::layers::layer("plots", GeometryKind::Polygon, FieldType::Text, &fields)).clone();
        layer.thinning = Some(Thinning { base_zoom: 0, rate: 1.0, by: None, merge: Vec::new() });
        layer.maxzoom = 17;
        let layer = Arc::new(layer);
        let features = plots(&layer, root);
        let index = LayerIndex::new(&rows(&layer, &features));
        let mut compared = 0;
        for zoom in 6..=14 {
            let tiles = tiles(zoom, &features);
            let there = there(zoom, GeometryKind::Polygon, &features, |_| true);
            let (drawn, count) = drawn(&index, &tiles);
            let speck = tiles.iter().flat_map(|&coord| index.tile(coord)).map(|found| found.speck).max().unwrap_or(0);
            let enough = f64::from(500 * speck) * PIXEL * PIXEL;
            let differences = compare(&there, &drawn, &tiles, 1.0, enough);
            let share = total(&drawn, &tiles) / total(&there, &tiles);
            eprintln!("z{zoom}: {count} plots, specks of {speck}, {share:.3} of the area; {differences}");
            assert!(differences.worst.abs() < 0.1, "zoom {zoom}, {root} degrees of plots: {differences}");
            compared += differences.squares;
        }
        assert!(compared > 1000, "only {compared} squares were compared");
    }
}

/// The roads of the demo province, of which a zoom draws those of its classes, joined where they meet.
///
/// A vertex that is left out moves a line by half a pixel at most, and a line that goes along the edge of a square may lie in the one
/// beside it then: a square counts that has a line right across, 64 pixels.
#[test]
fn lines_keep_their_length() {
    let layer = shipped("roads");
    let rows = province(2025, std::slice::from_ref(&layer), 1.0).next().expect("the demo knows roads");
    let (index, features) = (LayerIndex::new(&rows), features(&rows));
    let thinning = layer.thinning.as_ref().expect("roads are thinned");
    let by = thinning.by.as_ref().expect("by their class");
    let from = |feature: &Feature| {
        let Some(Value::Text(class)) = &feature.properties[by.field] else { return thinning.base_zoom };
        by.zooms.iter().find(|(code, _)| code == class).map_or(thinning.base_zoom, |(_, zoom)| *zoom)
    };
    for zoom in 6..=14 {
        let tiles = tiles(zoom, &features);
        let there = there(zoom, GeometryKind::Line, &features, |feature| from(feature) <= zoom);
        let (drawn, count) = drawn(&index, &tiles);
        let share = total(&drawn, &tiles) / total(&there, &tiles);
        let differences = compare(&there, &drawn, &tiles, 1.0, 64.0 * PIXEL);
        eprintln!("z{zoom}: {count} lines, {share:.4} of the length; {differences}");
        assert!(differences.squares > 5 && differences.worst.abs() < 0.1, "zoom {zoom}: {differences}");
    }
}
