//! Roads outside the towns: national ones through known places, the rest from ward to ward.

use std::collections::BTreeSet;

use super::curve::{length, roughened, through};
use super::facts::{self, RoadPoint};
use super::noise::dice;
use super::plane::{Place, direction, squared};
use super::territory::Territory;

/// A road, a street or the railway.
#[derive(Debug)]
pub struct Road {
    pub number: Option<String>,
    pub name: String,
    pub level: Option<&'static str>,
    pub class: String,
    pub surface: Option<&'static str>,
    pub width_m: f64,
    pub line: Vec<Place>,
}

impl Road {
    pub fn length_m(&self) -> f64 {
        length(&self.line)
    }
}

/// National roads and the railway, through their way points.
pub fn national(seed: u64) -> Vec<Road> {
    let points = facts::national_roads();
    let same = |a: &RoadPoint, b: &RoadPoint| a.road == b.road;
    points.chunk_by(same).map(|points| through_points(points, seed)).collect()
}

fn through_points(points: &[RoadPoint], seed: u64) -> Road {
    let first = &points[0];
    let mut dice = dice(seed, &format!("road {}", first.road));
    let places: Vec<Place> = points.iter().map(RoadPoint::place).collect();
    let rail = first.road_class == "Đường sắt";
    let mut bends = vec![places[0]];
    for pair in places.windows(2) {
        // The west is mountains: 35 km east of the meridian of the board the plain begins.
        let hilly = pair[0][0].min(pair[1][0]) < 35_000.0;
        let straight = rail || first.road_class == "motorway";
        let strength = if straight {
            0.03
        } else if hilly {
            0.16
        } else {
            0.06
        };
        bends.extend(roughened(pair, 2_200.0, strength, &mut dice).into_iter().skip(1));
    }
    Road {
        number: (!rail).then(|| first.number.clone()),
        name: first.name.clone(),
        level: if rail {
            None
        } else if first.number.starts_with("ĐT") {
            Some("provincial")
        } else {
            Some("national")
        },
        class: first.road_class.clone(),
        surface: (!rail).then_some("Bê tông nhựa"),
        width_m: first.width_m,
        line: through(&bends, 90.0),
    }
}

/// Provincial and communal roads: the relative neighbours (G. Toussaint, 1980) among the wards' centres, joined to long
/// roads where they go straight on, and the other neighbours of a Gabriel graph (K. Gabriel, R. Sokal, 1969).
pub fn local(territory: &Territory, seed: u64) -> Vec<Road> {
    let centres: Vec<Place> = territory.wards.iter().map(facts::Ward::place).collect();
    let (near, rest) = neighbours(&centres);
    let mut dice = dice(seed, "local roads");
    let mut roads = Vec::new();
    let mut numbers = [500, 530];
    for chain in chains(&centres, near) {
        let long = chain.len() > 3;
        let province = usize::from(territory.wards[chain[0]].province_code == "40");
        numbers[province] += i32::from(long);
        let places: Vec<Place> = chain.iter().map(|&centre| centres[centre]).collect();
        let line = through(&roughened(&places, 1_400.0, 0.14, &mut dice), 120.0);
        let ends = [chain[0], chain[chain.len() - 1]].map(|centre| territory.wards[centre].name.as_str());
        roads.push(if long { provincial(numbers[province], line) } else { communal(ends, line, "tertiary", 6.5) });
    }
    for [a, b] in rest {
        let line = through(&roughened(&[centres[a], centres[b]], 1_200.0, 0.16, &mut dice), 120.0);
        roads.push(communal([a, b].map(|centre| territory.wards[centre].name.as_str()), line, "unclassified", 5.0));
    }
    roads.retain(|road| road.line.iter().all(|&at| territory.is_inland(at, 0.0)));
    roads
}

fn provincial(number: i32, line: Vec<Place>) -> Road {
    Road {
        number: Some(format!("ĐT.{number}")),
        name: format!("Đường tỉnh {number}"),
        level: Some("provincial"),
        class: "secondary".to_owned(),
        surface: Some("Bê tông nhựa"),
        width_m: 9.0,
        line,
    }
}

fn communal([from, to]: [&str; 2], line: Vec<Place>, class: &str, width_m: f64) -> Road {
    Road {
        number: None,
        name: format!("Đường {from} – {to}"),
        level: Some("commune"),
        class: class.to_owned(),
        surface: Some(if class == "tertiary" { "Láng nhựa" } else { "Bê tông xi măng" }),
        width_m,
        line,
    }
}

type Pairs = Vec<[usize; 2]>;

/// The relative neighbours, and the Gabriel neighbours that are no relative ones.
fn neighbours(places: &[Place]) -> (Pairs, Pairs) {
    let (mut near, mut rest) = (Vec::new(), Vec::new());
    for a in 0..places.len() {
        for b in a + 1..places.len() {
            let far = squared(places[a], places[b]);
            let between = |third: &Place| squared(places[a], *third) + squared(places[b], *third) < far;
            let nearer = |third: &Place| squared(places[a], *third).max(squared(places[b], *third)) < far;
            let others =
                || places.iter().enumerate().filter(|&(other, _)| other != a && other != b).map(|(_, place)| place);
            if others().any(between) {
                continue;
            }
            if others().any(nearer) { rest.push([a, b]) } else { near.push([a, b]) }
        }
    }
    (near, rest)
}

/// Joins pairs to chains that turn by less than 60 degrees, each pair once.
fn chains(places: &[Place], pairs: Pairs) -> Vec<Vec<usize>> {
    let mut left: BTreeSet<[usize; 2]> = pairs.into_iter().collect();
    let mut chains = Vec::new();
    while let Some([a, b]) = left.pop_first() {
        let mut chain = vec![a, b];
        for _ in 0..2 {
            while let Some(next) = straight_on(places, &chain, &left) {
                let last = chain[chain.len() - 1];
                left.remove(&[last.min(next), last.max(next)]);
                chain.push(next);
            }
            chain.reverse();
        }
        chains.push(chain);
    }
    chains
}

fn straight_on(places: &[Place], chain: &[usize], left: &BTreeSet<[usize; 2]>) -> Option<usize> {
    let (before, last) = (chain[chain.len() - 2], chain[chain.len() - 1]);
    let heading = direction(places[before], places[last]);
    let turn = |next: usize| {
        let to = direction(places[last], places[next]);
        heading[0] * to[0] + heading[1] * to[1]
    };
    let beside = left.iter().filter(|pair| pair.contains(&last)).map(|&[a, b]| if a == last { b } else { a });
    beside.filter(|&next| turn(next) > 0.5 && !chain.contains(&next)).max_by(|&a, &b| turn(a).total_cmp(&turn(b)))
}
