//! A tile of several layers keeps the budget of one, and tells what it leaves out.
#![allow(clippy::cast_precision_loss, reason = "small numbers")]

mod support;

use std::collections::BTreeMap;

use citylayers::geo::mercator::world_point;
use citylayers::geo::{Geometry, TileCoord};
use citylayers::model::{Change, Feature, Field, FieldType, Layer, Value};
use geo_types::{Coord, MultiPolygon, Point, Rect};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use support::features::{id, replace};
use support::kinds::TOWN;
use support::mvt::decode;
use support::service::Service;

const BYTES: usize = 500_000;
const FEATURES: usize = 200_000;

/// In the order of their names; each by itself is more than a tile holds, whatever the zoom.
const LAYERS: [&str; 3] = ["buildings", "bus_stops", "cameras"];

/// What the texts of a layer are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Texts {
    /// Streets, of which there are a few hundred.
    Streets,
    /// Addresses, no two of which are the same.
    Addresses,
}

/// Values as such layers have them: names that are all different, texts, a few codes, measures.
fn values(random: &mut ChaCha8Rng, layer: &Layer, number: u64, texts: Texts) -> Vec<Option<Value>> {
    let value = |(place, field): (usize, &Field)| match field.field_type {
        _ if place > 5 => None,
        FieldType::Integer => Some(Value::Integer(random.random_range(1..9))),
        FieldType::Real => Some(Value::Real(f64::from(random.random_range(30..300)) / 10.0)),
        FieldType::Boolean => Some(Value::Boolean(random.random())),
        FieldType::Code => {
            let codes = &field.codes;
            Some(Value::Text(codes.get(random.random_range(0..codes.len().max(1)))?.code.clone()))
        }
        FieldType::Text if place == 0 => Some(Value::Text(format!("No. {number:06}"))),
        FieldType::Text if texts == Texts::Streets => {
            Some(Value::Text(format!("Đường số {}", random.random_range(1..400))))
        }
        FieldType::Text => {
            let [house, lane, plot]: [u16; 3] = random.random();
            Some(Value::Text(format!(
                "Số {house} ngõ {lane}, phường Trường Vinh, thửa {plot}/{:x}",
                random.random::<u64>()
            )))
        }
        _ => None,
    };
    layer.fields.iter().enumerate().map(value).collect()
}

/// 50,000 points in a town two kilometres wide, or as many houses, 5 m by 8 m, in rows.
fn features(layer: &Layer, seed: u64, texts: Texts) -> Vec<Feature> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let make = |number: u64| {
        let place = if layer.id.as_str() == "buildings" {
            let (column, row) = (number % 220, number / 220);
            let corner = |steps: u64, middle: f64| middle + (steps as f64 - 110.0) * 0.000_1;
            let low = Coord { x: corner(column, TOWN[0]), y: corner(row, TOWN[1]) };
            let house = Rect::new(low, Coord { x: low.x + 0.000_05, y: low.y + 0.000_08 });
            Geometry::Polygons(MultiPolygon(vec![house.to_polygon()]))
        } else {
            let mut axis = |middle: f64| middle + (0..3).map(|_| random.random_range(-0.01..0.01)).sum::<f64>() / 3.0;
            Geometry::Point(Point::new(axis(TOWN[0]), axis(TOWN[1])))
        };
        let properties = values(&mut random, layer, number, texts);
        Feature { layer: layer.id.clone(), id: id(layer, number), geometry: place, properties }
    };
    (0..48_400).map(make).collect()
}

/// Features that meet the tile's buffered square, one by one; and those of them whose middle lies beyond the tile's own.
fn meeting(features: &[Feature], coord: TileCoord) -> (usize, usize) {
    let [west, north, east, south] = coord.buffered();
    let (mut there, mut beside) = (0, 0);
    for feature in features {
        let places: Vec<[i64; 2]> = feature.geometry.coords().map(|at| world_point(at).map(i64::from)).collect();
        let range = |axis: usize| {
            let along = || places.iter().map(|place| place[axis]);
            (along().min().expect("never empty"), along().max().expect("never empty"))
        };
        let ((left, right), (up, down)) = (range(0), range(1));
        if left <= east && right >= west && up <= south && down >= north {
            let own = coord.square();
            let ([x, y], [west, north, east, south]) = ([left.midpoint(right), up.midpoint(down)], own);
            there += 1;
            beside += usize::from(x < west || x > east || y < north || y > south);
        }
    }
    (there, beside)
}

struct Answered {
    packed: usize,
    drawn: BTreeMap<String, usize>,
    left_out: BTreeMap<String, usize>,
}

async fn ask(service: &Service, names: &str, coord: TileCoord) -> Answered {
    let path = format!("/tiles/{names}/{coord}.mvt");
    let answer = service.get(&path, &[("accept-encoding", "gzip")]).await;
    assert!([200, 204].contains(&answer.status), "{path}: {}", answer.status);
    if answer.status == 200 {
        assert_eq!(answer.header("content-encoding"), "gzip", "{path}");
    }
    let told = answer.header("citylayers-left-out").split(", ").filter(|part| !part.is_empty()).map(|part| {
        let (name, count) = part.split_once('=').expect("a name and a number");
        (name.to_owned(), count.parse().expect("a number"))
    });
    let drawn = decode(&answer.unpacked(), &path).into_iter().map(|(name, features)| (name, features.len()));
    Answered { packed: answer.body.len(), drawn: drawn.collect(), left_out: told.collect() }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_full_layers_keep_the_budget_of_one_and_tell_what_they_leave_out() {
    keep_the_budget(Texts::Streets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_texts_of_which_no_two_are_the_same_keep_the_budget() {
    keep_the_budget(Texts::Addresses).await;
}

/// What was seen of the tiles.
#[derive(Default)]
struct Seen {
    /// Tiles that would be beyond the budget if each layer had it to itself.
    beyond: usize,
    /// Layers of tiles whose features are each drawn or told to be left out.
    exact: usize,
    heaviest: usize,
    heaviest_alone: usize,
}

async fn keep_the_budget(texts: Texts) {
    let service = Service::start().await;
    let mut there: BTreeMap<&str, Vec<Feature>> = BTreeMap::new();
    for (name, seed) in LAYERS.into_iter().zip(120..) {
        let layer = service.layer(name);
        let features = features(&layer, seed, texts);
        service.commit(vec![replace(&layer, &features)]).await;
        there.insert(name, features);
    }
    // In their second version tiles are kept in pieces, in the third they are mended.
    for round in 0..3_usize {
        if round > 0 {
            service.commit(there.values_mut().flat_map(|features| exchanged(features, round)).collect()).await;
        }
        let mut seen = Seen::default();
        for zoom in if round == 0 { 9..=16 } else { 12..=15 } {
            let middle = TileCoord::holding(zoom, world_point(TOWN));
            let around = (0..9).filter_map(|at| {
                TileCoord::new(zoom, (middle.x() + at % 3).checked_sub(1)?, (middle.y() + at / 3).checked_sub(1)?)
            });
            for coord in around {
                look(&service, &there, coord, &mut seen).await;
            }
        }
        let Seen { beyond, exact, heaviest, heaviest_alone } = seen;
        eprintln!("{texts:?}, {round}: the heaviest tile of one layer {heaviest_alone} bytes, of three {heaviest}");
        assert!(exact > 50, "only {exact} layers of tiles add up");
        assert!(beyond > 3, "only {beyond} tiles would be beyond the budget");
    }
    service.stop().await;
}

/// Edits all over a layer: each of some features gets the values of the next.
fn exchanged(features: &mut [Feature], round: usize) -> Vec<Change> {
    let pairs = features.chunks_exact_mut(2).skip(round).step_by(97);
    let exchange = |pair: &mut [Feature]| {
        let [first, second] = pair else { unreachable!("chunks of two") };
        std::mem::swap(&mut first.properties, &mut second.properties);
        [Change::Put(first.clone()), Change::Put(second.clone())]
    };
    pairs.flat_map(exchange).collect()
}

async fn look(service: &Service, there: &BTreeMap<&str, Vec<Feature>>, coord: TileCoord, seen: &mut Seen) {
    let together = ask(service, &LAYERS.join(","), coord).await;
    seen.heaviest = seen.heaviest.max(together.packed);
    assert!(together.packed <= BYTES, "{coord}: {} bytes", together.packed);
    let drawn: usize = together.drawn.values().sum();
    assert!(drawn <= FEATURES, "{coord}: {drawn} features");
    let mut alone = 0;
    for name in LAYERS {
        let minzoom = service.layer(name).minzoom;
        let by_itself = ask(service, name, coord).await;
        assert!(by_itself.packed <= BYTES, "{name} {coord}: {} bytes", by_itself.packed);
        seen.heaviest_alone = seen.heaviest_alone.max(by_itself.packed);
        alone += by_itself.packed;
        for (which, answered) in [("together", &together), ("alone", &by_itself)] {
            let drawn = answered.drawn.get(name).copied().unwrap_or(0);
            let left_out = answered.left_out.get(name).copied().unwrap_or(0);
            let (there, beside) = if coord.z() < minzoom { (0, 0) } else { meeting(&there[name], coord) };
            // A speck of dust that lies in the tile beside is drawn there alone.
            let specks = if name == "buildings" { beside } else { 0 };
            assert!(
                (there - specks..=there).contains(&(drawn + left_out)),
                "{name} {coord} {which}: {drawn} drawn, {left_out} left out of {there}"
            );
            seen.exact += usize::from(drawn > 0 && drawn + left_out == there);
        }
    }
    // Each keeps the budget of a tile, which together they would be beyond.
    seen.beyond += usize::from(alone > BYTES);
}
