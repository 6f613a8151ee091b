//! Chains: what low zooms of a layer with `merge` draw in the place of its lines.
//!
//! A road in the data is many short lines. At a low zoom each would keep both of its ends, which fills the tile, and be
//! left out for its own shortness, which leaves gaps. A *chain* is a run of lines with equal values in the merge
//! fields: where one ends the next begins, and no third line with these values ends there. Lines of several parts and
//! closed lines are chains by themselves and join nothing.
//!
//! A chain follows from the lines that are there and from nothing else: not from their order, nor from what was edited.

use rayon::prelude::*;

use crate::geo::mercator::WorldPoint;
use crate::geo::simplify::line_detail;
use crate::geo::{Arena, Geometry};
use crate::model::feature::fnv1a;
use crate::model::{Rows, ValueRef};
use geo_types::{Coord, LineString, MultiLineString};

/// One end of a line, which the caller knows by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineEnd<K> {
    /// Whose end.
    pub line: K,
    /// Whether it is the last vertex and not the first.
    pub last: bool,
}

impl<K> LineEnd<K> {
    fn opposite(self) -> Self {
        Self { last: !self.last, ..self }
    }
}

/// A row of a block or of a load.
pub type RowOf<'a> = (&'a Rows, usize);

/// The first and the last place of a line that can be joined; `None` for several parts and for a closed line.
#[must_use]
pub fn ends(arena: &Arena, row: usize) -> Option<[WorldPoint; 2]> {
    let parts = arena.parts(row);
    if parts.len() != 1 {
        return None;
    }
    match &arena.world()[arena.vertices(parts.start)] {
        [first, .., last] if first != last => Some([*first, *last]),
        _ => None,
    }
}

/// Whether two rows have equal values in `fields`. Two absent values are equal.
#[must_use]
pub fn alike((rows, row): RowOf<'_>, (other_rows, other): RowOf<'_>, fields: &[usize]) -> bool {
    fields.iter().all(|&field| rows.columns()[field].get(row) == other_rows.columns()[field].get(other))
}

/// The item of an iterator that has exactly one.
pub fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    items.next().filter(|_| items.next().is_none())
}

/// For the first and the last end of each row the one that goes on there, for a whole layer at once.
///
/// # Panics
/// Beyond 2^32 rows.
#[must_use]
pub fn joints(rows: &Rows, fields: &[usize]) -> Vec<[Option<LineEnd<u32>>; 2]> {
    let lines = 0..u32::try_from(rows.len()).expect("row numbers are u32");
    let ends = lines.into_par_iter().flat_map_iter(|line| {
        let places =
            ends(rows.arena(), line as usize).into_iter().flat_map(|places| places.into_iter().zip([false, true]));
        let digest = digest(rows, line as usize, fields);
        places.map(move |(place, last)| (place, digest, LineEnd { line, last }))
    });
    let mut ends: Vec<(WorldPoint, u64, LineEnd<u32>)> = ends.collect();
    ends.par_sort_unstable();
    let mut joints = vec![[None; 2]; rows.len()];
    for meeting in ends.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        for &(.., end) in meeting {
            let others = meeting
                .iter()
                .map(|&(.., other)| other)
                .filter(|&other| other != end && alike((rows, other.line as usize), (rows, end.line as usize), fields));
            joints[end.line as usize][usize::from(end.last)] = only(others);
        }
    }
    joints
}

/// Equal for rows that are [`alike`]: keeps a place where thousands of different lines end from being compared pair by
/// pair.
fn digest(rows: &Rows, row: usize, fields: &[usize]) -> u64 {
    fields.iter().fold(0, |digest: u64, &field| {
        let value = match rows.columns()[field].get(row) {
            None => 0,
            Some(ValueRef::Text(text)) => fnv1a(text),
            // Makes -0.0 the 0.0 that it equals.
            Some(ValueRef::Real(number)) => (number + 0.0).to_bits(),
            Some(other) => fnv1a(&other.to_string()),
        };
        (digest.rotate_left(5) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}

/// The chain of a line: of each of its lines in turn the end at which it is entered. It begins at the end whose line
/// has the smaller id, a closed one at the first vertex of the line with the smallest. `goes_on` knows the end that
/// meets an end.
pub fn chain_of<'a, K: Copy + PartialEq>(
    line: K,
    goes_on: impl Fn(LineEnd<K>) -> Option<LineEnd<K>>,
    id: impl Fn(K) -> &'a str,
) -> Vec<LineEnd<K>> {
    let start = LineEnd { line, last: false };
    let mut onward = vec![start];
    let mut left = start.opposite();
    while let Some(entered) = goes_on(left) {
        if entered.line == line {
            return from_smallest(onward, id);
        }
        onward.push(entered);
        left = entered.opposite();
    }
    let mut chain = Vec::new();
    let mut reached = start;
    while let Some(left) = goes_on(reached) {
        reached = left.opposite();
        chain.push(reached);
    }
    chain.reverse();
    chain.append(&mut onward);
    let backward = |(first, last): (&LineEnd<K>, &LineEnd<K>)| id(last.line) < id(first.line);
    if chain.first().zip(chain.last()).is_some_and(backward) { reversed(chain) } else { chain }
}

fn reversed<K>(chain: Vec<LineEnd<K>>) -> Vec<LineEnd<K>> {
    chain.into_iter().rev().map(LineEnd::opposite).collect()
}

fn from_smallest<'a, K: Copy>(closed: Vec<LineEnd<K>>, id: impl Fn(K) -> &'a str) -> Vec<LineEnd<K>> {
    let smallest = |chain: &[LineEnd<K>]| (0..chain.len()).min_by_key(|&at| id(chain[at].line)).unwrap_or(0);
    let mut chain = if closed[smallest(&closed)].last { reversed(closed) } else { closed };
    let start = smallest(&chain);
    chain.rotate_left(start);
    chain
}

/// Appends a chain to `chains` under the smallest id of its lines: with all values when it is one line, else with those
/// of `fields`. Vertices that no zoom below `base_zoom` draws are left out.
pub fn push_chain<'a, K: Copy>(
    chains: &mut Rows,
    chain: &[LineEnd<K>],
    row_of: impl Fn(K) -> RowOf<'a>,
    fields: &[usize],
    base_zoom: u8,
) {
    let lines = chain.iter().map(|entered| row_of(entered.line));
    let Some((rows, row)) = lines.min_by_key(|&(rows, row)| rows.id(row)) else { return };
    let arena = rows.arena();
    if let [_] = chain {
        let parts = arena.parts(row).map(|part| {
            let vertices = arena.vertices(part);
            drawn(&arena.world()[vertices.clone()], &arena.lon_lat()[vertices], base_zoom)
        });
        chains.push(rows.id(row), &Geometry::Lines(parts.collect()), rows.values(row));
        return;
    }
    let line = joined(chain, row_of, base_zoom);
    let values = rows.values(row).enumerate().map(|(field, value)| value.filter(|_| fields.contains(&field)));
    chains.push(rows.id(row), &Geometry::Lines(MultiLineString(vec![line])), values);
}

/// One line of many; a joint is one vertex, as the line has it that is entered first.
fn joined<'a, K: Copy>(chain: &[LineEnd<K>], row_of: impl Fn(K) -> RowOf<'a>, base_zoom: u8) -> LineString<f64> {
    let (mut world, mut lon_lat) = (Vec::new(), Vec::new());
    for entered in chain {
        let (rows, row) = row_of(entered.line);
        let arena = rows.arena();
        let joint = usize::from(!world.is_empty());
        let mut push = |vertex: usize| {
            world.push(arena.world()[vertex]);
            lon_lat.push(arena.lon_lat()[vertex]);
        };
        let vertices = arena.row_vertices(row);
        if entered.last {
            vertices.rev().skip(joint).for_each(&mut push);
        } else {
            vertices.skip(joint).for_each(&mut push);
        }
    }
    drawn(&world, &lon_lat, base_zoom)
}

/// The vertices that some zoom below `base_zoom` draws. Measured again, those that stay come out as they are here: what
/// is left out never was the farthest of a piece that holds one that stays.
fn drawn(world: &[WorldPoint], lon_lat: &[[f64; 2]], base_zoom: u8) -> LineString<f64> {
    let mut detail = vec![0; world.len()];
    line_detail(world, &mut detail);
    let vertices = lon_lat.iter().zip(detail).filter(|(_, detail)| *detail < base_zoom);
    vertices.map(|(&[x, y], _)| Coord { x, y }).collect()
}
