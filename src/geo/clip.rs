//! Cuts lines and rings to a tile's square, in tile units.
//!
//! Everything is whole numbers, and a cut is computed from the same end of a segment whichever way it runs, so two
//! polygons that share a border are cut in the same place.

/// A place in tile units.
pub type TilePoint = [i64; 2];

/// The square `[min, max]` on both axes, edges included.
#[derive(Clone, Copy, Debug)]
pub struct Square {
    /// Western and northern edge.
    pub min: i64,
    /// Eastern and southern edge.
    pub max: i64,
}

const WEST: u8 = 1;
const EAST: u8 = 2;
const NORTH: u8 = 4;
const SOUTH: u8 = 8;

impl Square {
    /// On which sides of the square a place lies; 0 inside.
    #[must_use]
    #[inline]
    pub fn outside(self, [x, y]: TilePoint) -> u8 {
        (u8::from(x < self.min) * WEST)
            | (u8::from(x > self.max) * EAST)
            | (u8::from(y < self.min) * NORTH)
            | (u8::from(y > self.max) * SOUTH)
    }

    /// The pieces of a line inside the square, in order. A piece has two places or more.
    #[must_use]
    pub fn clip_line(self, line: &[TilePoint]) -> Vec<Vec<TilePoint>> {
        let mut pieces: Vec<Vec<TilePoint>> = Vec::new();
        let mut piece: Vec<TilePoint> = Vec::new();
        for pair in line.windows(2) {
            let Some([from, to]) = self.clip_segment(pair[0], pair[1]) else { continue };
            if piece.last() != Some(&from) {
                pieces.extend((piece.len() > 1).then(|| std::mem::take(&mut piece)));
                piece.clear();
                piece.push(from);
            }
            if from != to {
                piece.push(to);
            }
        }
        pieces.extend((piece.len() > 1).then_some(piece));
        pieces
    }

    /// The part of a segment inside the square (J. D. Foley et al., "Computer Graphics", Cohen-Sutherland).
    fn clip_segment(self, mut a: TilePoint, mut b: TilePoint) -> Option<[TilePoint; 2]> {
        let (from, to) = (a, b);
        loop {
            let (a_side, b_side) = (self.outside(a), self.outside(b));
            if a_side | b_side == 0 {
                return Some([a, b]);
            }
            if a_side & b_side != 0 {
                return None;
            }
            if a_side != 0 {
                a = self.cut(from, to, a_side);
            } else {
                b = self.cut(from, to, b_side);
            }
        }
    }

    /// Where the segment crosses one of the edges that `side` lies beyond.
    fn cut(self, from: TilePoint, to: TilePoint, side: u8) -> TilePoint {
        let (axis, at) = self.edge(side);
        crossing(from, to, axis, at)
    }

    fn edge(self, side: u8) -> (usize, i64) {
        match side {
            _ if side & WEST != 0 => (0, self.min),
            _ if side & EAST != 0 => (0, self.max),
            _ if side & NORTH != 0 => (1, self.min),
            _ => (1, self.max),
        }
    }

    /// A ring cut to the square, without its closing place; empty when nothing is left. Where the ring leaves and comes
    /// back it runs along the edge, so the result may touch itself there (I. Sutherland, G. Hodgman 1974).
    #[must_use]
    pub fn clip_ring(self, ring: Vec<TilePoint>) -> Vec<TilePoint> {
        let sides = ring.iter().fold([u8::MAX, 0], |[all, any], &point| {
            let side = self.outside(point);
            [all & side, any | side]
        });
        match sides {
            [_, 0] => ring,
            [all, _] if all != 0 => Vec::new(),
            [_, any] => [WEST, EAST, NORTH, SOUTH]
                .into_iter()
                .filter(|side| any & side != 0)
                .fold(ring, |ring, side| self.clip_half(&ring, side)),
        }
    }

    fn clip_half(self, ring: &[TilePoint], side: u8) -> Vec<TilePoint> {
        let (axis, at) = self.edge(side);
        let beyond = |point: TilePoint| self.outside(point) & side != 0;
        let mut kept = Vec::with_capacity(ring.len() + 4);
        let Some(&(mut previous)) = ring.last() else { return kept };
        for &point in ring {
            if beyond(previous) != beyond(point) {
                kept.push(crossing(previous, point, axis, at));
            }
            if !beyond(point) {
                kept.push(point);
            }
            previous = point;
        }
        kept
    }
}

/// Where `a`-`b` crosses the line on which `axis` is `at`, to the nearest unit, the same for `b`-`a`.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "tile units stay below 2^35")]
fn crossing(a: TilePoint, b: TilePoint, axis: usize, at: i64) -> TilePoint {
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let other = 1 - axis;
    let share = (at - a[axis]) as f64 / (b[axis] - a[axis]) as f64;
    let mut place = [at; 2];
    place[other] = a[other] + (share * (b[other] - a[other]) as f64).round() as i64;
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: Square = Square { min: 0, max: 10 };

    #[test]
    fn a_line_is_cut_into_the_pieces_inside() {
        type Line = Vec<TilePoint>;
        let table: Vec<(&str, Line, Vec<Line>)> = vec![
            ("inside", vec![[1, 1], [9, 9]], vec![vec![[1, 1], [9, 9]]]),
            ("across", vec![[-5, 5], [15, 5]], vec![vec![[0, 5], [10, 5]]]),
            ("past a corner", vec![[-4, 3], [3, -4]], vec![]),
            ("touching a corner", vec![[-5, 5], [5, -5]], vec![]),
            (
                "out and back",
                vec![[5, 5], [15, 5], [15, 7], [5, 7]],
                vec![vec![[5, 5], [10, 5]], vec![[10, 7], [5, 7]]],
            ),
            ("outside", vec![[11, 0], [11, 10]], vec![]),
        ];
        for (name, line, pieces) in table {
            assert_eq!(SQUARE.clip_line(&line), pieces, "{name}");
        }
    }

    #[test]
    fn a_ring_is_cut_to_the_square() {
        let table = [
            ("inside", vec![[1, 1], [9, 1], [5, 9]], vec![[1, 1], [9, 1], [5, 9]]),
            ("around", vec![[-5, -5], [15, -5], [15, 15], [-5, 15]], vec![[10, 0], [10, 10], [0, 10], [0, 0]]),
            ("beside", vec![[11, 0], [15, 0], [15, 5]], vec![]),
        ];
        for (name, ring, mut cut) in table {
            let mut found = SQUARE.clip_ring(ring);
            found.sort_unstable();
            cut.sort_unstable();
            assert_eq!(found, cut, "{name}");
        }
    }

    #[test]
    fn a_shared_border_is_cut_in_the_same_place_from_both_sides() {
        for b in 0..40 {
            let (from, to) = ([-7, b], [13, 31 - b]);
            assert_eq!(crossing(from, to, 0, 10), crossing(to, from, 0, 10));
            assert_eq!(crossing(from, to, 0, 0), crossing(to, from, 0, 0));
        }
    }
}
