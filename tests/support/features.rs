//! Seeded features of any layer, and the comparison of what came back.

use std::f64::consts::TAU;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate};
use citylayers::geo::{Geometry, GeometryKind};
use citylayers::model::{Change, Feature, FeatureId, FieldType, Layer, Rows, Value};
use geo_types::{Coord, LineString, MultiLineString, MultiPolygon, Point, Polygon};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// Latitudes and longitudes that are easily lost.
const BRITTLE: [f64; 6] = [0.0, -0.0, 5e-324, 0.1 + 0.2, 18.666_666_666_666_668, -1e-17];

/// A feature by the number of its id, everything else at random.
pub fn feature(rng: &mut ChaCha8Rng, layer: &Layer, number: u64) -> Feature {
    Feature {
        layer: layer.id.clone(),
        id: id(layer, number),
        geometry: geometry(rng, layer.geometry),
        properties: layer.fields.iter().map(|field| value(rng, field.field_type)).collect(),
    }
}

/// The id with a number.
pub fn id(layer: &Layer, number: u64) -> FeatureId {
    let text =
        if layer.id_field.field_type == FieldType::Integer { number.to_string() } else { format!("P-{number:03}") };
    FeatureId::new(&text).expect("not empty")
}

/// Features as one block.
pub fn rows(layer: &Arc<Layer>, features: &[Feature]) -> Rows {
    let mut rows = Rows::new(Arc::clone(layer));
    for feature in features {
        rows.push_feature(feature);
    }
    rows.finish();
    rows
}

/// A replacement of everything in a layer.
pub fn replace(layer: &Arc<Layer>, features: &[Feature]) -> Change {
    Change::Replace(Arc::new(rows(layer, features)))
}

/// Fails unless `found` are exactly these features, in this order, coordinates to the last bit.
#[track_caller]
pub fn assert_same(found: &Rows, expected: &[Feature]) {
    let ids: Vec<&str> = (0..found.len()).map(|row| found.id(row)).collect();
    let expected_ids: Vec<&str> = expected.iter().map(|feature| feature.id.as_str()).collect();
    assert_eq!(ids, expected_ids, "ids of {}", found.layer().id);
    for (row, expected) in expected.iter().enumerate() {
        let found = found.feature(row);
        assert_eq!(&found, expected);
        assert_eq!(bits(&found.geometry), bits(&expected.geometry), "bits of {expected:?}");
    }
}

fn bits(geometry: &Geometry) -> Vec<[u64; 2]> {
    geometry.coords().map(|[lon, lat]| [lon.to_bits(), lat.to_bits()]).collect()
}

fn geometry(rng: &mut ChaCha8Rng, kind: GeometryKind) -> Geometry {
    match kind {
        GeometryKind::Point => Geometry::Point(Point(place(rng))),
        GeometryKind::Line => {
            Geometry::Lines(MultiLineString((0..rng.random_range(1..4)).map(|_| line(rng)).collect()))
        }
        GeometryKind::Polygon => {
            Geometry::Polygons(MultiPolygon((0..rng.random_range(1..4)).map(|_| polygon(rng)).collect()))
        }
    }
}

fn place(rng: &mut ChaCha8Rng) -> Coord<f64> {
    let mut axis = |limit: f64| {
        if rng.random_bool(0.2) { *BRITTLE.choose(rng).expect("some") } else { rng.random_range(-limit..=limit) }
    };
    Coord { x: axis(180.0), y: axis(85.0) }
}

fn line(rng: &mut ChaCha8Rng) -> LineString<f64> {
    LineString((0..rng.random_range(2..9)).map(|_| place(rng)).collect())
}

/// A star around a place, counter-clockwise, in every other case with a clockwise hole.
fn polygon(rng: &mut ChaCha8Rng) -> Polygon<f64> {
    let centre = Coord { x: rng.random_range(-170.0..170.0), y: rng.random_range(-80.0..80.0) };
    let exterior = star(rng, centre, 1.0);
    let mut hole = star(rng, centre, 0.3);
    hole.0.reverse();
    Polygon::new(exterior, if rng.random_bool(0.5) { vec![hole] } else { Vec::new() })
}

fn star(rng: &mut ChaCha8Rng, centre: Coord<f64>, size: f64) -> LineString<f64> {
    let corners = rng.random_range(3..12);
    let mut outline: LineString<f64> = (0..corners)
        .map(|corner| {
            let angle = TAU * f64::from(corner) / f64::from(corners);
            let radius = size * rng.random_range(0.5..1.0);
            Coord { x: centre.x + radius * angle.cos(), y: centre.y + radius * angle.sin() }
        })
        .collect();
    outline.close();
    outline
}

fn value(rng: &mut ChaCha8Rng, field_type: FieldType) -> Option<Value> {
    const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a day");
    if rng.random_bool(0.15) {
        return None;
    }
    Some(match field_type {
        FieldType::Text => Value::Text(text(rng)),
        FieldType::Code => Value::Text((*["ONT", "LUC", "it's \"quoted\""].choose(rng).expect("some")).to_owned()),
        FieldType::Integer if rng.random_bool(0.2) => {
            Value::Integer(*[0, -1, i64::MAX, i64::MIN + 1, 1 << 53].choose(rng).expect("some"))
        }
        FieldType::Integer => Value::Integer(rng.random_range(-1_000_000..1_000_000)),
        FieldType::Real => Value::Real(real(rng)),
        FieldType::Boolean => Value::Boolean(rng.random()),
        FieldType::Date => Value::Date(EPOCH + Days::new(rng.random_range(0..50_000))),
        FieldType::DateTime => {
            let milliseconds = rng.random_range(-5_000_000_000_000..5_000_000_000_000);
            Value::DateTime(DateTime::from_timestamp_millis(milliseconds).expect("within the calendar"))
        }
    })
}

fn real(rng: &mut ChaCha8Rng) -> f64 {
    let any = f64::from_bits(rng.random());
    if any.is_finite() && rng.random_bool(0.5) { any } else { rng.random_range(-1e3..1e3) }
}

fn text(rng: &mut ChaCha8Rng) -> String {
    const PIECES: [&str; 9] = ["Phường ", "Hoà", "đ", "'", "\"", "\n", "\\", "日本", ""];
    (0..rng.random_range(0..6)).map(|_| *PIECES.choose(rng).expect("some")).collect()
}
