//! A packed R-tree over rows that are already in the order of the Hilbert curve.
//!
//! The rows themselves are the leaves, so the tree keeps no row numbers and, for points, no leaf boxes: a million points
//! cost 1.2 MB. Each node knows the lowest zoom of what it holds, so a query at a low zoom opens only nodes
//! that show something there. Frozen: an edit makes a new, small tree (see `LayerIndex`).
//!
//! After flatbush (V. Agafonkin) and I. Kamel, C. Faloutsos, "On Packing R-trees" (1993).

use std::ops::Range;

use super::buried::Buried;
use crate::geo::{Arena, GeometryKind, Window};

/// Children of a node. 16 boxes of 16 bytes are four cache lines; 8 and 32 were slower in `benches/index.rs`.
const FAN_OUT: usize = 16;

/// The tree over the rows `0..len` of one block.
#[derive(Debug)]
pub struct PackedTree {
    len: usize,
    /// The window of each row; empty for points, whose place is their window.
    leaves: Vec<Window>,
    /// Nodes level by level, the lowest first; a node of level 0 holds `FAN_OUT` rows.
    levels: Vec<Vec<Node>>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    window: Window,
    /// The lowest zoom at which one of its rows shows.
    lowest: u8,
    /// The lowest zoom at which all of them do.
    all: u8,
}

impl PackedTree {
    /// Builds the tree. `lowest` is the lowest zoom of each row.
    #[must_use]
    pub fn new(arena: &Arena, lowest: &[u8]) -> Self {
        let point = arena.kind() == GeometryKind::Point;
        let leaves: Vec<Window> =
            if point { Vec::new() } else { (0..arena.len()).map(|row| arena.window(row)).collect() };
        let nodes = (0..arena.len()).map(|row| Node {
            window: window(arena, &leaves, row),
            lowest: lowest[row],
            all: lowest[row],
        });
        let mut levels = vec![parents(nodes)];
        while let Some(top) = levels.last().filter(|level| level.len() > 1) {
            let next = parents(top.iter().copied());
            levels.push(next);
        }
        Self { len: arena.len(), leaves, levels }
    }

    /// The window around everything; [`Window::EMPTY`] without rows.
    #[must_use]
    pub fn window(&self) -> Window {
        self.levels.last().and_then(|top| top.first()).map_or(Window::EMPTY, |root| root.window)
    }

    /// The window of one row.
    #[must_use]
    pub fn row_window(&self, arena: &Arena, row: usize) -> Window {
        window(arena, &self.leaves, row)
    }

    /// Calls `found` with the rows that show at `zoom` and whose windows meet `wanted`, run by run, rising. A node inside is
    /// a run without a look at its rows. `arena` and `lowest` are those that the tree was built from.
    pub fn query(&self, arena: &Arena, lowest: &[u8], wanted: &Window, zoom: u8, mut found: impl FnMut(Range<usize>)) {
        let Some(top) = self.levels.len().checked_sub(1) else { return };
        let mut open: Vec<(usize, usize)> = (0..self.levels[top].len()).map(|node| (top, node)).collect();
        while let Some((level, number)) = open.pop() {
            let node = &self.levels[level][number];
            if node.lowest > zoom || !node.window.intersects(wanted) {
                continue;
            }
            if node.all <= zoom && wanted.contains(&node.window) {
                found(self.rows(level, number));
            } else if level > 0 {
                let end = ((number + 1) * FAN_OUT).min(self.levels[level - 1].len());
                open.extend((number * FAN_OUT..end).rev().map(|child| (level - 1, child)));
            } else {
                let rows = self.rows(level, number);
                for (row, &lowest) in rows.clone().zip(&lowest[rows]) {
                    if lowest <= zoom && self.row_window(arena, row).intersects(wanted) {
                        found(row..row + 1);
                    }
                }
            }
        }
    }

    /// The rows below a node.
    fn rows(&self, level: usize, number: usize) -> Range<usize> {
        let below = FAN_OUT.pow(u32::try_from(level).unwrap_or(u32::MAX) + 1);
        number * below..((number + 1) * below).min(self.len)
    }

    /// How many rows that are not `buried` have a window that meets `wanted`, at whichever zoom they show. A node inside
    /// is counted without looking at its rows.
    #[must_use]
    pub fn count(&self, arena: &Arena, buried: &Buried, wanted: &Window) -> usize {
        let Some(top) = self.levels.len().checked_sub(1) else { return 0 };
        let mut open: Vec<(usize, usize)> = (0..self.levels[top].len()).map(|node| (top, node)).collect();
        let mut count = 0;
        while let Some((level, number)) = open.pop() {
            let window = &self.levels[level][number].window;
            if !window.intersects(wanted) {
                continue;
            }
            let rows = self.rows(level, number);
            if wanted.contains(window) {
                count += rows.len() - buried.count(rows);
            } else if level > 0 {
                let end = ((number + 1) * FAN_OUT).min(self.levels[level - 1].len());
                open.extend((number * FAN_OUT..end).map(|child| (level - 1, child)));
            } else {
                let meets = |&row: &usize| !buried.contains(row) && self.row_window(arena, row).intersects(wanted);
                count += rows.filter(meets).count();
            }
        }
        count
    }

    /// Bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let nodes: usize = self.levels.iter().map(|level| level.capacity() * size_of::<Node>()).sum();
        nodes + self.leaves.capacity() * size_of::<Window>()
    }
}

fn window(arena: &Arena, leaves: &[Window], row: usize) -> Window {
    if arena.kind() == GeometryKind::Point {
        let [x, y] = arena.world()[row];
        return Window { min_x: x, min_y: y, max_x: x, max_y: y };
    }
    leaves[row]
}

fn parents(children: impl Iterator<Item = Node>) -> Vec<Node> {
    let mut nodes = Vec::with_capacity(children.size_hint().0.div_ceil(FAN_OUT));
    for (number, child) in children.enumerate() {
        match nodes.last_mut() {
            Some(Node { window, lowest, all }) if number % FAN_OUT != 0 => {
                *window = window.union(child.window);
                *lowest = child.lowest.min(*lowest);
                *all = child.all.max(*all);
            }
            _ => nodes.push(child),
        }
    }
    nodes
}
