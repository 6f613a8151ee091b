//! How cost grows: points in a store by powers of ten, and a country of units with shared borders.
//!
//! `CITYLAYERS_BENCH_POINTS=10000000` goes that far; a million without it.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "figures of a bench")]
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

mod measure;

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use citylayers::city::City;
use citylayers::demo::{province, synthetic};
use citylayers::geo::{Geometry, TileCoord};
use citylayers::index::LayerIndex;
use citylayers::model::{Audience, Change, Feature, FeatureId, Layer, Rows};
use citylayers::store::gpkg::GeoPackage;
use citylayers::tile::packing::Encoding;
use citylayers::tile::{Format, Packed, render_packed};
use geo_types::{Coord, LineString, MultiPolygon, Polygon};
use measure::{SEED, Times, layer, points, resident_bytes, thinned_lamps, tiles};
use tokio::runtime::Runtime;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The zooms that are shown.
const ZOOMS: [u8; 4] = [6, 8, 11, 14];

/// Units of Việt Nam since July 2025: wards, communes and special zones.
const UNITS: usize = 3321;

fn main() {
    let lamps = thinned_lamps();
    let mut count = 10_000;
    while count <= points() {
        let rows = synthetic::points(SEED, count, &lamps);
        measured(&format!("{count} lamps"), rows);
        count *= 10;
    }
    let units = country(&layer("wards"));
    let name = format!("{} units, {} vertices", units.len(), units.arena().world().len());
    measured(&name, units);
}

/// Through the store, closed and opened again.
fn measured(name: &str, rows: Rows) {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("city.gpkg");
    let (layer, count) = (Arc::clone(rows.layer()), rows.len());
    let written = write(&runtime, &path, rows);
    let size = std::fs::metadata(&path).expect("the file").len();
    let before = resident_bytes();
    let start = Instant::now();
    let city = runtime.block_on(open(&path, &layer));
    let opened = start.elapsed();
    let index = city.atlas().layer(&layer.id).expect("the layer is open");
    assert_eq!(index.len(), count, "{name}");
    println!(
        "{name}: written in {written:.1?}, {} MB on disk, opened in {opened:.2?}, {} bytes a feature, {:.2} of the file, the process grew by {} MB",
        size >> 20,
        index.heap_bytes() / count,
        index.heap_bytes() as f64 / size as f64,
        resident_bytes().saturating_sub(before) >> 20
    );
    for zoom in ZOOMS {
        let coords = tiles(&index, zoom, 200);
        let mut largest = 0;
        let (times, features) = Times::of(&coords, |coord| {
            let packed = draw(&index, coord);
            largest = largest.max(packed.bytes.len());
            packed.features
        });
        assert!(features > 0, "{name}: zoom {zoom} shows nothing");
        println!(
            "  zoom {zoom:>2}: {:>3} tiles, {features:>8} features, {}, at most {} kB gzip",
            coords.len(),
            times.line(),
            largest / 1000
        );
    }
    runtime.block_on(city.close()).expect("closed");
}

fn write(runtime: &Runtime, path: &Path, rows: Rows) -> Duration {
    let layer = Arc::clone(rows.layer());
    let city = runtime.block_on(open(path, &layer));
    let start = Instant::now();
    runtime.block_on(city.commit(vec![Change::Replace(Arc::new(rows))])).expect("kept");
    let written = start.elapsed();
    runtime.block_on(city.close()).expect("closed");
    written
}

async fn open(path: &Path, layer: &Arc<Layer>) -> City {
    let store = Arc::new(GeoPackage::open(path).expect("the store opens"));
    City::open(store, std::slice::from_ref(layer), |_| true, &|_, _| ()).await.expect("a city")
}

fn draw(index: &LayerIndex, coord: TileCoord) -> Packed {
    let found = index.tile(coord);
    render_packed(&[(index.layer().as_ref(), found.as_slice())], coord, Audience::Public, Format::Mvt, Encoding::Gzip)
}

/// The units of the demo over and over, side by side, their borders eight times as winding: as many units and vertices as the
/// official ones have.
fn country(layer: &Arc<Layer>) -> Rows {
    let ours = province(SEED, std::slice::from_ref(layer), 1.0).next().expect("the demo has wards");
    let mut rows = Rows::new(Arc::clone(layer));
    for number in 0..UNITS {
        let (copy, row) = (number / ours.len(), number % ours.len());
        let mut unit: Feature = ours.feature(row);
        unit.id = FeatureId::new(&format!("{copy}-{}", unit.id.as_str())).expect("not empty");
        let shift = [(copy % 3) as f64 * 2.5 - 2.5, (copy / 3) as f64 * 2.5 - 5.0];
        if let Geometry::Polygons(polygons) = &mut unit.geometry {
            *polygons = MultiPolygon(polygons.0.iter().map(|polygon| winding(polygon, shift)).collect());
        }
        rows.push_feature(&unit);
    }
    rows.finish();
    rows
}

fn winding(polygon: &Polygon<f64>, [lon, lat]: [f64; 2]) -> Polygon<f64> {
    let ring = |ring: &LineString<f64>| {
        let mut places: Vec<Coord<f64>> = ring.0.first().copied().into_iter().collect();
        ring.0.windows(2).for_each(|edge| wind(edge[0], edge[1], 3, &mut places));
        LineString(places.into_iter().map(|at| Coord { x: at.x + lon, y: at.y + lat }).collect())
    };
    Polygon::new(ring(polygon.exterior()), polygon.interiors().iter().map(ring).collect())
}

/// Bends an edge in its middle, and the halves again; both units beside it see the same bends.
fn wind(from: Coord<f64>, to: Coord<f64>, depth: u32, places: &mut Vec<Coord<f64>>) {
    if depth == 0 {
        return places.push(to);
    }
    let ends = [from, to].map(|at| (at.x.to_bits(), at.y.to_bits()));
    let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
    let dice = BuildHasherDefault::<DefaultHasher>::default().hash_one((low, high));
    let bend = (dice % 2001) as f64 / 10_000.0 - 0.1;
    let sign = if ends[0] == low { bend } else { -bend };
    let middle = Coord {
        x: f64::midpoint(from.x, to.x) - (to.y - from.y) * sign,
        y: f64::midpoint(from.y, to.y) + (to.x - from.x) * sign,
    };
    wind(from, middle, depth - 1, places);
    wind(middle, to, depth - 1, places);
}
