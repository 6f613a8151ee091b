//! Whether polygons are valid: OGC 06-103r4 sections 6.1.11.1 (Polygon) and 6.1.14 (`MultiPolygon`).
//!
//! Decided on the given coordinates with exact predicates, so the answer depends on no tolerance and no unit:
//! 1. no ring touches itself; two rings meet in single places only, and do not cross there;
//! 2. the rings of one polygon do not fence off a piece of its inside by touching each other all around;
//! 3. holes lie in their exterior and not in each other; polygons lie outside each other, or in each other's holes.

use std::collections::{HashMap, HashSet};

use crate::geo::ring::{Meeting, fold, meeting, side};

use super::edges::{Edge, Edges, PAIRS};

/// Exterior ring and holes, each without its closing place and without equal neighbours, of three places or more.
pub type Rings = Vec<Vec<[f64; 2]>>;

/// Why polygons are not valid, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Invalid {
    /// What is wrong, for people: `its rings cross`.
    pub what: &'static str,
    /// A place of it.
    pub place: [f64; 2],
    /// Whether it was given up: the polygons may be valid, but nobody can tell in reasonable time.
    pub undecided: bool,
}

impl Invalid {
    fn new(what: &'static str, place: [f64; 2]) -> Self {
        Self { what, place, undecided: false }
    }
}

/// The first thing that makes `polygons` invalid, or `None` when they are valid.
#[must_use]
pub fn invalid(polygons: &[Rings]) -> Option<Invalid> {
    let edges = Edges::new(polygons);
    Touches::find(&edges)
        .and_then(|touches| touches.check_fences(polygons).and_then(|()| check_nesting(polygons, &edges, &touches)))
        .err()
}

type Verdict<T> = Result<T, Invalid>;

/// A place as a key: equal bits are equal places (the readers' -0.0 is 0.0 to the predicates and is folded here).
type Key = [u64; 2];

fn key(place: [f64; 2]) -> Key {
    place.map(|number| (number + 0.0).to_bits())
}

/// Where different rings meet.
struct Touches {
    /// Rings by the place where they meet.
    at: HashMap<Key, HashSet<usize>>,
    /// The way a ring takes through such a place: before and after.
    ways: HashMap<(usize, Key), [[f64; 2]; 2]>,
}

impl Touches {
    /// All places where rings meet without crossing, or the first place where they do more than that.
    fn find(edges: &Edges) -> Verdict<Self> {
        let mut touches = Self { at: HashMap::new(), ways: HashMap::new() };
        let mut pairs = 0_u64;
        for number in 0..edges.len() {
            edges.later_neighbours(number, |other| {
                pairs += 1;
                if pairs > PAIRS {
                    let what = "its edges lie too densely upon each other to be checked";
                    return Err(Invalid { undecided: true, ..Invalid::new(what, edges.get(number).from) });
                }
                touches.look(edges, number, other)
            })?;
        }
        touches.check_crossings()?;
        Ok(touches)
    }

    fn look(&mut self, edges: &Edges, one: usize, other: usize) -> Verdict<()> {
        let (a, b) = (edges.get(one), edges.get(other));
        let (shared, what) = if a.ring == b.ring {
            let shared = if edges.follows(a, b) {
                fold(a.from, a.to, b.to)
            } else if edges.follows(b, a) {
                fold(b.from, b.to, a.to)
            } else {
                meeting([a.from, a.to], [b.from, b.to]).map(Meeting::place)
            };
            (shared, "a ring crosses or touches itself")
        } else {
            match meeting([a.from, a.to], [b.from, b.to]) {
                Some(Meeting::Touch(place)) => {
                    self.note(edges, [one, other], place);
                    (None, "")
                }
                Some(Meeting::Cross(place)) => (Some(place), "two rings cross"),
                Some(Meeting::Overlap(place)) => (Some(place), "two rings share an edge"),
                None => (None, ""),
            }
        };
        shared.map_or(Ok(()), |place| Err(Invalid::new(what, place)))
    }

    fn note(&mut self, edges: &Edges, pair: [usize; 2], place: [f64; 2]) {
        let key = key(place);
        for number in pair {
            let edge = edges.get(number);
            self.at.entry(key).or_default().insert(edge.ring);
            self.ways.entry((edge.ring, key)).or_insert_with(|| way_through(edges, edge, place));
        }
    }

    /// Rings that meet in a place where a corner of both lies may still cross there.
    fn check_crossings(&self) -> Verdict<()> {
        for (key, rings) in &self.at {
            let place = key.map(f64::from_bits);
            let rings: Vec<_> = rings.iter().copied().collect();
            for (number, &one) in rings.iter().enumerate() {
                for &other in &rings[number + 1..] {
                    let (way, [before, after]) = (self.ways[&(one, *key)], self.ways[&(other, *key)]);
                    if is_left(way, place, before) != is_left(way, place, after) {
                        return Err(Invalid::new("two rings cross", place));
                    }
                }
            }
        }
        Ok(())
    }

    /// The rings of a polygon and the places where they meet, as a graph, have no cycle: else the inside is in pieces.
    fn check_fences(&self, polygons: &[Rings]) -> Verdict<()> {
        let owner: Vec<usize> =
            polygons.iter().enumerate().flat_map(|(number, rings)| rings.iter().map(move |_| number)).collect();
        let mut group = Groups::new(owner.len());
        for (key, rings) in &self.at {
            let mut rings: Vec<_> = rings.iter().copied().collect();
            rings.sort_unstable();
            for of_one in rings.chunk_by(|a, b| owner[*a] == owner[*b]) {
                if !of_one[1..].iter().all(|&ring| group.join(of_one[0], ring)) {
                    return Err(Invalid::new("its rings cut its inside into pieces", key.map(f64::from_bits)));
                }
            }
        }
        Ok(())
    }
}

/// Before and after `place` on the ring of `edge`, which goes through it.
fn way_through(edges: &Edges, edge: &Edge, place: [f64; 2]) -> [[f64; 2]; 2] {
    if key(edge.from) == key(place) {
        [edges.before(edge).from, edge.to]
    } else if key(edge.to) == key(place) {
        [edge.from, edges.after(edge).to]
    } else {
        [edge.from, edge.to]
    }
}

/// Whether the way `before` - `place` - `after` has `q` on its left. `q` is on neither of its two edges.
fn is_left([before, after]: [[f64; 2]; 2], place: [f64; 2], q: [f64; 2]) -> bool {
    let turn = side(before, place, after);
    let (of_first, of_second) = (side(before, place, q) > 0.0, side(place, after, q) > 0.0);
    if turn < 0.0 { of_first || of_second } else { of_first && of_second }
}

/// Disjoint sets.
struct Groups(Vec<usize>);

impl Groups {
    fn new(len: usize) -> Self {
        Self((0..len).collect())
    }

    fn root(&mut self, mut one: usize) -> usize {
        while self.0[one] != one {
            self.0[one] = self.0[self.0[one]];
            one = self.0[one];
        }
        one
    }

    /// Whether the two were apart.
    fn join(&mut self, one: usize, other: usize) -> bool {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one] = other;
        one != other
    }
}

/// Point 3 of the rules; the rings are known not to cross.
fn check_nesting(polygons: &[Rings], edges: &Edges, touches: &Touches) -> Verdict<()> {
    let mut first = 0;
    let firsts: Vec<usize> = polygons
        .iter()
        .map(|rings| {
            first += rings.len();
            first - rings.len()
        })
        .collect();
    for (polygon, rings) in polygons.iter().enumerate() {
        for (number, ring) in rings.iter().enumerate() {
            let around = containers(edges, touches, firsts[polygon] + number, ring);
            let own = firsts[polygon]..firsts[polygon] + rings.len();
            if number > 0 && !around.contains(&own.start) {
                return Err(Invalid::new("a hole lies outside its exterior ring", ring[0]));
            }
            if number > 0 && around.iter().any(|other| *other > own.start && own.contains(other)) {
                return Err(Invalid::new("a hole lies in another hole", ring[0]));
            }
            if number == 0 && !is_apart(&around, polygons, &firsts, polygon) {
                return Err(Invalid::new("a polygon lies in another one", ring[0]));
            }
        }
    }
    Ok(())
}

/// Whether every polygon whose exterior is `around` something has a hole around it too.
fn is_apart(around: &HashSet<usize>, polygons: &[Rings], firsts: &[usize], own: usize) -> bool {
    around.iter().filter_map(|ring| firsts.binary_search(ring).ok()).filter(|other| *other != own).all(|other| {
        let holes = firsts[other] + 1..firsts[other] + polygons[other].len();
        around.iter().any(|ring| holes.contains(ring))
    })
}

/// The rings that have ring `own` inside.
fn containers(edges: &Edges, touches: &Touches, own: usize, ring: &[[f64; 2]]) -> HashSet<usize> {
    let free = ring.iter().position(|place| !touches.at.contains_key(&key(*place)));
    let start = free.unwrap_or(0);
    let place = ring[start];
    let mut around: HashSet<usize> = HashSet::new();
    edges.eastward(place, |edge| {
        let upward = edge.from[1] <= place[1] && edge.to[1] > place[1];
        let downward = edge.to[1] <= place[1] && edge.from[1] > place[1];
        let turn = side(edge.from, edge.to, place);
        if edge.ring != own && ((upward && turn > 0.0) || (downward && turn < 0.0)) && !around.remove(&edge.ring) {
            around.insert(edge.ring);
        }
    });
    if free.is_none() {
        // Every corner of the ring lies on others. Which side of those it goes to is seen at the first corner.
        let next = ring[1 % ring.len()];
        for &other in touches.at[&key(place)].iter().filter(|&&other| other != own) {
            around.remove(&other);
            let left = is_left(touches.ways[&(other, key(place))], place, next);
            if left == edges.is_counter_clockwise(other) {
                around.insert(other);
            }
        }
    }
    around
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(west: f64, south: f64, side: f64) -> Vec<[f64; 2]> {
        vec![[west, south], [west + side, south], [west + side, south + side], [west, south + side]]
    }

    #[test]
    fn the_rules_of_simple_features_hold() {
        let outer = square(0., 0., 8.);
        let diamond = vec![[0., 4.], [4., 1.], [7., 4.], [4., 7.]];
        let bow_tie = vec![[0., 0.], [2., 2.], [2., 0.], [0., 2.]];
        let pinched = vec![[0., 0.], [2., 2.], [4., 0.], [4., 4.], [2., 2.], [0., 4.]];
        let spike = vec![[0., 0.], [4., 0.], [4., 4.], [4., 6.], [4., 4.5], [0., 4.]];
        let table: Vec<(&str, Vec<Rings>, bool)> = vec![
            ("square", vec![vec![outer.clone()]], true),
            ("clockwise", vec![vec![outer.iter().rev().copied().collect()]], true),
            ("bow tie", vec![vec![bow_tie]], false),
            ("pinched", vec![vec![pinched]], false),
            ("spike", vec![vec![spike]], false),
            ("hole inside", vec![vec![outer.clone(), square(1., 1., 2.)]], true),
            ("hole touches once", vec![vec![outer.clone(), diamond.clone()]], true),
            ("hole touches twice", vec![vec![outer.clone(), vec![[0., 4.], [4., 1.], [8., 4.], [4., 7.]]]], false),
            ("hole shares an edge", vec![vec![outer.clone(), square(0., 1., 2.)]], false),
            ("hole crosses", vec![vec![outer.clone(), square(6., 1., 4.)]], false),
            ("hole outside", vec![vec![outer.clone(), square(10., 1., 2.)]], false),
            ("hole in hole", vec![vec![outer.clone(), square(1., 1., 5.), square(2., 2., 1.)]], false),
            ("hole equals exterior", vec![vec![outer.clone(), outer.clone()]], false),
            ("holes touch once", vec![vec![outer.clone(), square(1., 1., 2.), square(3., 3., 2.)]], true),
            (
                "holes in a chain from edge to edge",
                vec![vec![
                    outer.clone(),
                    vec![[0., 4.], [2., 3.], [4., 4.], [2., 5.]],
                    vec![[4., 4.], [6., 3.], [8., 4.], [6., 5.]],
                ]],
                false,
            ),
            ("apart", vec![vec![outer.clone()], vec![square(9., 0., 2.)]], true),
            ("corner to corner", vec![vec![outer.clone()], vec![square(8., 8., 2.)]], true),
            ("side by side", vec![vec![outer.clone()], vec![square(8., 0., 2.)]], false),
            ("upon each other", vec![vec![outer.clone()], vec![square(4., 4., 9.)]], false),
            ("within", vec![vec![outer.clone()], vec![square(1., 1., 2.)]], false),
            ("the same twice", vec![vec![outer.clone()], vec![outer.clone()]], false),
            ("in a hole", vec![vec![outer.clone(), square(1., 1., 5.)], vec![square(2., 2., 1.)]], true),
            (
                "in a hole that it touches",
                vec![vec![outer.clone(), square(1., 1., 4.)], vec![vec![[1., 3.], [3., 1.], [5., 3.], [3., 5.]]]],
                true,
            ),
            (
                "in a polygon that it touches",
                vec![vec![square(1., 1., 4.)], vec![vec![[1., 3.], [3., 1.], [5., 3.], [3., 5.]]]],
                false,
            ),
            ("fills a hole", vec![vec![outer, square(1., 1., 4.)], vec![square(1., 1., 4.)]], false),
            ("through a corner", vec![vec![diamond], vec![vec![[4., 0.], [9., 4.], [4., 7.], [7., 4.]]]], false),
        ];
        for (name, polygons, valid) in table {
            for turned in 0..4 {
                let mut polygons = polygons.clone();
                for ring in polygons.iter_mut().flatten() {
                    let by = turned % ring.len();
                    ring.rotate_left(by);
                }
                let found = invalid(&polygons);
                assert_eq!(found.is_none(), valid, "{name}, turned by {turned}: {found:?} in {polygons:?}");
            }
        }
    }

    /// A comb of long teeth: the boxes of its edges overlap in x all along, and it must not take quadratic time.
    #[test]
    fn a_comb_of_100_000_teeth_is_decided() {
        let mut comb = Vec::new();
        for tooth in 0..100_000 {
            let y = f64::from(tooth);
            comb.extend([[0.0, y], [1000.0, y], [1000.0, y + 0.5], [0.0, y + 0.5]]);
        }
        comb.extend([[-1.0, 1e5], [-1.0, 0.0]]);
        assert_eq!(invalid(&[vec![comb]]), None);
    }
}
