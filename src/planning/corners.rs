//! A corner table on its plane: tidied, measured, and looked through for sides that cross.

use super::warning::Warning;
use crate::geo::ring::{fold, meeting};

/// Corners so near to each other, metres, are one.
const SAME: f64 = 0.001;

/// A last corner so near to the first, metres, was meant to close the ring.
const NEARLY_CLOSED: f64 = 0.5;

/// Crossings that are told.
const MOST_CROSSINGS: usize = 10;

/// The corners that differ, without the closing one.
#[derive(Clone, Debug, PartialEq)]
pub struct Corners {
    /// Where they are, in the system of the table.
    pub places: Vec<[f64; 2]>,
    /// Their places in the table, from 1.
    pub numbers: Vec<usize>,
}

impl Corners {
    /// Tidies a table whose unit is so many metres long.
    #[must_use]
    pub fn tidied(table: &[[f64; 2]], unit: f64, warnings: &mut Vec<Warning>) -> Self {
        let mut corners = Self { places: Vec::new(), numbers: Vec::new() };
        let last = closing(table, unit, warnings);
        for (number, &place) in (1..).zip(&table[..last]) {
            match (corners.places.last(), corners.numbers.last()) {
                (Some(&before), Some(&same)) if apart(before, place) * unit <= SAME => {
                    warnings.push(Warning::repeated([same, number]));
                }
                _ => {
                    corners.places.push(place);
                    corners.numbers.push(number);
                }
            }
        }
        if corners.places.len() < 3 {
            warnings.push(Warning::too_few(corners.places.len()));
        }
        corners
    }

    /// The ring that they make of other places, one for each corner.
    #[must_use]
    pub fn moved(&self, places: Vec<[f64; 2]>) -> Self {
        Self { places, numbers: self.numbers.clone() }
    }

    /// Each side: the numbers of its corners, and its ends.
    pub fn sides(&self) -> impl Iterator<Item = ([usize; 2], [[f64; 2]; 2])> + '_ {
        let count = self.places.len();
        (0..count).map(move |from| {
            let to = (from + 1) % count;
            ([self.numbers[from], self.numbers[to]], [self.places[from], self.places[to]])
        })
    }

    /// Whether all corners lie on one line, to a millimetre. `unit` is that of the plane, in metres.
    #[must_use]
    pub fn is_flat(&self, unit: f64) -> bool {
        let Some(&first) = self.places.first() else { return true };
        let aside = |place: [f64; 2]| [place[0] - first[0], place[1] - first[1]];
        let far = self.places.iter().map(|&place| aside(place)).max_by(|a, b| norm(*a).total_cmp(&norm(*b)));
        let far = far.filter(|&far| norm(far) > 0.0).unwrap_or([1.0, 0.0]);
        let off = |place: &[f64; 2]| {
            let [x, y] = aside(*place);
            (far[0] * y - far[1] * x).abs() / norm(far) * unit
        };
        self.places.iter().map(off).fold(0.0, f64::max) < SAME
    }

    /// Where sides meet that should not: the numbers of both and a place of it. The first ten.
    #[must_use]
    pub fn crossings(&self) -> Vec<([[usize; 2]; 2], [f64; 2])> {
        let sides: Vec<_> = self.sides().collect();
        let count = sides.len();
        let mut found = Vec::new();
        for (number, &(corners, [a, b])) in sides.iter().enumerate() {
            for (other, &(other_corners, [c, d])) in sides.iter().enumerate().skip(number + 1) {
                let place = if other == number + 1 {
                    fold(a, b, d)
                } else if number == 0 && other == count - 1 {
                    fold(c, d, b)
                } else {
                    meeting([a, b], [c, d]).map(crate::geo::ring::Meeting::place)
                };
                found.extend(place.map(|place| ([corners, other_corners], place)));
                if found.len() == MOST_CROSSINGS {
                    return found;
                }
            }
        }
        found
    }
}

/// How many corners of the table are left when the one that closes it is taken off.
fn closing(table: &[[f64; 2]], unit: f64, warnings: &mut Vec<Warning>) -> usize {
    let (Some(&first), Some(&last)) = (table.first(), table.last()) else { return 0 };
    let gap = apart(first, last) * unit;
    if table.len() < 4 || gap > NEARLY_CLOSED {
        return table.len();
    }
    if gap > 0.0 {
        warnings.push(Warning::not_closed(table.len(), gap));
    }
    table.len() - 1
}

fn norm([x, y]: [f64; 2]) -> f64 {
    x.hypot(y)
}

/// The distance of two places on the plane, in its unit.
#[must_use]
pub fn apart(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

#[cfg(test)]
mod tests {
    use super::super::warning::WarningCode::{self, NotClosed, RepeatedCorner, TooFewCorners};
    use super::*;

    const E: f64 = 597_068.62;
    const N: f64 = 2_064_850.59;

    /// A name, a table, how many corners are left, and what is warned of.
    type Case = (&'static str, Vec<[f64; 2]>, usize, &'static [WarningCode]);

    fn at(places: &[[f64; 2]]) -> Vec<[f64; 2]> {
        places.iter().map(|[x, y]| [E + x, N + y]).collect()
    }

    #[test]
    fn tables_are_tidied_and_what_was_done_is_told() {
        let square = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]];
        let with = |more: &[[f64; 2]]| at(&[&square[..], more].concat());
        let table: [Case; 7] = [
            ("open", with(&[]), 4, &[]),
            ("closed", with(&[[0.0, 0.0]]), 4, &[]),
            ("nearly closed", with(&[[0.02, 0.0]]), 4, &[NotClosed]),
            ("a short side is no closing", with(&[[0.0, 0.6]]), 5, &[]),
            ("repeated", at(&[[0.0, 0.0], [0.0, 0.0], [10.0, 0.0], [10.0, 10.0]]), 3, &[RepeatedCorner]),
            ("two", at(&[[0.0, 0.0], [5.0, 5.0]]), 2, &[TooFewCorners]),
            ("none", Vec::new(), 0, &[TooFewCorners]),
        ];
        for (name, places, left, expected) in table {
            let mut warnings = Vec::new();
            let corners = Corners::tidied(&places, 1.0, &mut warnings);
            let codes: Vec<_> = warnings.iter().map(|warning| warning.code).collect();
            assert_eq!((corners.places.len(), codes.as_slice()), (left, expected), "{name}");
        }
    }

    #[test]
    fn crossings_are_told_by_side_and_place() {
        let corners = |places: &[[f64; 2]]| Corners::tidied(&at(places), 1.0, &mut Vec::new());
        assert_eq!(corners(&[[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [4.0, 4.5]]).crossings(), []);
        let tie = corners(&[[0.0, 0.0], [10.0, 10.0], [10.0, 0.0], [0.0, 10.0]]).crossings();
        assert_eq!(tie.len(), 1, "{tie:?}");
        let (sides, [x, y]) = tie[0];
        assert_eq!(sides, [[1, 2], [3, 4]]);
        assert!((x - E - 5.0).abs() < 1e-6 && (y - N - 5.0).abs() < 1e-6, "{x} {y}");
        let spike = corners(&[[0.0, 0.0], [10.0, 0.0], [20.0, 0.0], [10.0, 0.0], [10.0, 10.0]]).crossings();
        assert!(spike.iter().any(|(sides, _)| *sides == [[2, 3], [3, 4]]), "{spike:?}");
    }
}
