//! The edges of many rings, found by place: a packed tree of boxes in Hilbert order.

use crate::geo::hilbert::hilbert;
use crate::geo::ring::{doubled_area, meeting};

use super::validity::Rings;

/// Pairs of edges with common boxes that are looked at in one feature: some seconds. Real ones need a few per edge.
pub const PAIRS: u64 = 200_000_000;

/// Children of a node.
const FAN: usize = 8;

/// One edge of a ring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// Where it begins.
    pub from: [f64; 2],
    /// Where it ends.
    pub to: [f64; 2],
    /// Its ring: counted through all polygons.
    pub ring: usize,
    /// Its number in the ring.
    number: usize,
}

/// All edges of some polygons.
pub struct Edges {
    /// In the order of the tree.
    sorted: Vec<Edge>,
    /// From ring and number to the order of the tree: ring `r` begins at `starts[r]`.
    places: Vec<u32>,
    starts: Vec<usize>,
    counter_clockwise: Vec<bool>,
    /// Boxes, the leaves' parents first; each level after it is `FAN` times shorter.
    levels: Vec<Vec<Extent>>,
}

/// West, south, east, north in the unit of the coordinates.
#[derive(Clone, Copy)]
struct Extent([f64; 4]);

impl Extent {
    fn of(edge: &Edge) -> Self {
        let ([ax, ay], [bx, by]) = (edge.from, edge.to);
        Self([ax.min(bx), ay.min(by), ax.max(bx), ay.max(by)])
    }

    fn meets(&self, other: &Self) -> bool {
        self.0[0] <= other.0[2] && other.0[0] <= self.0[2] && self.0[1] <= other.0[3] && other.0[1] <= self.0[3]
    }

    fn with(self, other: Self) -> Self {
        let [w, s, e, n] = self.0;
        let [w2, s2, e2, n2] = other.0;
        Self([w.min(w2), s.min(s2), e.max(e2), n.max(n2)])
    }
}

impl Edges {
    /// Of rings without closing places.
    ///
    /// # Panics
    /// Beyond 2^32 edges.
    #[must_use]
    pub fn new(polygons: &[Rings]) -> Self {
        let mut edges = Vec::new();
        let mut starts = vec![0];
        for (ring, places) in polygons.iter().flatten().enumerate() {
            let next = places.iter().cycle().skip(1);
            edges.extend(places.iter().zip(next).enumerate().map(|(number, (&from, &to))| Edge {
                from,
                to,
                ring,
                number,
            }));
            starts.push(edges.len());
        }
        let whole = edges.iter().map(Extent::of).reduce(Extent::with).unwrap_or(Extent([0.0; 4]));
        edges.sort_by_cached_key(|edge| hilbert(cell(edge, whole)));
        let mut places = vec![0; edges.len()];
        for (place, edge) in edges.iter().enumerate() {
            places[starts[edge.ring] + edge.number] =
                u32::try_from(place).expect("a feature has fewer than 2^32 edges");
        }
        let counter_clockwise = polygons.iter().flatten().map(|ring| doubled_area(ring) > 0.0).collect();
        let mut levels = vec![boxes(edges.iter().map(Extent::of))];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            levels.push(boxes(level.iter().copied()));
        }
        Self { sorted: edges, places, starts, counter_clockwise, levels }
    }

    /// How many edges there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The edge at a place in the order of the tree.
    #[must_use]
    pub fn get(&self, place: usize) -> &Edge {
        &self.sorted[place]
    }

    /// The edge that begins where `edge` ends.
    #[must_use]
    pub fn after(&self, edge: &Edge) -> &Edge {
        self.of_ring(edge.ring, (edge.number + 1) % self.ring_len(edge.ring))
    }

    /// The edge that ends where `edge` begins.
    #[must_use]
    pub fn before(&self, edge: &Edge) -> &Edge {
        let len = self.ring_len(edge.ring);
        self.of_ring(edge.ring, (edge.number + len - 1) % len)
    }

    /// Whether `second` comes right after `first` in the same ring.
    #[must_use]
    pub fn follows(&self, first: &Edge, second: &Edge) -> bool {
        first.ring == second.ring && (first.number + 1) % self.ring_len(first.ring) == second.number
    }

    /// Which way a ring runs.
    #[must_use]
    pub fn is_counter_clockwise(&self, ring: usize) -> bool {
        self.counter_clockwise[ring]
    }

    fn ring_len(&self, ring: usize) -> usize {
        self.starts[ring + 1] - self.starts[ring]
    }

    fn of_ring(&self, ring: usize, number: usize) -> &Edge {
        &self.sorted[self.places[self.starts[ring] + number] as usize]
    }

    /// Every edge after `place` in the order of the tree whose box meets that of the edge there, until `visit` fails.
    pub fn later_neighbours<E>(&self, place: usize, mut visit: impl FnMut(usize) -> Result<(), E>) -> Result<(), E> {
        self.walk(&Extent::of(&self.sorted[place]), place + 1, &mut visit)
    }

    /// Whether edges that are not neighbours in a ring meet in more than `limit` places, or lie so densely that it takes
    /// too long to count.
    #[must_use]
    pub fn meet_more_often_than(&self, limit: usize) -> bool {
        let (mut meetings, mut pairs) = (0, 0);
        let counted = (0..self.len()).try_for_each(|number| {
            self.later_neighbours(number, |other| {
                let (one, other) = (self.get(number), self.get(other));
                let neighbours = self.follows(one, other) || self.follows(other, one);
                pairs += 1;
                meetings += usize::from(!neighbours && meeting([one.from, one.to], [other.from, other.to]).is_some());
                if meetings > limit || pairs > PAIRS { Err(()) } else { Ok(()) }
            })
        });
        counted.is_err()
    }

    /// Every edge whose box meets the line from `place` straight east.
    pub fn eastward(&self, [x, y]: [f64; 2], mut visit: impl FnMut(&Edge)) {
        let line = Extent([x, y, f64::INFINITY, y]);
        let done: Result<(), std::convert::Infallible> = self.walk(&line, 0, &mut |place| {
            visit(&self.sorted[place]);
            Ok(())
        });
        let Ok(()) = done;
    }

    /// Every edge from place `first` on whose box meets `window`.
    fn walk<E>(&self, window: &Extent, first: usize, visit: &mut impl FnMut(usize) -> Result<(), E>) -> Result<(), E> {
        let top = self.levels.len() - 1;
        let mut open: Vec<(usize, usize)> = (0..self.levels[top].len()).map(|node| (top, node)).collect();
        while let Some((level, node)) = open.pop() {
            let span = FAN.pow(u32::try_from(level).expect("a tree is not deep") + 1);
            if (node + 1) * span <= first || !self.levels[level][node].meets(window) {
                continue;
            }
            let children = node * FAN..(node + 1) * FAN;
            if level > 0 {
                open.extend(
                    children.take_while(|child| *child < self.levels[level - 1].len()).map(|child| (level - 1, child)),
                );
                continue;
            }
            for place in children.start.max(first)..children.end.min(self.sorted.len()) {
                if Extent::of(&self.sorted[place]).meets(window) {
                    visit(place)?;
                }
            }
        }
        Ok(())
    }
}

fn boxes(of: impl Iterator<Item = Extent>) -> Vec<Extent> {
    let children: Vec<_> = of.collect();
    children.chunks(FAN).filter_map(|chunk| chunk.iter().copied().reduce(Extent::with)).collect()
}

/// The middle of an edge on a square of side 2^32 over the whole.
fn cell(edge: &Edge, Extent([west, south, east, north]): Extent) -> [u32; 2] {
    let side = (east - west).max(north - south);
    let part = |low: f64, a: f64, b: f64| if side > 0.0 { (f64::midpoint(a, b) - low) / side } else { 0.0 };
    let on_square = |part: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "`as` saturates; the part is 0 to 1"
        )]
        let cell = (part * f64::from(u32::MAX)) as u32;
        cell
    };
    [on_square(part(west, edge.from[0], edge.to[0])), on_square(part(south, edge.from[1], edge.to[1]))]
}
