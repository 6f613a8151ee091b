//! Polygons in tile units: thinned, cut to the square and valid by the letter of MVT 2.1, section 4.3.4.4.
//!
//! Rounding to tile units and leaving vertices out can make a ring touch itself. Most rings do not: they are checked
//! exactly and drawn as they are. The few that do are taken apart and put together again by an integer overlay.

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::core::solver::Solver;
use i_overlay::i_float::int::point::IntPoint;

use super::shape::Shape;
use crate::geo::clip::{Square, TilePoint};
use crate::geo::ring::{contact, doubled_area};

/// Gathers the rings of one polygon and draws what is left of it in a tile.
#[derive(Debug, Default)]
pub struct PolygonBuilder {
    rings: Shape,
}

impl PolygonBuilder {
    /// Begins a new polygon.
    pub fn clear(&mut self) {
        self.rings.clear();
    }

    /// Adds a ring, the exterior first; places may repeat. A ring that leaves nothing is left out, and nothing is
    /// added to a polygon whose exterior left nothing. Leaves in `places` what it cut them to.
    pub fn ring(&mut self, places: &mut Vec<TilePoint>, square: Square, exterior: bool) {
        if exterior {
            self.rings.clear();
        } else if self.rings.is_empty() {
            return;
        }
        *places = square.clip_ring(std::mem::take(places));
        without_repeats(places);
        if places.len() >= 3 {
            self.rings.path(places);
        }
    }

    /// Adds the rings to draw to `shape`, and begins a new polygon: exteriors with positive area (y south), each followed by its
    /// holes with negative area.
    pub fn finish(&mut self, shape: &mut Shape) {
        let single = if self.rings.len() == 1 { self.rings.paths().next() } else { None };
        if let Some((ring, positive)) = single.and_then(|ring| Some((ring, convex(ring)?))) {
            add(shape, ring, positive);
        } else if !self.rings.is_empty() {
            self.finish_any(shape);
        }
        self.rings.clear();
    }

    fn finish_any(&self, shape: &mut Shape) {
        let rings: Vec<&[TilePoint]> = self.rings.paths().collect();
        let plain: Vec<Vec<[f64; 2]>> =
            rings.iter().map(|ring| ring.iter().map(|&place| float(place)).collect()).collect();
        if contact(&plain).is_some() {
            mended(&rings).iter().for_each(|ring| shape.path(ring));
            return;
        }
        let strays = strays(&rings);
        for (number, (ring, plain)) in rings.iter().zip(&plain).enumerate() {
            if !strays.contains(&number) {
                add(shape, ring, (doubled_area(plain) > 0.0) == (number == 0));
            }
        }
    }
}

fn add(shape: &mut Shape, ring: &[TilePoint], forwards: bool) {
    if forwards {
        shape.path(ring);
    } else {
        shape.reversed(ring);
    }
}

/// Whether a ring has positive area (y south), if it turns only one way and only once around: such a ring touches itself nowhere.
/// It has neither repeats nor spikes.
fn convex(ring: &[TilePoint]) -> Option<bool> {
    let [.., last_but_one, last] = *ring else { return None };
    let (mut before, mut corner) = (last_but_one, last);
    let (mut left, mut right) = (false, false);
    // Between east and west: twice in one turn.
    let (mut heading, mut first_heading, mut changes) = (0, 0, 0);
    for &place in ring {
        let (from, to) = ([corner[0] - before[0], corner[1] - before[1]], [place[0] - corner[0], place[1] - corner[1]]);
        let turn = from[0] * to[1] - from[1] * to[0];
        left |= turn < 0;
        right |= turn > 0;
        let next = to[0].signum();
        if next != 0 {
            changes += u32::from(heading != 0 && next != heading);
            heading = next;
            first_heading = if first_heading == 0 { next } else { first_heading };
        }
        (before, corner) = (corner, place);
    }
    changes += u32::from(heading != first_heading);
    (left != right && changes == 2).then_some(right)
}

/// Leaves out places that repeat the one before, and spikes of no width.
fn without_repeats(ring: &mut Vec<TilePoint>) {
    let mut kept = 0;
    for at in 0..ring.len() {
        let place = ring[at];
        while kept > 1 && folds(ring[kept - 2], ring[kept - 1], place) {
            kept -= 1;
        }
        if kept == 0 || ring[kept - 1] != place {
            ring[kept] = place;
            kept += 1;
        }
    }
    ring.truncate(kept);
    while ring.len() > 2 {
        let end = ring.len() - 1;
        if ring[0] == ring[end] || folds(ring[end - 1], ring[end], ring[0]) {
            ring.pop();
        } else if folds(ring[end], ring[0], ring[1]) {
            ring.remove(0);
        } else {
            break;
        }
    }
}

/// Whether the way `a`-`tip`-`b` turns straight back at `tip`.
fn folds(a: TilePoint, tip: TilePoint, b: TilePoint) -> bool {
    let (ax, ay, bx, by) = (a[0] - tip[0], a[1] - tip[1], b[0] - tip[0], b[1] - tip[1]);
    ax * by == ay * bx && ax * bx + ay * by > 0
}

/// The holes that lie beside their exterior or within each other, of rings that touch nowhere: where vertices are left out, a small
/// hole near a border can come to lie beyond it.
fn strays(rings: &[&[TilePoint]]) -> Vec<usize> {
    let Some((exterior, holes)) = rings.split_first() else { return Vec::new() };
    let frames: Vec<[TilePoint; 2]> = holes.iter().map(|hole| frame(hole)).collect();
    let within = |frame: &[TilePoint; 2], place: TilePoint| {
        (0..2).all(|axis| frame[0][axis] < place[axis] && place[axis] < frame[1][axis])
    };
    let strays = holes.iter().enumerate().filter(|&(number, hole)| {
        let place = hole[0];
        let mut others = frames.iter().zip(holes).enumerate().filter(|&(other, _)| other != number);
        !encloses(exterior, place) || others.any(|(_, (frame, hole))| within(frame, place) && encloses(hole, place))
    });
    strays.map(|(number, _)| number + 1).collect()
}

fn frame(ring: &[TilePoint]) -> [TilePoint; 2] {
    let grown = |[low, high]: [TilePoint; 2], &[x, y]: &TilePoint| {
        [[low[0].min(x), low[1].min(y)], [high[0].max(x), high[1].max(y)]]
    };
    ring.iter().fold([[i64::MAX; 2], [i64::MIN; 2]], grown)
}

/// Whether a place that is not on the ring lies in it: a ray from there crosses it an odd number of times.
fn encloses(ring: &[TilePoint], [x, y]: TilePoint) -> bool {
    let next = ring.iter().cycle().skip(1);
    let crossed = ring.iter().zip(next).filter(|(a, b)| {
        let side = (b[0] - a[0]) * (y - a[1]) - (x - a[0]) * (b[1] - a[1]);
        (a[1] > y) != (b[1] > y) && (side > 0) == (b[1] > a[1])
    });
    crossed.count() % 2 == 1
}

/// The area (even-odd) of the first ring without what lies in the others, as rings that are valid. Those can stick out of
/// the first and overlap each other: what is twice in them is painted as little as what is once.
fn mended(rings: &[&[TilePoint]]) -> Vec<Vec<TilePoint>> {
    let Some((exterior, holes)) = rings.split_first() else { return Vec::new() };
    let mut shapes = overlay(&[contour(exterior)], &[], OverlayRule::Subject, FillRule::EvenOdd);
    if !holes.is_empty() {
        let exterior: Vec<Vec<IntPoint>> = shapes.into_iter().flatten().collect();
        let holes: Vec<Vec<IntPoint>> = holes.iter().map(|hole| contour(&forwards(hole))).collect();
        shapes = overlay(&exterior, &holes, OverlayRule::Difference, FillRule::NonZero);
    }
    let contours = shapes.into_iter().flatten();
    contours
        .map(|contour| contour.into_iter().map(|point| [i64::from(point.x), i64::from(point.y)]).collect())
        .collect()
}

fn overlay(of: &[Vec<IntPoint>], with: &[Vec<IntPoint>], rule: OverlayRule, fill: FillRule) -> Vec<Vec<Vec<IntPoint>>> {
    Overlay::from_subj_and_clip_custom(of, with, IntOverlayOptions::ogc(), Solver::default()).overlay(rule, fill)
}

fn contour(ring: &[TilePoint]) -> Vec<IntPoint> {
    let narrow = |value: i64| i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX });
    ring.iter().map(|&[x, y]| IntPoint::new(narrow(x), narrow(y))).collect()
}

/// The ring in the sense that gives it positive area.
fn forwards(ring: &[TilePoint]) -> Vec<TilePoint> {
    let plain: Vec<[f64; 2]> = ring.iter().map(|&place| float(place)).collect();
    let mut ring = ring.to_vec();
    if doubled_area(&plain) < 0.0 {
        ring.reverse();
    }
    ring
}

#[expect(clippy::cast_precision_loss, reason = "clipped to a few thousand units")]
fn float([x, y]: TilePoint) -> [f64; 2] {
    [x as f64, y as f64]
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const SQUARE: Square = Square { min: -64, max: 4160 };

    fn drawn(rings: &[Vec<TilePoint>]) -> Vec<Vec<TilePoint>> {
        let (mut builder, mut shape) = (PolygonBuilder::default(), Shape::default());
        for (number, ring) in rings.iter().enumerate() {
            builder.ring(&mut ring.clone(), SQUARE, number == 0);
        }
        builder.finish(&mut shape);
        shape.paths().map(<[TilePoint]>::to_vec).collect()
    }

    fn area(rings: &[Vec<TilePoint>]) -> f64 {
        rings.iter().map(|ring| doubled_area(&ring.iter().map(|&place| float(place)).collect::<Vec<_>>()) / 2.0).sum()
    }

    #[test]
    fn what_is_drawn_is_valid_and_keeps_its_area() {
        let table: Vec<(&str, Vec<Vec<TilePoint>>, usize, f64)> = vec![
            ("counter-clockwise", vec![vec![[0, 0], [0, 10], [10, 10], [10, 0]]], 1, 100.0),
            (
                "with a hole",
                vec![vec![[0, 0], [10, 0], [10, 10], [0, 10]], vec![[2, 2], [4, 2], [4, 4], [2, 4]]],
                2,
                96.0,
            ),
            (
                "holes beside it and in a hole",
                vec![
                    vec![[0, 0], [20, 0], [20, 20], [0, 20]],
                    vec![[30, 2], [34, 2], [34, 4], [30, 4]],
                    vec![[2, 2], [12, 2], [12, 12], [2, 12]],
                    vec![[4, 4], [6, 4], [6, 6], [4, 6]],
                ],
                2,
                300.0,
            ),
            (
                "a hole that sticks out",
                vec![vec![[0, 0], [10, 0], [10, 10], [0, 10]], vec![[5, 2], [15, 2], [15, 4], [5, 4]]],
                1,
                90.0,
            ),
            (
                "holes that overlap",
                vec![
                    vec![[0, 0], [20, 0], [20, 20], [0, 20]],
                    vec![[2, 2], [2, 8], [8, 8], [8, 2]],
                    vec![[6, 6], [12, 6], [12, 12], [6, 12]],
                ],
                2,
                400.0 - 68.0,
            ),
            ("bow tie", vec![vec![[0, 0], [10, 10], [10, 0], [0, 10]]], 2, 50.0),
            ("spike", vec![vec![[0, 0], [10, 0], [10, 10], [10, 30], [10, 10], [0, 10]]], 1, 100.0),
            ("flat", vec![vec![[0, 0], [10, 0], [20, 0]]], 0, 0.0),
            ("repeats", vec![vec![[0, 0], [0, 0], [10, 0], [10, 10], [10, 10], [0, 10], [0, 0]]], 1, 100.0),
            (
                "larger than the tile",
                vec![vec![[-9000, -9000], [9000, -9000], [9000, 9000], [-9000, 9000]]],
                1,
                4224.0 * 4224.0,
            ),
            (
                "pinched by the edge",
                vec![vec![
                    [5000, 100],
                    [3000, 100],
                    [3000, 200],
                    [5000, 200],
                    [5000, 300],
                    [3000, 300],
                    [3000, 400],
                    [5000, 400],
                    [6000, 500],
                    [6000, 0],
                ]],
                2,
                232_000.0,
            ),
        ];
        for (name, rings, count, expected) in table {
            let drawn = drawn(&rings);
            assert_eq!(drawn.len(), count, "{name}: {drawn:?}");
            assert!((area(&drawn) - expected).abs() < 1e-9, "{name}: {drawn:?}");
        }
    }

    /// Rings of small numbers, so that many touch themselves: one that is called convex does not, and has the area's sense.
    #[test]
    fn what_is_called_convex_touches_itself_nowhere() {
        let mut random = ChaCha8Rng::seed_from_u64(32);
        let (mut convex_ones, mut sound) = (0, 0);
        for _ in 0..200_000 {
            let corners = random.random_range(3..9);
            let mut ring: Vec<TilePoint> =
                (0..corners).map(|_| [random.random_range(0..7), random.random_range(0..7)]).collect();
            without_repeats(&mut ring);
            let plain: Vec<[f64; 2]> = ring.iter().map(|&place| float(place)).collect();
            if ring.len() < 3 || contact(&[&plain]).is_some() {
                assert!(ring.len() < 3 || convex(&ring).is_none(), "{ring:?}");
                continue;
            }
            sound += 1;
            if let Some(positive) = convex(&ring) {
                convex_ones += 1;
                assert_eq!(positive, doubled_area(&plain) > 0.0, "{ring:?}");
            }
            assert!(ring.len() > 3 || convex(&ring).is_some(), "a triangle: {ring:?}");
        }
        assert!(convex_ones > 10_000 && sound > convex_ones, "{convex_ones} of {sound}");
    }
}
