//! Polygons in tile units: thinned, cut to the square and valid by the letter of MVT 2.1, section 4.3.4.4.
//!
//! Rounding to tile units and leaving vertices out can make a ring touch itself. Most rings do not: they are checked
//! exactly and drawn as they are. The few that do are taken apart and put together again by an integer overlay.

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;

use crate::geo::clip::{Square, TilePoint};
use crate::geo::ring::{contact, doubled_area};

/// Gathers the rings of one polygon and draws what is left of it in a tile.
#[derive(Debug, Default)]
pub struct PolygonBuilder {
    rings: Vec<Vec<TilePoint>>,
}

impl PolygonBuilder {
    /// Begins a new polygon.
    pub fn clear(&mut self) {
        self.rings.clear();
    }

    /// Adds a ring, the exterior first; places may repeat. A ring that leaves nothing is left out, and nothing is
    /// added to a polygon whose exterior left nothing.
    pub fn ring(&mut self, places: Vec<TilePoint>, square: Square, exterior: bool) {
        if exterior {
            self.rings.clear();
        } else if self.rings.is_empty() {
            return;
        }
        let mut ring = square.clip_ring(places);
        without_repeats(&mut ring);
        if ring.len() >= 3 {
            self.rings.push(ring);
        }
    }

    /// The rings to draw: exteriors with positive area (y south), each followed by its holes with negative area.
    #[must_use]
    pub fn finish(&mut self) -> Vec<Vec<TilePoint>> {
        let rings = std::mem::take(&mut self.rings);
        let plain: Vec<Vec<[f64; 2]>> =
            rings.iter().map(|ring| ring.iter().map(|&place| float(place)).collect()).collect();
        if contact(&plain).is_some() {
            return mended(&rings);
        }
        let strays = strays(&rings);
        let oriented = rings.into_iter().zip(plain).enumerate().filter(|(number, _)| !strays.contains(number));
        let oriented = oriented.map(|(number, (mut ring, plain))| {
            if (doubled_area(&plain) > 0.0) != (number == 0) {
                ring.reverse();
            }
            ring
        });
        oriented.collect()
    }
}

/// Leaves out places that repeat the one before, and spikes of no width.
fn without_repeats(ring: &mut Vec<TilePoint>) {
    let mut kept: Vec<TilePoint> = Vec::with_capacity(ring.len());
    for &place in ring.iter() {
        while let [.., before, tip] = kept.as_slice() {
            if folds(*before, *tip, place) {
                kept.pop();
            } else {
                break;
            }
        }
        if kept.last() != Some(&place) {
            kept.push(place);
        }
    }
    while kept.len() > 2 {
        let end = kept.len() - 1;
        if kept[0] == kept[end] || folds(kept[end - 1], kept[end], kept[0]) {
            kept.pop();
        } else if folds(kept[end], kept[0], kept[1]) {
            kept.remove(0);
        } else {
            break;
        }
    }
    *ring = kept;
}

/// Whether the way `a`-`tip`-`b` turns straight back at `tip`.
fn folds(a: TilePoint, tip: TilePoint, b: TilePoint) -> bool {
    let (ax, ay, bx, by) = (a[0] - tip[0], a[1] - tip[1], b[0] - tip[0], b[1] - tip[1]);
    ax * by == ay * bx && ax * bx + ay * by > 0
}

/// The holes that lie beside their exterior or within each other, of rings that touch nowhere: where vertices are left out, a small
/// hole near a border can come to lie beyond it.
fn strays(rings: &[Vec<TilePoint>]) -> Vec<usize> {
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

/// The same area (even-odd) as rings that are valid.
fn mended(rings: &[Vec<TilePoint>]) -> Vec<Vec<TilePoint>> {
    let narrow = |value: i64| i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX });
    let contours: Vec<Vec<IntPoint>> =
        rings.iter().map(|ring| ring.iter().map(|&[x, y]| IntPoint::new(narrow(x), narrow(y))).collect()).collect();
    let nothing: [Vec<IntPoint>; 0] = [];
    let mut overlay = Overlay::from_subj_and_clip_custom(
        &contours,
        &nothing,
        IntOverlayOptions::ogc(),
        i_overlay::core::solver::Solver::default(),
    );
    let shapes = overlay.overlay(OverlayRule::Subject, FillRule::EvenOdd);
    let contours = shapes.into_iter().flatten();
    contours
        .map(|contour| contour.into_iter().map(|point| [i64::from(point.x), i64::from(point.y)]).collect())
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "clipped to a few thousand units")]
fn float([x, y]: TilePoint) -> [f64; 2] {
    [x as f64, y as f64]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: Square = Square { min: -64, max: 4160 };

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
            let mut builder = PolygonBuilder::default();
            for (number, ring) in rings.into_iter().enumerate() {
                builder.ring(ring, SQUARE, number == 0);
            }
            let drawn = builder.finish();
            assert_eq!(drawn.len(), count, "{name}: {drawn:?}");
            assert!((area(&drawn) - expected).abs() < 1e-9, "{name}: {drawn:?}");
        }
    }
}
