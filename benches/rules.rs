//! Fences by the rules' engine alone: how many places of vehicles are judged a second against 23,000 fences, beside an R-tree of boxes
//! with `geo::Contains` that remembers what each vehicle was in.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

mod measure;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use citylayers::geo::Geometry;
use citylayers::index::{Atlas, LayerIndex};
use citylayers::model::{Change, Feature, FeatureId, Layer, Observation, Observations, Revision, Rows, Rule};
use citylayers::rules::{Engine, Known, Ready};
use geo::Contains;
use geo_types::{Coord, LineString, MultiPolygon, Point, Polygon};
use measure::{SEED, layer};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rstar::primitives::GeomWithData;
use rstar::{AABB, RTree};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FENCES: usize = 23_000;
const VEHICLES: usize = 10_000;
/// Places of one commit.
const BATCH: usize = 1_000;
const BATCHES: usize = 400;
const CORNERS: u32 = 24;

const RULE: &str = "id = 'fenced'\ntitle = { vi = 'Vào khu vực', en = 'In a zone' }\nlayer = 'vessels'\nseverity = 'Minor'\n\
                    [when]\ntype = 'enter'\nfence = 'hazard_zones'\nmargin = 0";

fn main() {
    let (vessels, zones) = (layer("vessels"), layer("hazard_zones"));
    let mut dice = ChaCha8Rng::seed_from_u64(SEED);
    let fences: Vec<Polygon<f64>> = (0..FENCES).map(|_| fence(&mut dice)).collect();
    let atlas = atlas(&vessels, &zones, &fences, &mut dice);
    let layers = [Arc::clone(&vessels), Arc::clone(&zones), layer("alerts")];
    let rule: Rule = toml::from_str(RULE).expect("a rule");
    let ready =
        Arc::new(Ready::new(rule, Known { layers: &layers, indicators: &[], webhooks: &[] }).expect("it holds"));
    let now: DateTime<Utc> = "2026-11-21T10:00:00Z".parse().expect("a moment");
    let mut engine = Engine::new(vec![ready], [], [], &atlas, now);
    let batches = walks(&vessels, now, &mut dice);

    let start = Instant::now();
    for changes in &batches {
        let draft = engine.judge(std::slice::from_ref(changes), &atlas, now + TimeDelta::hours(1));
        engine.learn(draft);
    }
    let taken = start.elapsed().as_secs_f64();
    let entered: u32 = engine.open().map(|alert| alert.count).sum();

    let (other, expected) = baseline(&fences, &batches);
    assert_eq!(u64::from(entered), expected, "both find the same");
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
    let places = (BATCH * BATCHES) as f64;
    println!(
        "{FENCES} fences of {CORNERS} corners, {VEHICLES} vehicles, {places} places, {entered} times a fence was entered"
    );
    println!("engine:            {:>9.0} places/s", places / taken);
    println!("R-tree with geo:   {:>9.0} places/s, {:.2} x", places / other, other / taken);
}

/// A star of some hundred metres to some kilometres.
fn fence(dice: &mut ChaCha8Rng) -> Polygon<f64> {
    let [x, y] = [dice.random_range(104.0..107.5), dice.random_range(18.4..20.6)];
    let size = dice.random_range(0.001..0.02);
    let corner = |corner: u32, dice: &mut ChaCha8Rng| {
        let angle = f64::from(corner) / f64::from(CORNERS) * std::f64::consts::TAU;
        let reach = size * dice.random_range(0.6..1.0);
        Coord { x: x + reach * angle.cos(), y: y + reach * angle.sin() }
    };
    let ring: Vec<Coord<f64>> = (0..CORNERS).map(|number| corner(number, dice)).collect();
    Polygon::new(LineString::from(ring), Vec::new())
}

fn start(dice: &mut ChaCha8Rng) -> [f64; 2] {
    [dice.random_range(104.0..107.5), dice.random_range(18.4..20.6)]
}

fn feature(layer: &Layer, id: &str, geometry: Geometry) -> Feature {
    let id = FeatureId::new(id).expect("not empty");
    Feature { layer: layer.id.clone(), id, geometry, properties: vec![None; layer.fields.len()] }
}

fn atlas(vessels: &Arc<Layer>, zones: &Arc<Layer>, fences: &[Polygon<f64>], dice: &mut ChaCha8Rng) -> Atlas {
    let atlas = Atlas::new([Arc::clone(vessels), Arc::clone(zones), layer("alerts")]);
    let mut rows = Rows::new(Arc::clone(zones));
    for (number, fence) in fences.iter().enumerate() {
        rows.push_feature(&feature(zones, &number.to_string(), Geometry::Polygons(MultiPolygon(vec![fence.clone()]))));
    }
    rows.finish();
    let mut boats = Rows::new(Arc::clone(vessels));
    for number in 0..VEHICLES {
        // Far from all fences: whatever is entered is entered later.
        let place = Point::new(110.0 + dice.random_range(0.0..1.0), 15.0);
        boats.push_feature(&feature(vessels, &number.to_string(), Geometry::Point(place)));
    }
    boats.finish();
    for rows in [rows, boats] {
        atlas.load(LayerIndex::new(&rows), Revision(1));
    }
    atlas
}

/// Vehicles that go on by some hundred metres each time.
fn walks(vessels: &Arc<Layer>, now: DateTime<Utc>, dice: &mut ChaCha8Rng) -> Vec<Change> {
    let mut places: Vec<[f64; 2]> = (0..VEHICLES).map(|_| start(dice)).collect();
    let commit = |number: usize| {
        let readings: Vec<Observation> = (0..BATCH)
            .map(|one| {
                let vehicle = (number * BATCH + one) % VEHICLES;
                let [lon, lat] = &mut places[vehicle];
                (*lon, *lat) = (*lon + dice.random_range(-0.004..0.004), *lat + dice.random_range(-0.004..0.004));
                Observation {
                    feature: FeatureId::new(&vehicle.to_string()).expect("not empty"),
                    time: now + TimeDelta::seconds(i64::try_from(number).unwrap_or_default()),
                    position: Some([*lon, *lat]),
                    values: vec![None; vessels.observed.len()].into(),
                }
            })
            .collect();
        Change::Observe(Arc::new(Observations::new(Arc::clone(vessels), readings)))
    };
    (0..BATCHES).map(commit).collect()
}

/// Seconds, and how often a fence was entered.
fn baseline(fences: &[Polygon<f64>], batches: &[Change]) -> (f64, u64) {
    let boxed = |(number, fence): (usize, &Polygon<f64>)| {
        let xs = fence.exterior().coords().map(|c| c.x);
        let ys = fence.exterior().coords().map(|c| c.y);
        let (west, east) = xs.fold((f64::MAX, f64::MIN), |(least, most), x| (least.min(x), most.max(x)));
        let (south, north) = ys.fold((f64::MAX, f64::MIN), |(least, most), y| (least.min(y), most.max(y)));
        GeomWithData::new(rstar::primitives::Rectangle::from_corners([west, south], [east, north]), number)
    };
    let tree = RTree::bulk_load(fences.iter().enumerate().map(boxed).collect());
    let mut inside: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut entered = 0;
    let start = Instant::now();
    for change in batches {
        let Change::Observe(observations) = change else { continue };
        for reading in observations.list() {
            let Some([x, y]) = reading.position else { continue };
            let point = Point::new(x, y);
            let now: Vec<usize> = tree
                .locate_in_envelope_intersecting(AABB::from_point([x, y]))
                .map(|found| found.data)
                .filter(|number| fences[*number].contains(&point))
                .collect();
            let before = inside.entry(reading.feature.as_str()).or_default();
            entered += now.iter().filter(|number| !before.contains(number)).count() as u64;
            *before = now;
        }
    }
    (start.elapsed().as_secs_f64(), entered)
}
