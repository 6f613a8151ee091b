//! Tiles, decoded by an independent reader and held against the features that they are of.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "tile units and seeds are small"
)]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use citylayers::geo::mercator::{lon_lat, world_point};
use citylayers::geo::{Geometry, GeometryKind, TileCoord};
use citylayers::index::LayerIndex;
use citylayers::model::{Audience, Feature, FeatureId, FieldType, Layer, Value};
use citylayers::tile::{Format, render};
use fast_mvt::MvtValue;
use geo_types::{Coord, LineString, MultiPolygon, Point, Polygon};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::features::{feature, rows};
use support::layers::{every_kind, layer};
use support::mvt::decode;

fn tile(index: &LayerIndex, coord: TileCoord) -> Vec<u8> {
    let found = index.tile(coord);
    render(&[(index.layer().as_ref(), found.as_slice())], coord, Audience::Public, Format::Mvt).bytes
}

fn coord(z: u8, x: u32, y: u32) -> TileCoord {
    TileCoord::new(z, x, y).expect("on the grid")
}

/// What a value is in a tile: MVT 2.1, section 4.4; dates and moments as RFC 3339 text.
fn expected(value: &Value) -> MvtValue {
    match value {
        Value::Text(text) => MvtValue::String(text.clone()),
        Value::Integer(number) if *number < 0 => MvtValue::SInt(*number),
        Value::Integer(number) => MvtValue::UInt(number.unsigned_abs()),
        Value::Real(number) => MvtValue::Double(*number),
        Value::Boolean(flag) => MvtValue::Bool(*flag),
        Value::Date(day) => MvtValue::String(day.format("%Y-%m-%d").to_string()),
        Value::DateTime(moment) => MvtValue::String(moment.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
    }
}

#[test]
fn every_feature_is_in_the_tile_of_its_place_with_its_values() {
    let mut random = ChaCha8Rng::seed_from_u64(21);
    for layer in every_kind() {
        let features: Vec<Feature> = (0..400).map(|number| feature(&mut random, &layer, number)).collect();
        let index = LayerIndex::new(&rows(&layer, &features));
        for feature in &features {
            let coord = TileCoord::holding(9, world_point(feature.geometry.coords().next().expect("never empty")));
            let what = format!("{} {} in {coord}", layer.id, feature.id);
            let layers = decode(&tile(&index, coord), &what);
            let drawn = layers
                .get(layer.id.as_str())
                .and_then(|drawn| drawn.iter().find(|drawn| drawn.text("code") == Some(feature.id.as_str())));
            let drawn = drawn.unwrap_or_else(|| panic!("{what} is missing"));
            for (field, value) in layer.fields.iter().zip(&feature.properties) {
                let found = drawn.properties.get(&field.name);
                assert_eq!(found, value.as_ref().map(expected).as_ref(), "{what}: {}", field.name);
            }
        }
    }
}

/// The independent formula of the grid, in floats (OGC 17-083r4, annex D).
#[test]
fn a_point_is_drawn_where_the_grid_says() {
    let mut random = ChaCha8Rng::seed_from_u64(22);
    let layer = layer("lamps", GeometryKind::Point, FieldType::Text, &[]);
    for _ in 0..300 {
        let place = [random.random_range(-180.0..180.0), random.random_range(-85.0..85.0_f64)];
        let lamp = Feature {
            layer: layer.id.clone(),
            id: FeatureId::new("a").expect("not empty"),
            geometry: Geometry::Point(Point::new(place[0], place[1])),
            properties: Vec::new(),
        };
        let index = LayerIndex::new(&rows(&layer, &[lamp]));
        let coord = TileCoord::holding(random.random_range(0..=18), world_point(place));
        let scale = f64::from(1_u32 << coord.z()) * 4096.0;
        let x = (place[0] + 180.0) / 360.0 * scale - f64::from(coord.x()) * 4096.0;
        let y = (1.0 - place[1].to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * scale
            - f64::from(coord.y()) * 4096.0;
        let [drawn_x, drawn_y] = decode(&tile(&index, coord), "a lamp")["lamps"][0].paths[0][0];
        assert!(
            (drawn_x as f64 + 0.5 - x).abs() <= 0.51 && (drawn_y as f64 + 0.5 - y).abs() <= 0.51,
            "{place:?} in {coord}"
        );
    }
}

/// A grid of cells with wiggly borders, each vertex shared by the cells around it.
fn coverage(layer: &Arc<Layer>, cells: i64, steps: i64, seed: u64) -> Vec<Feature> {
    let vertex = |column: i64, row: i64| {
        let mut random = ChaCha8Rng::seed_from_u64(seed ^ (column * 1_000_003 + row) as u64);
        let edge = |at: i64| at == 0 || at == cells * steps;
        let mut jitter = |at: i64| if edge(at) { 0.0 } else { random.random_range(-0.45..0.45) };
        let unit = 0.3 / steps as f64;
        Coord { x: 104.0 + (column as f64 + jitter(column)) * unit, y: 18.0 + (row as f64 + jitter(row)) * unit }
    };
    let cell = |x: i64, y: i64| {
        let (left, low) = (x * steps, y * steps);
        let along = (0..steps).map(|i| vertex(left + i, low)).chain((0..steps).map(|i| vertex(left + steps, low + i)));
        let back = (0..steps)
            .map(|i| vertex(left + steps - i, low + steps))
            .chain((0..steps).map(|i| vertex(left, low + steps - i)));
        let mut ring: LineString<f64> = along.chain(back).collect();
        ring.close();
        Feature {
            layer: layer.id.clone(),
            id: FeatureId::new(&format!("{x}-{y}")).expect("not empty"),
            geometry: Geometry::Polygons(MultiPolygon(vec![Polygon::new(ring, Vec::new())])),
            properties: Vec::new(),
        }
    };
    (0..cells).flat_map(|x| (0..cells).map(move |y| (x, y))).map(|(x, y)| cell(x, y)).collect()
}

/// Inside a coverage the polygons of a tile fill it exactly: a gap or an overlap of one square unit would show in the sum.
#[test]
fn neighbours_leave_no_gap_and_no_sliver_at_any_zoom() {
    let layer = layer("wards", GeometryKind::Polygon, FieldType::Text, &[]);
    let index = LayerIndex::new(&rows(&layer, &coverage(&layer, 6, 80, 23)));
    let mut random = ChaCha8Rng::seed_from_u64(24);
    let mut simplified = 0;
    for zoom in 9..=15 {
        for _ in 0..30 {
            let place = [random.random_range(104.1..105.7), random.random_range(18.1..19.7)];
            let coord = TileCoord::holding(zoom, world_point(place));
            let [west, north, east, south] = coord.buffered();
            let corner =
                |x: i64, y: i64| lon_lat([u32::try_from(x).expect("inland"), u32::try_from(y).expect("inland")]);
            let ([w, n], [e, s]) = (corner(west, north), corner(east, south));
            if w < 104.0 || s < 18.0 || e > 105.8 || n > 19.8 {
                continue;
            }
            let layers = decode(&tile(&index, coord), &coord.to_string());
            let area: f64 = layers["wards"].iter().map(support::mvt::TileFeature::area).sum();
            simplified += usize::from(zoom < 13);
            assert!(
                (area - 4224.0 * 4224.0).abs() < 1e-6,
                "{coord}: {area} of {} square units are covered",
                4224 * 4224
            );
        }
    }
    assert!(simplified > 20, "only {simplified} tiles of low zooms were looked at");
}

/// At low zooms where everything is small: still valid, and together as large as the whole.
#[test]
fn a_coverage_keeps_its_area_when_it_is_small() {
    let layer = layer("wards", GeometryKind::Polygon, FieldType::Text, &[]);
    let index = LayerIndex::new(&rows(&layer, &coverage(&layer, 6, 80, 25)));
    for zoom in 0..9 {
        let mut areas: BTreeMap<String, f64> = BTreeMap::new();
        let (first, last) = (
            TileCoord::holding(zoom, world_point([104.0, 19.8])),
            TileCoord::holding(zoom, world_point([105.8, 18.0])),
        );
        if first != last {
            continue;
        }
        for feature in &decode(&tile(&index, first), &first.to_string())["wards"] {
            areas.insert(feature.text("code").expect("a code").to_owned(), feature.area());
        }
        let scale = f64::from(1_u32 << zoom) * 4096.0 / 360.0;
        let mercator = |lat: f64| lat.to_radians().tan().asinh().to_degrees();
        let expected = 1.8 * scale * (mercator(19.8) - mercator(18.0)) * scale;
        let total: f64 = areas.values().sum();
        let edge = 4.0 * 1.9 * scale; // rounding moves the outline by a unit at most
        assert!((total - expected).abs() < edge, "{first}: {total} of {expected} square units");
    }
}

#[test]
fn what_lies_across_the_antimeridian_is_seen_from_both_sides() {
    let layer = layer("lamps", GeometryKind::Point, FieldType::Text, &[]);
    let lamp = |id: &str, lon: f64, lat: f64| Feature {
        layer: layer.id.clone(),
        id: FeatureId::new(id).expect("not empty"),
        geometry: Geometry::Point(Point::new(lon, lat)),
        properties: Vec::new(),
    };
    let lamps = [
        lamp("west", 179.999_99, 10.0),
        lamp("east", -179.999_99, 10.0),
        lamp("pole", 0.0, 90.0),
        lamp("south", 0.0, -90.0),
    ];
    let index = LayerIndex::new(&rows(&layer, &lamps));
    let names = |coord: TileCoord| {
        let layers = decode(&tile(&index, coord), &coord.to_string());
        let mut names: Vec<String> =
            layers.get("lamps").into_iter().flatten().filter_map(|lamp| lamp.text("code").map(str::to_owned)).collect();
        names.sort_unstable();
        names
    };
    let row = TileCoord::holding(8, world_point([180.0, 10.0])).y();
    assert_eq!(names(coord(8, 255, row)), ["east", "west"]);
    assert_eq!(names(coord(8, 0, row)), ["east", "west"]);
    assert_eq!(names(coord(8, 128, row)), Vec::<String>::new());
    assert_eq!(names(coord(0, 0, 0)), ["east", "pole", "south", "west"]);
    assert_eq!(names(TileCoord::holding(5, world_point([0.0, 90.0]))), ["pole"]);
}

/// Stars that overlap each other, drawn at every zoom: whatever simplifying and rounding does to them, the tile is valid.
#[test]
fn hostile_polygons_make_valid_tiles() {
    let mut random = ChaCha8Rng::seed_from_u64(26);
    let layer = layer("stars", GeometryKind::Polygon, FieldType::Text, &[]);
    let star = |random: &mut ChaCha8Rng, number: usize| {
        let corners = random.random_range(3..400);
        let mut ring: LineString<f64> = (0..corners)
            .map(|corner| {
                let angle = std::f64::consts::TAU * f64::from(corner) / f64::from(corners);
                let radius = 0.5 * random.random_range(0.02..1.0);
                Coord { x: 105.0 + radius * angle.cos(), y: 19.0 + radius * angle.sin() }
            })
            .collect();
        ring.close();
        Feature {
            layer: layer.id.clone(),
            id: FeatureId::new(&number.to_string()).expect("not empty"),
            geometry: Geometry::Polygons(MultiPolygon(vec![Polygon::new(ring, Vec::new())])),
            properties: Vec::new(),
        }
    };
    let stars: Vec<Feature> = (0..40).map(|number| star(&mut random, number)).collect();
    let index = LayerIndex::new(&rows(&layer, &stars));
    let mut polygons = 0;
    for zoom in 0..=15 {
        for _ in 0..6 {
            let place = [random.random_range(104.6..105.4), random.random_range(18.6..19.4)];
            let coord = TileCoord::holding(zoom, world_point(place));
            polygons += decode(&tile(&index, coord), &coord.to_string()).get("stars").map_or(0, Vec::len);
        }
    }
    assert!(polygons > 500, "only {polygons} polygons were drawn");
}
