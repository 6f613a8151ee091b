//! Polygons that share their borders to the last bit: every border is drawn once, as an arc between two nodes, and
//! every ring is a walk along arcs. Unions walk along the same arcs, so they fit their parts exactly.

use std::collections::{BTreeMap, HashMap};

use geo_types::{MultiPolygon, Polygon};

use super::plane::{Place, between, lon_lat, string};
use crate::geo::ring::doubled_area;

/// The polygon that a cell belongs to.
pub type Label = u32;

/// Of cells in no polygon.
pub const OUTSIDE: Label = Label::MAX;

/// A piece of border between two corners of a board; `left` and `right` as one walks from the one to the other.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    pub from: u32,
    pub to: u32,
    pub left: Label,
    pub right: Label,
}

/// A border between two nodes, or a loop without any.
#[derive(Debug)]
struct Arc {
    left: Label,
    right: Label,
    from: u32,
    to: u32,
    /// Degrees, both ends included.
    line: Vec<[f64; 2]>,
}

/// The borders of a board of labelled cells.
#[derive(Debug)]
pub struct Coverage {
    arcs: Vec<Arc>,
}

impl Coverage {
    /// Draws the borders: `corner` says where a corner of the board lies, `draw` makes a natural line of the corners
    /// between two labels and keeps both ends. Nodes move to the middle of what meets there.
    pub fn new(
        edges: Vec<Edge>,
        corner: impl Fn(u32) -> Place,
        draw: impl Fn([Label; 2], Vec<Place>) -> Vec<Place>,
    ) -> Self {
        Self::drawn(edges, 0.5, corner, draw)
    }

    /// The same with nodes exactly at their corners.
    pub fn on_corners(
        edges: Vec<Edge>,
        corner: impl Fn(u32) -> Place,
        draw: impl Fn([Label; 2], Vec<Place>) -> Vec<Place>,
    ) -> Self {
        Self::drawn(edges, 0.0, corner, draw)
    }

    fn drawn(
        edges: Vec<Edge>,
        pull: f64,
        corner: impl Fn(u32) -> Place,
        draw: impl Fn([Label; 2], Vec<Place>) -> Vec<Place>,
    ) -> Self {
        let edges: Vec<Edge> = edges.into_iter().map(Edge::upright).collect();
        let nodes = Nodes::of(&edges, pull, &corner);
        let arcs = chains(&edges, &nodes).into_iter().map(|chain| {
            let first = edges[chain[0]];
            let corners = chain.iter().map(|&edge| edges[edge].from).chain([edges[chain[chain.len() - 1]].to]);
            let places = corners.map(|id| nodes.place(id, &corner)).collect();
            let to = edges[chain[chain.len() - 1]].to;
            let line = draw([first.left, first.right], places).into_iter().map(lon_lat).collect();
            Arc { left: first.left, right: first.right, from: first.from, to, line }
        });
        Self { arcs: arcs.collect() }
    }

    /// The polygons of groups of labels; `group` names the group of a label, `None` leaves it out.
    /// The groups touch in no single corner (boards of hexagons cannot, others see to it).
    pub fn polygons(&self, group: impl Fn(Label) -> Option<u32>) -> BTreeMap<u32, MultiPolygon<f64>> {
        let group = |label| if label == OUTSIDE { None } else { group(label) };
        let mut walks: BTreeMap<u32, BTreeMap<u32, Walk>> = BTreeMap::new();
        for arc in &self.arcs {
            let (left, right) = (group(arc.left), group(arc.right));
            if left == right {
                continue;
            }
            if let Some(left) = left {
                walks.entry(left).or_default().insert(arc.from, Walk { arc, forward: true });
            }
            if let Some(right) = right {
                walks.entry(right).or_default().insert(arc.to, Walk { arc, forward: false });
            }
        }
        walks.into_iter().map(|(group, walks)| (group, assembled(rings(walks)))).collect()
    }
}

impl Edge {
    /// With the smaller label to the left, so that the edges of a border follow each other.
    fn upright(self) -> Self {
        if self.left < self.right {
            self
        } else {
            Self { from: self.to, to: self.from, left: self.right, right: self.left }
        }
    }
}

/// The corners at which borders begin and end, drawn by `pull` towards the middle of what meets there.
struct Nodes(BTreeMap<u32, Place>);

impl Nodes {
    fn of(edges: &[Edge], pull: f64, corner: &impl Fn(u32) -> Place) -> Self {
        let mut meeting: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for edge in edges {
            meeting.entry(edge.from).or_default().push(edge.to);
            meeting.entry(edge.to).or_default().push(edge.from);
        }
        meeting.retain(|_, others| others.len() != 2);
        let middle = |(&id, others): (&u32, &Vec<u32>)| {
            let share = pull / f64::from(u32::try_from(others.len()).expect("a corner has few edges"));
            let at = corner(id);
            let moved = others.iter().fold(at, |sum, &other| {
                let to = between(at, corner(other), share);
                [sum[0] + to[0] - at[0], sum[1] + to[1] - at[1]]
            });
            (id, moved)
        };
        Self(meeting.iter().map(middle).collect())
    }

    fn holds(&self, id: u32) -> bool {
        self.0.contains_key(&id)
    }

    fn place(&self, id: u32, corner: &impl Fn(u32) -> Place) -> Place {
        self.0.get(&id).copied().unwrap_or_else(|| corner(id))
    }
}

/// The edges of each border in walking order: first those between nodes, then the loops.
fn chains(edges: &[Edge], nodes: &Nodes) -> Vec<Vec<usize>> {
    let leaving: HashMap<u32, usize> = edges
        .iter()
        .enumerate()
        .filter(|(_, edge)| !nodes.holds(edge.from))
        .map(|(number, edge)| (edge.from, number))
        .collect();
    let mut done = vec![false; edges.len()];
    let mut chains = Vec::new();
    let starts = (0..edges.len()).filter(|&edge| nodes.holds(edges[edge].from)).chain(0..edges.len());
    for start in starts {
        if done[start] {
            continue;
        }
        let mut chain = Vec::new();
        let mut at = Some(start);
        while let Some(edge) = at.filter(|&edge| !done[edge]) {
            done[edge] = true;
            chain.push(edge);
            at = leaving.get(&edges[edge].to).copied();
        }
        chains.push(chain);
    }
    chains
}

/// An arc, walked with the group to its left.
struct Walk<'a> {
    arc: &'a Arc,
    forward: bool,
}

fn rings(mut walks: BTreeMap<u32, Walk<'_>>) -> Vec<Vec<[f64; 2]>> {
    let mut rings = Vec::new();
    while let Some((start, mut walk)) = walks.pop_first() {
        let mut ring = Vec::new();
        loop {
            let line = &walk.arc.line;
            let open = line.len() - 1;
            if walk.forward {
                ring.extend_from_slice(&line[..open]);
            } else {
                ring.extend(line[1..].iter().rev());
            }
            let end = if walk.forward { walk.arc.to } else { walk.arc.from };
            if end == start {
                break;
            }
            walk = walks.remove(&end).expect("a group's border has no loose end");
        }
        rings.push(ring);
    }
    rings
}

/// Puts each hole (clockwise) into the exterior around it.
fn assembled(rings: Vec<Vec<[f64; 2]>>) -> MultiPolygon<f64> {
    let (exteriors, holes): (Vec<_>, Vec<_>) = rings.into_iter().partition(|ring| doubled_area(ring) > 0.0);
    let mut polygons: Vec<(Vec<[f64; 2]>, Vec<_>)> = exteriors.into_iter().map(|ring| (ring, Vec::new())).collect();
    for hole in holes {
        let around = polygons.iter_mut().filter(|(exterior, _)| inside(hole[0], exterior));
        let smallest = around.min_by(|a, b| doubled_area(&a.0).total_cmp(&doubled_area(&b.0)));
        smallest.expect("a hole lies in its exterior").1.push(closed(&hole));
    }
    MultiPolygon(polygons.into_iter().map(|(exterior, holes)| Polygon::new(closed(&exterior), holes)).collect())
}

fn closed(ring: &[[f64; 2]]) -> geo_types::LineString<f64> {
    string(ring.iter().copied().chain([ring[0]]))
}

/// Whether a place lies in a ring, by the number of edges east of it.
pub fn inside([x, y]: [f64; 2], ring: &[[f64; 2]]) -> bool {
    let next = ring.iter().cycle().skip(1);
    let crossed = ring
        .iter()
        .zip(next)
        .filter(|(a, b)| (a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]));
    crossed.count() % 2 == 1
}
