//! How much each vertex matters, once for all zooms: a zoom is then a filter.
//!
//! Every vertex gets the lowest zoom that draws it (D. Douglas, T. Peucker 1973, with the distance of each split kept
//! instead of compared with one tolerance). At that zoom, leaving it out would move the line by half a CSS pixel.
//!
//! Polygons of a layer are a *coverage*: where two share a border they have the same vertices, and the border must be
//! thinned alike in both or slivers show. So rings are cut at their *junctions* (vertices where the borders of
//! the layer part) and each piece is measured from the same end, whichever ring it was met in.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::mercator::WorldPoint;
use super::tile::MAX_ZOOM;

/// The mark of a vertex that no zoom needs: one that repeats its neighbour on the world square.
pub const NEVER: u8 = u8::MAX;

/// The vertices at which the borders of a coverage part: those whose neighbours differ between two rings.
pub struct Junctions {
    table: HashTable<Vertex>,
    hasher: DefaultHashBuilder,
}

struct Vertex {
    place: WorldPoint,
    /// Its neighbours along the first ring that it was met in, the smaller first.
    neighbours: [WorldPoint; 2],
    parts: bool,
}

impl Junctions {
    /// Finds them among all rings of a coverage (rings without closing place).
    pub fn of<'a>(rings: impl IntoIterator<Item = &'a [WorldPoint]>) -> Self {
        let mut junctions = Self { table: HashTable::new(), hasher: DefaultHashBuilder::default() };
        rings.into_iter().for_each(|ring| junctions.add(ring));
        junctions
    }

    fn add(&mut self, ring: &[WorldPoint]) {
        let ring = without_repeats(ring);
        let Self { table, hasher } = self;
        for (i, &place) in ring.iter().enumerate() {
            let (before, after) = (ring[(i + ring.len() - 1) % ring.len()], ring[(i + 1) % ring.len()]);
            let neighbours = [before.min(after), before.max(after)];
            let hash = hasher.hash_one(place);
            if let Some(known) = table.find_mut(hash, |known| known.place == place) {
                known.parts |= known.neighbours != neighbours;
                continue;
            }
            let vertex = Vertex { place, neighbours, parts: false };
            table.insert_unique(hash, vertex, |vertex| hasher.hash_one(vertex.place));
        }
    }

    fn contains(&self, place: WorldPoint) -> bool {
        self.table.find(self.hasher.hash_one(place), |known| known.place == place).is_some_and(|known| known.parts)
    }
}

fn without_repeats(ring: &[WorldPoint]) -> Vec<WorldPoint> {
    let mut places = ring.to_vec();
    places.dedup();
    while places.len() > 1 && places.first() == places.last() {
        places.pop();
    }
    places
}

/// The lowest zoom of each vertex of a line, into `detail` (as long as the line). Both ends show at every zoom.
pub fn line_detail(line: &[WorldPoint], detail: &mut [u8]) {
    let kept = distinct(line, detail);
    if let (Some(&first), Some(&last)) = (kept.first(), kept.last()) {
        detail[first] = 0;
        detail[last] = 0;
        piece_detail(line, &kept, detail);
    }
}

/// The lowest zoom of each vertex of a ring (without closing place), into `detail` (as long as the ring).
pub fn ring_detail(ring: &[WorldPoint], junctions: &Junctions, detail: &mut [u8]) {
    let mut kept = distinct(ring, detail);
    while kept.len() > 1 && ring[kept[0]] == ring[kept[kept.len() - 1]] {
        detail[kept.pop().unwrap_or_default()] = NEVER;
    }
    let mut ends: Vec<usize> = (0..kept.len()).filter(|&i| junctions.contains(ring[kept[i]])).collect();
    if ends.is_empty() {
        ends.extend((0..kept.len()).min_by_key(|&i| ring[kept[i]]));
    }
    for (number, &start) in ends.iter().enumerate() {
        let stop = ends.get(number + 1).copied().unwrap_or(ends[0] + kept.len());
        let piece: Vec<usize> = (start..=stop).map(|i| kept[i % kept.len()]).collect();
        detail[piece[0]] = 0;
        piece_detail(ring, &piece, detail);
    }
}

/// The vertices that differ from the one before; the others are marked [`NEVER`].
fn distinct(line: &[WorldPoint], detail: &mut [u8]) -> Vec<usize> {
    detail.fill(NEVER);
    (0..line.len()).filter(|&i| i == 0 || line[i] != line[i - 1]).collect()
}

/// Measures the vertices between the two ends of a piece, whose own zoom is known.
fn piece_detail(line: &[WorldPoint], piece: &[usize], detail: &mut [u8]) {
    let backward = piece.iter().map(|&i| line[i]).gt(piece.iter().rev().map(|&i| line[i]));
    let at = |i: usize| line[if backward { piece[piece.len() - 1 - i] } else { piece[i] }];
    let mut open = vec![(0, piece.len() - 1, f64::INFINITY)];
    while let Some((from, to, parent)) = open.pop() {
        let farthest = (from + 1..to).map(|i| (squared_distance(at(i), at(from), at(to)), i)).fold(
            None,
            |best: Option<(f64, usize)>, next| {
                if best.is_some_and(|best| best.0 >= next.0) { best } else { Some(next) }
            },
        );
        let Some((distance, middle)) = farthest else { continue };
        let distance = distance.min(parent);
        detail[if backward { piece[piece.len() - 1 - middle] } else { piece[middle] }] = lowest_zoom(distance);
        open.push((from, middle, distance));
        open.push((middle, to, distance));
    }
}

/// The first zoom at which half a CSS pixel (4 tile units of a 512 pixel tile) is no more than the distance.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the zooms there are")]
fn lowest_zoom(squared_distance: f64) -> u8 {
    let half_pixel_at_zoom_0 = 22.0; // log2 of 4 tile units in world units
    let zoom = (half_pixel_at_zoom_0 - squared_distance.log2() / 2.0).ceil();
    zoom.clamp(0.0, f64::from(MAX_ZOOM)) as u8
}

fn squared_distance(p: WorldPoint, a: WorldPoint, b: WorldPoint) -> f64 {
    let difference = |to: WorldPoint, from: WorldPoint| {
        [f64::from(to[0]) - f64::from(from[0]), f64::from(to[1]) - f64::from(from[1])]
    };
    let (along, to_p) = (difference(b, a), difference(p, a));
    let length = along[0] * along[0] + along[1] * along[1];
    let share = if length > 0.0 { ((to_p[0] * along[0] + to_p[1] * along[1]) / length).clamp(0.0, 1.0) } else { 0.0 };
    let (dx, dy) = (to_p[0] - share * along[0], to_p[1] - share * along[1]);
    dx * dx + dy * dy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vertex_shows_from_the_zoom_at_which_it_is_half_a_pixel() {
        for (distance, zoom) in
            [(1_u32 << 22, 0), (1 << 21, 1), (3 << 20, 1), (1 << 12, 10), (1, 22), ((1 << 12) - 1, 11)]
        {
            let line = [[0, 1 << 24], [1 << 28, (1 << 24) + distance], [1 << 29, 1 << 24]];
            let mut detail = [0; 3];
            line_detail(&line, &mut detail);
            assert_eq!(detail, [0, zoom, 0], "{distance} units off the line");
        }
    }

    #[test]
    fn repeated_vertices_are_never_drawn() {
        let line = [[5, 5], [5, 5], [1 << 30, 9], [1 << 30, 9]];
        let mut detail = [0; 4];
        line_detail(&line, &mut detail);
        assert_eq!(detail, [0, NEVER, 0, NEVER]);
    }

    /// Two squares side by side; the border between them has a vertex of its own, met in both directions.
    #[test]
    fn a_shared_border_has_the_same_detail_in_both_rings() {
        let unit = 1 << 20;
        let border = [[10 * unit, 0], [10 * unit + 7, 3 * unit], [10 * unit - 9_000, 5 * unit], [10 * unit, 10 * unit]];
        let mut left = border.to_vec();
        left.extend([[0, 10 * unit], [0, 0]]);
        let mut right = vec![[20 * unit, 10 * unit], [20 * unit, 0]];
        right.extend(border);
        right[2..].reverse();
        right.rotate_left(3);
        let junctions = Junctions::of([left.as_slice(), right.as_slice()]);
        let details: Vec<Vec<(WorldPoint, u8)>> = [&left, &right]
            .into_iter()
            .map(|ring| {
                let mut detail = vec![0; ring.len()];
                ring_detail(ring, &junctions, &mut detail);
                let mut pairs: Vec<_> = ring.iter().copied().zip(detail).filter(|(p, _)| border.contains(p)).collect();
                pairs.sort_unstable();
                pairs
            })
            .collect();
        assert_eq!(details[0], details[1]);
        assert!(details[0].iter().any(|&(_, zoom)| zoom > 3), "{details:?}");
    }
}
