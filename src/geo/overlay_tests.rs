//! Areas that add up, places counted one by one, and rings that are not as they should be.

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::geo::slabs::holds;

type Ring = Vec<[f64; 2]>;

fn polygons(rings: &[Ring]) -> MultiPolygon<f64> {
    let mut rings = rings.iter().map(|ring| LineString::from(ring.clone()));
    let exterior = rings.next().unwrap_or_else(|| LineString(Vec::new()));
    MultiPolygon(vec![Polygon::new(exterior, rings.collect())])
}

/// Rings without mercy: stars, tangles, corners on a coarse lattice so that edges overlap, folds, repeats, slivers.
fn wild(random: &mut ChaCha8Rng, size: f64) -> MultiPolygon<f64> {
    let middle = [105.0 + random.random_range(-0.3..0.3) * size, 19.0 + random.random_range(-0.3..0.3) * size];
    let kind = random.random_range(0..5);
    let corners = random.random_range(3..25);
    let mut ring: Ring = (0..corners)
        .map(|corner| match kind {
            0 | 1 => {
                let (north, east) = (std::f64::consts::TAU * f64::from(corner) / f64::from(corners)).sin_cos();
                let radius = size * random.random_range(0.1..1.0);
                [middle[0] + radius * east, middle[1] + radius * north]
            }
            2 => [0, 1].map(|axis| middle[axis] + size * random.random_range(-1.0..1.0)),
            3 => [105.0, 19.0].map(|zero| zero + size * f64::from(random.random_range(-3..=3)) / 4.0),
            _ => [middle[0] + size * random.random_range(-1.0..1.0), middle[1] + random.random_range(-1e-9..1e-9)],
        })
        .collect();
    if random.random_bool(0.3) {
        let again = *ring.choose(random).expect("corners");
        let at = random.random_range(0..ring.len());
        ring.insert(at, again);
        ring.insert(at, again);
    }
    polygons(&[ring])
}

/// Rounding of a crossing moves it by some nanometres; the borders here are thousands of kilometres at most.
fn same(one: f64, other: f64, whole: f64) -> bool {
    (one - other).abs() <= 1e-9 * whole + 1e-6
}

#[test]
fn parts_add_up_and_order_does_not_count() {
    let mut random = ChaCha8Rng::seed_from_u64(31);
    for round in 0..3000 {
        let size = [1.0, 0.01, 0.0001][round % 3];
        let (a, b) = (wild(&mut random, size), wild(&mut random, size));
        let (of_a, of_b) = (Region::of(&a), Region::of(&b));
        let (area_a, area_b) = (of_a.area(), of_b.area());
        let whole = area_a + area_b;
        let shared = of_a.intersection(&of_b).area();
        let told = || format!("{a:?}\n{b:?}\n{area_a} {area_b} {shared}");
        assert!(same(shared + of_a.difference(&of_b).area(), area_a, whole), "{}", told());
        assert!(same(shared, of_b.intersection(&of_a).area(), whole), "{}", told());
        let union = of_a.union(&of_b).area();
        assert!(same(union + shared, whole, whole), "{union}: {}", told());
        assert!(same(union, Region::covered_by([&of_a, &of_b]).area(), whole), "{}", told());
        assert!(of_a.difference(&of_a).area() <= 1e-6, "{}", told());
    }
}

#[test]
fn what_is_sound_has_its_rings_in_order() {
    let mut random = ChaCha8Rng::seed_from_u64(32);
    for _ in 0..1000 {
        let sound = Region::of(&wild(&mut random, 0.1)).sound();
        for polygon in &sound.polygons().0 {
            for (number, ring) in rings(polygon).enumerate() {
                assert!(ring.is_closed() && ring.0.len() >= 4, "{ring:?}");
                let area = measure::ring_area(&ring.0);
                assert!(if number == 0 { area > -1e-6 } else { area < 1e-6 }, "{number} {area}: {ring:?}");
            }
        }
        assert!(same(Region::of(&sound.polygons()).area(), sound.area(), sound.area()));
    }
}

/// Against counting places that lie in both.
#[test]
fn what_is_shared_holds_the_places_that_both_hold() {
    let mut random = ChaCha8Rng::seed_from_u64(33);
    let mut held = 0;
    for _ in 0..300 {
        let (a, b) = (wild(&mut random, 1.0), wild(&mut random, 1.0));
        let shared = Region::of(&a).intersection(&Region::of(&b)).polygons();
        let alone = Region::of(&a).difference(&Region::of(&b)).polygons();
        for _ in 0..200 {
            let place = [random.random_range(103.7..106.3), random.random_range(17.7..20.3)];
            let (in_a, in_b) = (holds(&a, place), holds(&b, place));
            assert_eq!(holds(&shared, place), in_a && in_b, "{place:?}\n{a:?}\n{b:?}");
            assert_eq!(holds(&alone, place), in_a && !in_b, "{place:?}\n{a:?}\n{b:?}");
            held += usize::from(in_a && in_b);
        }
    }
    assert!(held > 1000, "{held}");
}

#[test]
fn what_is_left_out_far_away_changes_nothing_near() {
    let mut random = ChaCha8Rng::seed_from_u64(34);
    for _ in 0..1000 {
        let (large, small) = (Region::of(&wild(&mut random, 1.0)), Region::of(&wild(&mut random, 0.2)));
        let near = large.near(&small);
        assert!(near.corners() <= large.corners());
        let (thinned, whole) = (near.intersection(&small).area(), large.intersection(&small).area());
        assert!(same(thinned, whole, small.area()), "{large:?}\n{small:?}\n{thinned} {whole}");
        let (thinned, whole) = (small.difference(&near).area(), small.difference(&large).area());
        assert!(same(thinned, whole, small.area()), "{large:?}\n{small:?}");
    }
}

/// A flat tangle is a fat one seen from the side: the shares of what is enclosed are the same.
#[test]
fn flat_tangles_keep_their_area() {
    let mut random = ChaCha8Rng::seed_from_u64(36);
    for _ in 0..500 {
        let corners = random.random_range(3..12);
        let plain: Ring = (0..corners).map(|_| [0, 1].map(|_| random.random_range(-1.0..1.0))).collect();
        let areas = [1e-3, 1e-6, 1e-9].map(|height| {
            let ring: Ring = plain.iter().map(|[x, y]| [105.0 + 0.1 * x, 19.0 + height * y]).collect();
            Region::of(&polygons(&[ring])).area() / height
        });
        assert!((areas[1] / areas[0] - 1.0).abs() < 1e-4, "{areas:?} {plain:?}");
        assert!((areas[2] / areas[0] - 1.0).abs() < 1e-3, "{areas:?} {plain:?}");
    }
}

#[test]
fn corners_come_back_to_the_bit() {
    let mut random = ChaCha8Rng::seed_from_u64(35);
    for _ in 0..200 {
        let mut ring: Ring = (0..9)
            .map(|corner| {
                let (sine, cosine) = (f64::from(corner) * 0.698).sin_cos();
                let radius = random.random_range(0.2..1.0);
                [105.0 + radius * cosine, 19.0 + radius * sine]
            })
            .collect();
        ring.push(ring[0]);
        let far = vec![vec![[102.0, 17.0], [108.0, 17.0], [108.0, 21.0], [102.0, 21.0], [102.0, 17.0]]];
        let shared = Region::of(&polygons(&[ring.clone()])).intersection(&Region::of(&polygons(&far)));
        let mut found: Vec<[u64; 2]> =
            shared.polygons().0[0].exterior().0[1..].iter().map(|c| [c.x.to_bits(), c.y.to_bits()]).collect();
        let mut expected: Vec<[u64; 2]> = ring[1..].iter().map(|place| place.map(f64::to_bits)).collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{ring:?}");
    }
}

#[test]
fn degenerate_rings_lose_nothing_that_they_enclose() {
    let at = |x: f64, y: f64| [105.0 + x * 1e-4, 19.0 + y * 1e-4];
    let square = vec![at(0., 0.), at(10., 0.), at(10., 10.), at(0., 10.), at(0., 0.)];
    let unit = Region::of(&polygons(std::slice::from_ref(&square))).area() / 100.0;
    let table: Vec<(&str, Vec<Ring>, f64)> = vec![
        ("square", vec![square.clone()], 100.0),
        ("clockwise", vec![square.iter().rev().copied().collect()], 100.0),
        ("repeated corners", vec![square.iter().flat_map(|&place| [place, place, place]).collect()], 100.0),
        ("a spike", vec![vec![at(0., 0.), at(10., 0.), at(10., 10.), at(10., 30.), at(10., 10.), at(0., 10.)]], 100.0),
        ("a bow tie", vec![vec![at(0., 0.), at(10., 10.), at(10., 0.), at(0., 10.)]], 50.0),
        ("pinched", vec![vec![at(0., 0.), at(5., 5.), at(10., 0.), at(10., 10.), at(5., 5.), at(0., 10.)]], 50.0),
        ("a hole that touches", vec![square.clone(), vec![at(0., 5.), at(5., 7.), at(5., 3.)]], 90.0),
        ("a hole in a corner", vec![square.clone(), vec![at(0., 0.), at(5., 0.), at(5., 5.), at(0., 5.)]], 75.0),
        ("a hole that fills it", vec![square.clone(), square.clone()], 0.0),
        ("flat", vec![vec![at(0., 0.), at(10., 0.), at(20., 0.)]], 0.0),
        ("a point", vec![vec![at(1., 1.); 4]], 0.0),
        ("nothing", vec![Vec::new()], 0.0),
    ];
    let world = Region::of(&polygons(&[vec![at(-99., -99.), at(99., -99.), at(99., 99.), at(-99., 99.)]]));
    for (name, rings, expected) in table {
        let region = Region::of(&polygons(&rings));
        for (way, area) in [("own", region.area()), ("shared", region.intersection(&world).area())] {
            // The height of a row differs from the next by a millionth.
            assert!((area / unit - expected).abs() < 1e-3, "{name} {way}: {}", area / unit);
        }
        assert!(region.difference(&world).area() < 1e-6, "{name}");
    }
}
