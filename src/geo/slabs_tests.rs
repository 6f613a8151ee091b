//! Against looking at every edge, and against many places of a line.

use geo_types::Polygon;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::geo::measure;

fn star(random: &mut ChaCha8Rng, corners: u32) -> LineString<f64> {
    let mut ring: LineString<f64> = (0..corners)
        .map(|corner| {
            let (sine, cosine) = (std::f64::consts::TAU * f64::from(corner) / f64::from(corners)).sin_cos();
            let radius = random.random_range(0.1..1.0);
            Coord { x: 105.0 + radius * cosine, y: 19.0 + radius * sine }
        })
        .collect();
    ring.close();
    ring
}

fn polygons(random: &mut ChaCha8Rng) -> MultiPolygon<f64> {
    let corners = random.random_range(3..200);
    let exterior = star(random, corners);
    // A hole may stick out: inside is decided by counting.
    let holes = if random.random_bool(0.5) { vec![star(random, 7)] } else { Vec::new() };
    MultiPolygon(vec![Polygon::new(exterior, holes)])
}

#[test]
fn a_place_is_held_as_if_every_edge_were_looked_at() {
    let mut random = ChaCha8Rng::seed_from_u64(21);
    for _ in 0..200 {
        let polygons = polygons(&mut random);
        let slabs = Slabs::new(&polygons);
        for _ in 0..100 {
            let place = [random.random_range(103.8..106.2), random.random_range(17.8..20.2)];
            assert_eq!(slabs.holds(place), holds(&polygons, place), "{place:?} {polygons:?}");
        }
        for corner in &polygons.0[0].exterior().0 {
            assert!(slabs.holds([corner.x, corner.y]), "{corner:?} is on the border");
        }
    }
}

#[test]
fn a_square_holds_its_border() {
    let square = MultiPolygon(vec![Polygon::new(
        LineString::from(vec![[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]]),
        Vec::new(),
    )]);
    for (place, inside) in [
        ([2.0, 2.0], true),
        ([0.0, 0.0], true),
        ([4.0, 4.0], true),
        ([2.0, 4.0], true),
        ([0.0, 1.0], true),
        ([-1.0, 0.0], false),
        ([-1.0, 4.0], false),
        ([5.0, 2.0], false),
        ([2.0, 4.1], false),
    ] {
        assert_eq!(holds(&square, place), inside, "{place:?}");
        assert_eq!(Slabs::new(&square).holds(place), inside, "{place:?}");
    }
}

#[test]
fn what_is_said_of_a_box_is_true_of_its_places() {
    let mut random = ChaCha8Rng::seed_from_u64(22);
    let mut told = [0; 3];
    for _ in 0..2000 {
        let polygons = polygons(&mut random);
        let slabs = Slabs::new(&polygons);
        let [west, south] = [random.random_range(103.8..106.2), random.random_range(17.8..20.2)];
        let bbox = BBox { west, south, east: west + 0.1, north: south + 0.1 };
        let standing = slabs.standing(&bbox);
        told[standing as usize] += 1;
        for _ in 0..20 {
            let place = [random.random_range(west..bbox.east), random.random_range(south..bbox.north)];
            let inside = holds(&polygons, place);
            assert!(
                standing == Standing::OnBorder || (standing == Standing::Inside) == inside,
                "{place:?} {polygons:?}"
            );
        }
    }
    assert!(told.iter().all(|&count| count > 30), "{told:?}");
}

#[test]
fn stretches_hold_the_places_that_lie_within() {
    let mut random = ChaCha8Rng::seed_from_u64(23);
    for _ in 0..500 {
        let polygons = polygons(&mut random);
        let slabs = Slabs::new(&polygons);
        let mut end = || [random.random_range(103.8..106.2), random.random_range(17.8..20.2)];
        let (a, b) = (end(), end());
        let stretches = slabs.stretches(a, b);
        assert!(stretches.windows(2).all(|two| two[0][1] < two[1][0]), "{stretches:?}");
        for step in 0..=200 {
            let share = f64::from(step) / 200.0;
            let near_an_end = stretches.iter().flatten().any(|end| (end - share).abs() < 1e-7);
            let told = stretches.iter().any(|[from, to]| *from <= share && share <= *to);
            let inside = holds(&polygons, between(a, b, share));
            assert!(near_an_end || told == inside, "{share} of {a:?} {b:?}: {stretches:?} {polygons:?}");
        }
    }
}

#[test]
fn a_line_along_the_border_is_inside() {
    let square = MultiPolygon(vec![Polygon::new(
        LineString::from(vec![[105.1, 18.1], [105.7, 18.4], [105.4, 19.0], [105.1, 18.1]]),
        Vec::new(),
    )]);
    let slabs = Slabs::new(&square);
    let (a, b) = ([105.1, 18.1], [105.7, 18.4]);
    for (from, to, expected) in [
        (a, b, vec![[0.0, 1.0]]),
        (b, a, vec![[0.0, 1.0]]),
        (between(a, b, 0.25), between(a, b, 0.5), vec![[0.0, 1.0]]),
    ] {
        assert_eq!(slabs.stretches(from, to), expected, "{from:?} {to:?}");
    }
    let beyond = slabs.stretches(between(a, b, 0.5), between(a, b, 1.5));
    assert!(beyond.len() == 1 && beyond[0][0] <= 0.0 && (beyond[0][1] - 0.5).abs() < 1e-7, "{beyond:?}");
    assert_eq!(slabs.stretches(between(a, b, -1.0), between(a, b, -0.5)), Vec::<[f64; 2]>::new());
}

#[test]
fn clipped_lines_follow_the_line_and_keep_its_corners() {
    let mut random = ChaCha8Rng::seed_from_u64(24);
    for _ in 0..100 {
        let slabs = Slabs::new(&polygons(&mut random));
        let line: LineString<f64> = (0..20)
            .map(|_| Coord { x: random.random_range(103.8..106.2), y: random.random_range(17.8..20.2) })
            .collect();
        let pieces = slabs.clipped(&line);
        let by_segment: f64 = line
            .0
            .windows(2)
            .flat_map(|ends| {
                let [a, b] = [[ends[0].x, ends[0].y], [ends[1].x, ends[1].y]];
                slabs
                    .stretches(a, b)
                    .into_iter()
                    .map(move |[from, to]| measure::distance(between(a, b, from), between(a, b, to)))
            })
            .sum();
        let length: f64 = pieces.0.iter().map(measure::length).sum();
        assert!((length - by_segment).abs() < 1e-6, "{length} {by_segment}");
        for corner in line.0.iter().filter(|corner| slabs.holds([corner.x, corner.y])) {
            assert!(pieces.0.iter().any(|piece| piece.0.contains(corner)), "{corner:?} is lost");
        }
    }
}
