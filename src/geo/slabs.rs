//! Which places and which stretches of a line lie within polygons.

use geo_types::{Coord, LineString, MultiLineString, MultiPolygon};

use super::bbox::BBox;
use super::geometry::rings;
use super::measure::between;
use super::ring::side;

/// What lies so near a border counts as on it, degrees: a tenth of a millimetre.
const NEAR: f64 = 1e-9;

/// The edges of polygons by the slabs of latitude that they cross: a question looks at the edges of its own slab only.
///
/// Inside is what a ray leaves through an odd number of edges, whichever way the rings run; borders are inside. Decided with exact
/// predicates, but for stretches of lines, whose ends are rounded: one that runs along a border within [`NEAR`] is inside.
#[derive(Debug)]
pub struct Slabs {
    edges: Vec<[[f64; 2]; 2]>,
    /// Of each slab, from the south, the numbers of its edges.
    numbers: Vec<Vec<u32>>,
    south: f64,
    height: f64,
    bbox: Option<BBox>,
}

/// How a box lies to polygons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// All of it within.
    Inside,
    /// None of it within.
    Outside,
    /// A border may run through it.
    OnBorder,
}

/// More slabs than this help no question.
const MOST_SLABS: usize = 512;

impl Slabs {
    /// Of polygons in degrees.
    ///
    /// # Panics
    /// Beyond 2^32 edges.
    #[must_use]
    pub fn new(polygons: &MultiPolygon<f64>) -> Self {
        let edges: Vec<_> = edges(polygons).collect();
        let bbox = BBox::around(edges.iter().flatten().copied());
        let (south, north) = bbox.map_or((0.0, 0.0), |bbox| (bbox.south - NEAR, bbox.north + NEAR));
        let count = (edges.len().isqrt() * 2).clamp(1, MOST_SLABS);
        #[expect(clippy::cast_precision_loss, reason = "at most MOST_SLABS")]
        let height = (north - south) / count as f64;
        let mut slabs = Self { edges, numbers: vec![Vec::new(); count], south, height, bbox };
        for number in 0..slabs.edges.len() {
            let [a, b] = slabs.edges[number];
            for slab in slabs.between(a[1].min(b[1]) - NEAR, a[1].max(b[1]) + NEAR) {
                slabs.numbers[slab].push(u32::try_from(number).expect("fewer edges than 2^32"));
            }
        }
        slabs
    }

    /// The slabs that two latitudes lie between.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and the last is the limit"
    )]
    fn between(&self, south: f64, north: f64) -> std::ops::RangeInclusive<usize> {
        let last = self.numbers.len() - 1;
        let slab = |latitude: f64| (((latitude - self.south) / self.height) as usize).min(last);
        slab(south)..=slab(north)
    }

    fn edges_at(&self, latitude: f64) -> impl Iterator<Item = [[f64; 2]; 2]> {
        let slab = *self.between(latitude, latitude).start();
        self.numbers[slab].iter().map(|&number| self.edges[number as usize])
    }

    /// Whether `[lon, lat]` lies within or on the border.
    #[must_use]
    pub fn holds(&self, place: [f64; 2]) -> bool {
        self.bbox.is_some_and(|bbox| bbox.contains(place)) && inside(self.edges_at(place[1]), place)
    }

    /// How a box lies, which does not cross the antimeridian. [`Standing::OnBorder`] may be said of a box that a border only comes near.
    #[must_use]
    pub fn standing(&self, asked: &BBox) -> Standing {
        let Some(own) = self.bbox.filter(|own| overlap(own, asked)) else { return Standing::Outside };
        let slabs = self.between(asked.south.max(own.south), asked.north.min(own.north));
        if self.numbers[slabs].iter().flatten().any(|&number| meets(self.edges[number as usize], asked)) {
            return Standing::OnBorder;
        }
        if self.holds([asked.west, asked.south]) { Standing::Inside } else { Standing::Outside }
    }

    /// The stretches of the segment `a`-`b` that lie within, as shares of the way from `a`, in order, no two of which touch.
    #[must_use]
    pub fn stretches(&self, a: [f64; 2], b: [f64; 2]) -> Vec<[f64; 2]> {
        let Some(own) = self.bbox.filter(|own| BBox::around([a, b]).is_some_and(|asked| overlap(own, &asked))) else {
            return Vec::new();
        };
        let mut cuts = vec![0.0, 1.0];
        let slabs = self.between(a[1].min(b[1]).max(own.south), a[1].max(b[1]).min(own.north));
        for &number in self.numbers[slabs].iter().flatten() {
            cut(&mut cuts, [a, b], self.edges[number as usize]);
        }
        cuts.sort_unstable_by(f64::total_cmp);
        cuts.dedup();
        let mut stretches: Vec<[f64; 2]> = Vec::new();
        for ends in cuts.windows(2) {
            if !self.nearly_holds(between(a, b, f64::midpoint(ends[0], ends[1]))) {
                continue;
            }
            match stretches.last_mut().filter(|last| last[1] >= ends[0]) {
                Some(last) => last[1] = ends[1],
                None => stretches.push([ends[0], ends[1]]),
            }
        }
        stretches
    }

    fn nearly_holds(&self, place: [f64; 2]) -> bool {
        self.holds(place) || self.edges_at(place[1]).any(|[a, b]| aside(a, b, place) <= NEAR)
    }

    /// What of a line lies within: pieces that follow one another in its sense.
    #[must_use]
    pub fn clipped(&self, line: &LineString<f64>) -> MultiLineString<f64> {
        let mut pieces: Vec<LineString<f64>> = Vec::new();
        let mut open = false;
        for ends in line.0.windows(2) {
            let [a, b] = [[ends[0].x, ends[0].y], [ends[1].x, ends[1].y]];
            let mut reached_end = false;
            for [from, to] in self.stretches(a, b) {
                let [from_place, to_place] = [from, to].map(|share| Coord::from(between(a, b, share)));
                match pieces.last_mut() {
                    Some(piece) if open && from <= 0.0 => piece.0.push(to_place),
                    _ => pieces.push(LineString(vec![from_place, to_place])),
                }
                reached_end = to >= 1.0;
            }
            open = reached_end;
        }
        MultiLineString(pieces)
    }
}

/// Whether `[lon, lat]` lies within polygons or on their border, for who asks once.
#[must_use]
pub fn holds(polygons: &MultiPolygon<f64>, place: [f64; 2]) -> bool {
    inside(edges(polygons), place)
}

fn edges(polygons: &MultiPolygon<f64>) -> impl Iterator<Item = [[f64; 2]; 2]> + '_ {
    let of_ring = |ring: &LineString<f64>| {
        let pairs: Vec<_> = ring.0.windows(2).map(|ends| [[ends[0].x, ends[0].y], [ends[1].x, ends[1].y]]).collect();
        pairs
    };
    polygons.0.iter().flat_map(rings).flat_map(of_ring)
}

fn inside(edges: impl Iterator<Item = [[f64; 2]; 2]>, place: [f64; 2]) -> bool {
    let mut odd = false;
    for [a, b] in edges {
        let in_rows = a[1].min(b[1]) <= place[1] && place[1] <= a[1].max(b[1]);
        if !in_rows || place[0] > a[0].max(b[0]) {
            continue;
        }
        let turn = side(a, b, place);
        if turn == 0.0 && place[0] >= a[0].min(b[0]) {
            return true;
        }
        odd ^= (a[1] > place[1]) != (b[1] > place[1]) && (turn > 0.0) == (b[1] > a[1]);
    }
    odd
}

fn overlap(one: &BBox, other: &BBox) -> bool {
    one.west <= other.east && other.west <= one.east && one.south <= other.north && other.south <= one.north
}

/// Whether an edge meets a box: their boxes do, and the corners do not all lie on one side of it.
fn meets([a, b]: [[f64; 2]; 2], bbox: &BBox) -> bool {
    let BBox { west, south, east, north } = *bbox;
    let apart = a[0].max(b[0]) < west || a[0].min(b[0]) > east || a[1].max(b[1]) < south || a[1].min(b[1]) > north;
    if apart {
        return false;
    }
    let corners = [[west, south], [east, south], [east, north], [west, north]].map(|corner| side(a, b, corner));
    !(corners.iter().all(|&side| side > 0.0) || corners.iter().all(|&side| side < 0.0))
}

/// Adds where an edge meets the segment, as shares of it: the place where they cross, and the ends of the edge that lie on it.
fn cut(cuts: &mut Vec<f64>, [a, b]: [[f64; 2]; 2], [c, d]: [[f64; 2]; 2]) {
    if a[0].max(b[0]) + NEAR < c[0].min(d[0]) || c[0].max(d[0]) + NEAR < a[0].min(b[0]) {
        return;
    }
    let mut add = |share: f64| cuts.extend((share > 0.0 && share < 1.0).then_some(share));
    let (from, to) = (side(c, d, a), side(c, d, b));
    if (from > 0.0) != (to > 0.0) && (side(a, b, c) > 0.0) != (side(a, b, d) > 0.0) {
        add(from / (from - to));
    }
    [c, d].into_iter().filter(|&end| aside(a, b, end) <= NEAR).for_each(|end| add(along(a, b, end)));
}

/// How far along `a`-`b` the place beside it is, as a share.
fn along(a: [f64; 2], b: [f64; 2], place: [f64; 2]) -> f64 {
    let way = [b[0] - a[0], b[1] - a[1]];
    let squared = way[0] * way[0] + way[1] * way[1];
    let share = ((place[0] - a[0]) * way[0] + (place[1] - a[1]) * way[1]) / squared;
    if share.is_finite() { share } else { 0.0 }
}

/// How far a place is from the segment `a`-`b`, degrees.
fn aside(a: [f64; 2], b: [f64; 2], place: [f64; 2]) -> f64 {
    let foot = between(a, b, along(a, b, place).clamp(0.0, 1.0));
    (place[0] - foot[0]).hypot(place[1] - foot[1])
}

#[cfg(test)]
#[path = "slabs_tests.rs"]
mod tests;
