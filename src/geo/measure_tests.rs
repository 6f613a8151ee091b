//! Against published values, values of PROJ's own geodesics, and brute force.

use geo::GeodesicArea;
use geo_types::{MultiLineString, Polygon};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

fn polygons(rings: &[&[[f64; 2]]]) -> MultiPolygon<f64> {
    let mut rings = rings.iter().map(|ring| LineString::from(ring.to_vec()));
    let exterior = rings.next().expect("an exterior");
    MultiPolygon(vec![Polygon::new(exterior, rings.collect())])
}

/// Karney 2013, section 4, and the tests of `GeographicLib`.
#[test]
fn distances_are_those_that_are_published() {
    let table = [
        ([0.0, -30.0], [179.8, 29.9], 19_989_832.827_61),
        ([174.81, -41.32], [-5.50, 40.96], 19_959_679.267_353_82),
        ([0.0, 0.0], [1.0, 0.0], 111_319.490_793_273_58),
        ([0.0, 0.0], [0.0, 90.0], 10_001_965.729_312_7),
        ([5.0, 5.0], [5.0, 5.0], 0.0),
    ];
    for (a, b, expected) in table {
        assert!((distance(a, b) - expected).abs() < 1e-4, "{a:?} {b:?}: {}", distance(a, b));
        assert!((distance(b, a) - expected).abs() < 1e-4, "{b:?} {a:?}");
    }
}

/// A square degree between parallels and meridians, in closed form: b²/2 [s/(1-e²s²) + atanh(e s)/e], the difference of
/// two latitudes times the width. The value is of pyproj 3.4, whose edges are geodesics, with the parallels cut into 100,000 pieces.
#[test]
fn a_square_degree_has_its_area_whatever_its_edges_are_cut_into() {
    let ring = [[105.0, 18.0], [106.0, 18.0], [106.0, 19.0], [105.0, 19.0], [105.0, 18.0]];
    let whole = area(&polygons(&[&ring]));
    assert!((whole / SQUARE_DEGREE - 1.0).abs() < 1e-11, "{whole}");
    let mut cut: Vec<[f64; 2]> = Vec::new();
    for ends in ring.windows(2) {
        cut.extend((0..1000).map(|step| between(ends[0], ends[1], f64::from(step) / 1000.0)));
    }
    cut.push(ring[0]);
    let cut = area(&polygons(&[&cut]));
    assert!((cut / whole - 1.0).abs() < 1e-12, "{cut} {whole}");
}

const SQUARE_DEGREE: f64 = 11_688_589_484.815_296;

#[test]
fn sense_holes_and_the_antimeridian() {
    let square = |west: f64, east: f64| [[west, 10.0], [east, 10.0], [east, 11.0], [west, 11.0], [west, 10.0]];
    let (plain, across) = (square(100.0, 101.0), square(179.5, -179.5));
    let area_of = |ring: &[[f64; 2]]| area(&polygons(&[ring]));
    assert!((area_of(&plain) / area_of(&across) - 1.0).abs() < 1e-12);
    let back: Vec<_> = plain.iter().rev().copied().collect();
    assert!((area_of(&back) / area_of(&plain) - 1.0).abs() < 1e-15);
    let coords: Vec<Coord<f64>> = plain.iter().map(|&place| place.into()).collect();
    assert!(ring_area(&coords) > 0.0, "counter-clockwise is positive");
    let hole: Vec<_> = square(100.25, 100.75).iter().rev().copied().collect();
    let holed = area(&polygons(&[&plain, &hole]));
    assert!((holed / area_of(&plain) - 0.5).abs() < 1e-12, "{holed}");
    assert!(area(&MultiPolygon(Vec::new())).abs() < 1e-12);
}

/// Edges straight in lon/lat against geodesic edges: the closer the shorter they are.
#[test]
fn short_edges_give_the_area_of_geodesic_ones() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    for (degrees, part) in [(0.0001, 1e-6), (0.001, 2e-6), (0.01, 2e-5), (0.1, 2e-4)] {
        for _ in 0..200 {
            let middle = [random.random_range(102.0..110.0), random.random_range(8.0..23.0)];
            let corners = random.random_range(3..12);
            let mut ring: Vec<[f64; 2]> = (0..corners)
                .map(|corner| {
                    let (sine, cosine) = (std::f64::consts::TAU * f64::from(corner) / f64::from(corners)).sin_cos();
                    let radius = degrees * random.random_range(0.3..1.0);
                    [middle[0] + radius * cosine, middle[1] + radius * sine]
                })
                .collect();
            ring.push(ring[0]);
            let polygons = polygons(&[&ring]);
            let (own, karney) = (area(&polygons), polygons.geodesic_area_signed());
            assert!((own - karney).abs() < part * karney + 0.001, "{ring:?}: {own} {karney}");
        }
    }
}

#[test]
fn a_plane_area_keeps_its_digits_far_from_the_origin() {
    let at = |x: f64, y: f64| [597_068.62 + x, 2_064_850.59 + y];
    let ring = [at(0.0, 0.0), at(10.0, 0.0), at(10.0, 0.01), at(0.0, 0.01)];
    assert!((plane_area(&ring) - 0.1).abs() < 1e-7, "{}", plane_area(&ring));
    let closed: Vec<_> = ring.iter().copied().chain([ring[0]]).collect();
    assert!((plane_area(&closed) - plane_area(&ring)).abs() < 1e-12);
}

/// Against the geodesics to ten thousand places of each segment.
#[test]
fn the_nearest_place_of_a_segment_is_found_to_a_millimetre() {
    let mut random = ChaCha8Rng::seed_from_u64(12);
    for round in 0..150 {
        let reach = [0.001, 0.02, 0.3, 0.9][round % 4];
        let place = [random.random_range(102.0..110.0), random.random_range(8.0..23.0)];
        let mut near = || [0, 1].map(|axis| place[axis] + random.random_range(-reach..reach));
        let (a, b) = (near(), near());
        let line = Geometry::Lines(MultiLineString(vec![LineString::from(vec![a, b])]));
        let found = distance_to(place, &line);
        let mut sampled = (0, f64::INFINITY);
        let at = |step: i32, of: f64| distance(place, between(a, b, (f64::from(step) / of).clamp(0.0, 1.0)));
        for step in 0..=100 {
            let metres = at(step, 100.0);
            sampled = if metres < sampled.1 { (step, metres) } else { sampled };
        }
        let fine = (sampled.0 - 1) * 100..=(sampled.0 + 1) * 100;
        let least = fine.map(|step| at(step, 10_000.0)).fold(f64::INFINITY, f64::min);
        // Samples of 100 m miss the foot by 50 m, which is 12 mm at 100 km: they are longer, never shorter.
        assert!(found < least + 1e-4, "{place:?} {a:?} {b:?}: {found} {least}");
        let spacing = distance(a, b) / 20_000.0;
        let missed = spacing * spacing / (2.0 * least.max(spacing));
        assert!(least - found < missed + 1e-3, "{place:?} {a:?} {b:?}: {found} {least}");
    }
}

#[test]
fn inside_and_on_the_border_is_no_distance() {
    let square = Geometry::Polygons(polygons(&[
        &[[105.0, 18.0], [106.0, 18.0], [106.0, 19.0], [105.0, 19.0], [105.0, 18.0]],
        &[[105.4, 18.4], [105.4, 18.6], [105.6, 18.6], [105.6, 18.4], [105.4, 18.4]],
    ]));
    for (place, expected) in [
        ([105.1, 18.1], 0.0),
        ([105.0, 18.5], 0.0),
        ([105.0, 18.0], 0.0),
        ([105.5, 18.41], distance([105.5, 18.41], [105.5, 18.4])),
        ([104.9, 18.0], distance([104.9, 18.0], [105.0, 18.0])),
    ] {
        let found = distance_to(place, &square);
        assert!((found - expected).abs() < 0.01, "{place:?}: {found} {expected}");
    }
}
