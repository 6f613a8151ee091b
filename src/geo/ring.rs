//! Rings: which way they run, and whether they touch themselves or each other.

use robust::{Coord, orient2d};

/// Twice the area that a ring encloses, in the units of its coordinates: positive when it runs counter-clockwise
/// where y grows north, clockwise where y grows south. The closing place may be repeated or not.
#[must_use]
pub fn doubled_area(ring: &[[f64; 2]]) -> f64 {
    let Some(&[x0, y0]) = ring.first() else { return 0.0 };
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| (a[0] - x0) * (b[1] - y0) - (b[0] - x0) * (a[1] - y0)).sum()
}

/// A place where the rings of one polygon touch themselves or each other, if there is one.
///
/// Stricter than OGC 06-103r4 section 6.1.11: a hole that touches the exterior in one point is reported too. Rings come
/// without their closing place and without equal neighbours. Decided with exact predicates (J. R. Shewchuk,
/// "Adaptive Precision Floating-Point Arithmetic", 1997). Takes about n log n for rings that do not fold densely.
#[must_use]
pub fn contact<R: AsRef<[[f64; 2]]>>(rings: &[R]) -> Option<[f64; 2]> {
    let mut edges = edges(rings);
    edges.sort_unstable_by(|a, b| a.min_x().total_cmp(&b.min_x()));
    let mut open: Vec<&Edge> = Vec::new();
    for edge in &edges {
        open.retain(|other| other.max_x() >= edge.min_x());
        for other in &open {
            if let Some(place) = edge.touches(other) {
                return Some(place);
            }
        }
        open.push(edge);
    }
    None
}

/// Whether the rings of one polygon touch themselves or each other in more than `limit` places. Takes as long as [`contact`] or, for
/// rings that fold densely, up to the square of their edges.
#[must_use]
pub fn meets_more_often_than<R: AsRef<[[f64; 2]]>>(rings: &[R], limit: usize) -> bool {
    let mut edges = edges(rings);
    edges.sort_unstable_by(|a, b| a.min_x().total_cmp(&b.min_x()));
    let (mut open, mut count): (Vec<&Edge>, usize) = (Vec::new(), 0);
    for edge in &edges {
        open.retain(|other| other.max_x() >= edge.min_x());
        count += open.iter().filter(|other| edge.touches(other).is_some()).count();
        if count > limit {
            return true;
        }
        open.push(edge);
    }
    false
}

struct Edge {
    from: [f64; 2],
    to: [f64; 2],
    ring: usize,
    number: usize,
    /// Edges of its ring.
    of: usize,
}

fn edges<R: AsRef<[[f64; 2]]>>(rings: &[R]) -> Vec<Edge> {
    let mut edges = Vec::with_capacity(rings.iter().map(|ring| ring.as_ref().len()).sum());
    for (number, ring) in rings.iter().enumerate() {
        let ring = ring.as_ref();
        edges.extend((0..ring.len()).map(|i| Edge {
            from: ring[i],
            to: ring[(i + 1) % ring.len()],
            ring: number,
            number: i,
            of: ring.len(),
        }));
    }
    edges
}

impl Edge {
    fn min_x(&self) -> f64 {
        self.from[0].min(self.to[0])
    }

    fn max_x(&self) -> f64 {
        self.from[0].max(self.to[0])
    }

    fn spans_y_of(&self, other: &Self) -> bool {
        self.from[1].min(self.to[1]) <= other.from[1].max(other.to[1])
            && other.from[1].min(other.to[1]) <= self.from[1].max(self.to[1])
    }

    fn touches(&self, other: &Self) -> Option<[f64; 2]> {
        if !self.spans_y_of(other) {
            return None;
        }
        if self.ring == other.ring {
            if (self.number + 1) % self.of == other.number {
                return fold(self.from, self.to, other.to);
            }
            if (other.number + 1) % self.of == self.number {
                return fold(other.from, other.to, self.to);
            }
        }
        meeting([self.from, self.to], [other.from, other.to]).map(Meeting::place)
    }
}

/// The corner of `a`-`corner`-`b` when the path turns straight back there.
#[must_use]
pub fn fold(a: [f64; 2], corner: [f64; 2], b: [f64; 2]) -> Option<[f64; 2]> {
    let back = (a[0] - corner[0]) * (b[0] - corner[0]) + (a[1] - corner[1]) * (b[1] - corner[1]) > 0.0;
    (back && side(a, corner, b) == 0.0).then_some(corner)
}

/// What two segments share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Meeting {
    /// They cross inside both; the place is rounded.
    Cross([f64; 2]),
    /// One place, an end of at least one of them, exactly.
    Touch([f64; 2]),
    /// A piece of a line, which has this place.
    Overlap([f64; 2]),
}

impl Meeting {
    /// A place of it.
    #[must_use]
    pub fn place(self) -> [f64; 2] {
        let (Self::Cross(place) | Self::Touch(place) | Self::Overlap(place)) = self;
        place
    }
}

/// What the segments `a`-`b` and `c`-`d` share.
#[must_use]
#[expect(clippy::float_cmp, reason = "ends are copied, never computed")]
pub fn meeting([a, b]: [[f64; 2]; 2], [c, d]: [[f64; 2]; 2]) -> Option<Meeting> {
    let (c_side, d_side) = (side(a, b, c), side(a, b, d));
    if apart(c_side, -d_side) {
        return None;
    }
    let (a_side, b_side) = (side(c, d, a), side(c, d, b));
    if apart(c_side, d_side) && apart(a_side, b_side) {
        let part = a_side / (a_side - b_side);
        return Some(Meeting::Cross([a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])]));
    }
    let ends = [(c_side, c, a, b), (d_side, d, a, b), (a_side, a, c, d), (b_side, b, c, d)];
    let mut shared =
        ends.into_iter().filter(|&(side, p, from, to)| side == 0.0 && in_box(p, from, to)).map(|(_, p, ..)| p);
    let first = shared.next()?;
    Some(if shared.any(|other| other != first) { Meeting::Overlap(first) } else { Meeting::Touch(first) })
}

/// Whether one is above 0 and the other below. Their product would do, but for underflow.
fn apart(one: f64, other: f64) -> bool {
    (one > 0.0 && other < 0.0) || (one < 0.0 && other > 0.0)
}

fn in_box(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> bool {
    (0..2).all(|axis| a[axis].min(b[axis]) <= p[axis] && p[axis] <= a[axis].max(b[axis]))
}

/// Positive left of `a`-`b`, negative right of it, 0 exactly on its line. The sign is exact.
#[must_use]
pub fn side(a: [f64; 2], b: [f64; 2], p: [f64; 2]) -> f64 {
    let coord = |[x, y]: [f64; 2]| Coord { x, y };
    orient2d(coord(a), coord(b), coord(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_has_the_area_of_its_sense() {
        let square = [[0., 0.], [2., 0.], [2., 2.], [0., 2.]];
        assert!((doubled_area(&square) - 8.0).abs() < 1e-12);
        let back: Vec<_> = square.iter().rev().copied().collect();
        assert!((doubled_area(&back) + 8.0).abs() < 1e-12);
        assert!(doubled_area(&[]).abs() < 1e-12);
    }

    #[test]
    fn contacts_are_found_and_sound_rings_have_none() {
        type Rings = Vec<Vec<[f64; 2]>>;
        let square = vec![[0., 0.], [4., 0.], [4., 4.], [0., 4.]];
        let table: Vec<(&str, Rings, bool)> = vec![
            ("square", vec![square.clone()], false),
            ("triangle", vec![vec![[0., 0.], [4., 0.], [1., 3.]]], false),
            ("bow tie", vec![vec![[0., 0.], [2., 2.], [2., 0.], [0., 2.]]], true),
            ("spike", vec![vec![[0., 0.], [4., 0.], [4., 4.], [4., 6.], [4., 4.5], [0., 4.]]], true),
            ("flat triangle", vec![vec![[0., 0.], [4., 0.], [2., 0.]]], true),
            ("pinched at a vertex", vec![vec![[0., 0.], [2., 2.], [4., 0.], [4., 4.], [2., 2.], [0., 4.]]], true),
            ("hole inside", vec![square.clone(), vec![[1., 1.], [1., 2.], [2., 2.]]], false),
            ("hole across", vec![square.clone(), vec![[1., 1.], [1., 5.], [2., 2.]]], true),
            ("hole on the edge", vec![square, vec![[0., 1.], [1., 2.], [2., 2.]]], true),
        ];
        for (name, rings, touches) in table {
            assert_eq!(contact(&rings).is_some(), touches, "{name}: {rings:?}");
        }
    }
}
