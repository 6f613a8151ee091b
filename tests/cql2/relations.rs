//! The relations in space against GEOS, on geometries of a small grid, where they touch in every way.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;

use citylayers::geo::{Geometry, GeometryKind};
use citylayers::index::cql2::{Expr, SpatialRelation};
use citylayers::model::{FieldType, Layer, Rows};
use geo_types::{
    Coord, Geometry as Any, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::layers::layer;
use crate::support::present::have;
use crate::{compile, found};

const SIDE: i32 = 6;

fn place(random: &mut ChaCha8Rng) -> Coord<f64> {
    let mut axis = || f64::from(random.random_range(0..=SIDE));
    Coord { x: axis(), y: axis() }
}

fn line(random: &mut ChaCha8Rng) -> LineString<f64> {
    let mut places: Vec<Coord<f64>> = (0..random.random_range(2..5)).map(|_| place(random)).collect();
    places.dedup();
    if places.len() < 2 {
        return line(random);
    }
    LineString(places)
}

/// A box, with a hole now and then, or any ring of three or four places, which may cross itself.
fn polygon(random: &mut ChaCha8Rng) -> Polygon<f64> {
    let boxed = |[west, south, east, north]: [i32; 4]| {
        let corners = [(west, south), (east, south), (east, north), (west, north), (west, south)];
        corners.map(|(x, y)| Coord { x: f64::from(x), y: f64::from(y) }).to_vec()
    };
    if random.random_bool(0.4) {
        let mut places: Vec<Coord<f64>> = (0..random.random_range(3..5)).map(|_| place(random)).collect();
        places.push(places[0]);
        return Polygon::new(LineString(places), Vec::new());
    }
    let (west, south) = (random.random_range(0..SIDE), random.random_range(0..SIDE));
    let (east, north) = (random.random_range(west + 1..=SIDE), random.random_range(south + 1..=SIDE));
    let holed = east - west > 2 && north - south > 2 && random.random_bool(0.7);
    let hole = holed.then(|| LineString(boxed([west + 1, south + 1, east - 1, north - 1])));
    Polygon::new(LineString(boxed([west, south, east, north])), hole.into_iter().collect())
}

fn some<T>(random: &mut ChaCha8Rng, one: impl Fn(&mut ChaCha8Rng) -> T) -> Vec<T> {
    (0..random.random_range(1..3)).map(|_| one(random)).collect()
}

fn row(random: &mut ChaCha8Rng) -> Geometry {
    match random.random_range(0..5) {
        0 => Geometry::Point(Point(place(random))),
        1 | 2 => Geometry::Lines(MultiLineString(some(random, line))),
        _ => Geometry::Polygons(MultiPolygon(some(random, polygon))),
    }
}

fn literal(random: &mut ChaCha8Rng) -> Any<f64> {
    match random.random_range(0..8) {
        0 => Any::Point(Point(place(random))),
        1 => Any::MultiPoint(MultiPoint(some(random, |random| Point(place(random))))),
        2 => Any::LineString(line(random)),
        3 => Any::MultiLineString(MultiLineString(some(random, line))),
        4 | 5 => Any::Polygon(polygon(random)),
        _ => Any::MultiPolygon(MultiPolygon(some(random, polygon))),
    }
}

fn layers() -> [Arc<Layer>; 3] {
    [GeometryKind::Point, GeometryKind::Line, GeometryKind::Polygon]
        .map(|kind| layer("things", kind, FieldType::Text, &[]))
}

/// What ours says of a row and a literal, in the order of the relations' names; `None` where the literal is refused.
fn ours(layers: &[Arc<Layer>; 3], row: &Geometry, literal: &Any<f64>) -> Option<String> {
    let layer = layers.iter().find(|layer| layer.geometry == row.kind()).unwrap();
    let mut rows = Rows::new(Arc::clone(layer));
    rows.push("1", row, []);
    let mut answers = String::new();
    for relation in SpatialRelation::ALL {
        let own = Expr::Property("geometry".to_owned());
        let other = Expr::Geometry(Box::new(literal.clone()));
        let filter = compile(&Expr::Spatial(*relation, Box::new([own.clone(), other.clone()])), layer).ok()?;
        let answer = !found(&filter, &rows).is_empty();
        let converse = match relation {
            SpatialRelation::Contains => SpatialRelation::Within,
            SpatialRelation::Within => SpatialRelation::Contains,
            same => *same,
        };
        let turned = compile(&Expr::Spatial(converse, Box::new([other, own])), layer).unwrap();
        assert_eq!(!found(&turned, &rows).is_empty(), answer, "{relation:?} of {row:?} and {literal:?}, turned");
        answers.push(if answer { '1' } else { '0' });
    }
    Some(answers)
}

fn text(geometry: &Any<f64>) -> String {
    Expr::Geometry(Box::new(geometry.clone())).to_string()
}

#[test]
fn relations_are_those_of_geos() {
    let python = || Command::new("/usr/bin/python3").args(["-c", "from osgeo import ogr"]).output();
    if !have("gdal", python().is_ok_and(|output| output.status.success())) {
        return;
    }
    let mut random = ChaCha8Rng::seed_from_u64(2025);
    let pairs: Vec<(Geometry, Any<f64>)> = (0..6_000).map(|_| (row(&mut random), literal(&mut random))).collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cql2/relations.py");
    let mut geos =
        Command::new("/usr/bin/python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = geos.stdin.take().unwrap();
    let lines: Vec<String> =
        pairs.iter().map(|(row, literal)| format!("{}\t{}\n", text(&row.to_geo()), text(literal))).collect();
    let writing = std::thread::spawn(move || input.write_all(lines.concat().as_bytes()).unwrap());
    let output = geos.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    assert_eq!(answers.lines().count(), pairs.len());
    let (layers, mut wrong, mut judged) = (layers(), Vec::new(), 0);
    for ((row, literal), expected) in pairs.iter().zip(answers.lines()) {
        if expected == "invalid" {
            continue;
        }
        let found = ours(&layers, row, literal);
        judged += 1;
        if found.as_deref() != Some(expected) {
            wrong.push(format!("{found:?} instead of {expected}: {} and {}", text(&row.to_geo()), text(literal)));
        }
    }
    let shown = wrong.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {judged}:\n{shown}", wrong.len());
    assert!(judged > 2_000, "{judged}");
}

#[test]
fn a_collection_is_met_where_one_of_its_members_is() {
    let layers = layers();
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let mut answers = [0, 0];
    for _ in 0..6_000 {
        let row = row(&mut random);
        let members = some(&mut random, literal);
        let each: Option<Vec<String>> = members.iter().map(|member| ours(&layers, &row, member)).collect();
        let Some(each) = each else { continue };
        let expected = each.iter().any(|answers| answers.as_bytes()[INTERSECTS] == b'1');
        let all = Any::GeometryCollection(GeometryCollection(members.clone()));
        let layer = layers.iter().find(|layer| layer.geometry == row.kind()).unwrap();
        let mut rows = Rows::new(Arc::clone(layer));
        rows.push("1", &row, []);
        for (relation, expected) in [(SpatialRelation::Intersects, expected), (SpatialRelation::Disjoint, !expected)] {
            let pair = [Expr::Property("geometry".to_owned()), Expr::Geometry(Box::new(all.clone()))];
            let filter = compile(&Expr::Spatial(relation, Box::new(pair)), layer).unwrap();
            assert_eq!(!found(&filter, &rows).is_empty(), expected, "{relation:?} of {row:?} and {members:?}");
        }
        // Where the other relations can be told, the collection is one geometry; else it is refused.
        let _told = ours(&layers, &row, &all);
        answers[usize::from(expected)] += 1;
    }
    assert!(answers[0] > 500 && answers[1] > 500, "{answers:?}");
}

/// The place of `S_INTERSECTS` among the answers.
const INTERSECTS: usize = 4;

/// Invalid ones included: whatever the answer, it is one.
#[test]
fn no_literal_makes_a_relation_panic() {
    let layers = layers();
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let answered = (0..20_000).filter(|_| ours(&layers, &row(&mut random), &literal(&mut random)).is_some()).count();
    assert!(answered > 5_000, "{answered}");
}
