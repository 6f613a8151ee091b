//! Which ward each cell of the board belongs to.

use std::collections::{HashMap, VecDeque};

use super::coverage::{Label, OUTSIDE};
use super::lattice::Hexes;
use super::noise::Noise;
use super::plane::{Place, distance};
use super::region::Region;

/// Cells nearer than this to a ward's centre are the ward's, whatever chance says, metres.
const CORE: f64 = 800.0;

/// Side of the squares that share a list of centres, metres.
const SQUARE: f64 = 8_000.0;

/// How much chance bends a distance. A centre more than [`REACH`] times as far as the nearest cannot win against that.
const BEND: f64 = 0.6;
const REACH: f64 = 2.4;

/// The ward of each cell, by number of its centre: connected, without hairs, each with its own centre inside.
/// `place` says where a cell lies.
pub fn claimed(
    board: &Hexes,
    place: impl Fn(u32) -> Place,
    land: &Region,
    centres: &[Place],
    noise: Noise,
) -> Vec<Label> {
    let mut labels = nearest(board, &place, land, centres, noise);
    let held = held(board, &place, centres);
    for _ in 0..3 {
        settle(board, &mut labels, &held);
    }
    connect(board, &mut labels, &held);
    labels
}

/// Every land cell goes to the centre that is nearest by bent distance.
fn nearest(board: &Hexes, place: impl Fn(u32) -> Place, land: &Region, centres: &[Place], noise: Noise) -> Vec<Label> {
    let mut labels = vec![OUTSIDE; board.len()];
    let mut lists = Lists::default();
    for cell in board.inner() {
        let at = place(cell);
        if !land.holds(at) {
            continue;
        }
        let near = lists.near(at, centres);
        let closest = near.iter().map(|&number| distance(centres[number as usize], at)).fold(f64::INFINITY, f64::min);
        let reach = closest * REACH;
        let rivals = near
            .iter()
            .map(|&number| (number, distance(centres[number as usize], at)))
            .filter(|&(_, far)| far <= reach);
        let bent = rivals.map(|(number, far)| {
            let field = noise.numbered(number);
            (number, far * (1.0 + BEND * field.fractal(at, 8_000.0, 5)))
        });
        labels[cell as usize] = bent.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(OUTSIDE, |(number, _)| number);
    }
    labels
}

/// The centres that can be nearest anywhere in a square.
#[derive(Default)]
struct Lists(HashMap<[i32; 2], Vec<u32>>);

impl Lists {
    #[expect(clippy::cast_possible_truncation, reason = "a province has few squares")]
    fn near(&mut self, at: Place, centres: &[Place]) -> &[u32] {
        let square = at.map(|metres| (metres / SQUARE).floor() as i32);
        self.0.entry(square).or_insert_with(|| {
            let middle = square.map(|number| (f64::from(number) + 0.5) * SQUARE);
            let far = |centre: &Place| distance(*centre, middle);
            let closest = centres.iter().map(far).fold(f64::INFINITY, f64::min);
            let reach = (closest + SQUARE * 0.71) * REACH + SQUARE * 0.71;
            (0u32..).zip(centres).filter(|(_, centre)| far(centre) <= reach).map(|(number, _)| number).collect()
        })
    }
}

/// The cells around the centres, which stay with them.
fn held(board: &Hexes, place: impl Fn(u32) -> Place, centres: &[Place]) -> Vec<Label> {
    let mut held = vec![OUTSIDE; board.len()];
    for (number, &centre) in (0..).zip(centres) {
        let mut queue: VecDeque<u32> = board.cell_at(centre).into_iter().collect();
        while let Some(cell) = queue.pop_front() {
            if held[cell as usize] == OUTSIDE && distance(place(cell), centre) <= CORE {
                held[cell as usize] = number;
                queue.extend(board.neighbours(cell));
            }
        }
    }
    held
}

/// Gives cells with few neighbours of their own kind to the kind that surrounds them.
fn settle(board: &Hexes, labels: &mut [Label], held: &[Label]) {
    for cell in board.inner() {
        if held[cell as usize] != OUTSIDE {
            labels[cell as usize] = held[cell as usize];
            continue;
        }
        let around = board.neighbours(cell).map(|beside| labels[beside as usize]);
        let count = |label: Label| around.iter().filter(|&&other| other == label).count();
        if count(labels[cell as usize]) < 3 {
            let most = around.iter().copied().max_by_key(|&label| (count(label), label != OUTSIDE));
            labels[cell as usize] = most.unwrap_or(OUTSIDE);
        }
    }
}

/// Gives what is cut off from its centre to a neighbour. An island, which has none, goes to one ward.
fn connect(board: &Hexes, labels: &mut [Label], held: &[Label]) {
    let mut reached: Vec<bool> = held.iter().map(|&label| label != OUTSIDE).collect();
    let mut queue: VecDeque<u32> = board.inner().filter(|&cell| reached[cell as usize]).collect();
    let mut own = Vec::new();
    while let Some(cell) = queue.pop_front() {
        own.push(cell);
        spread(board, &mut reached, &mut queue, cell, |beside| labels[beside as usize] == labels[cell as usize]);
    }
    let mut queue = VecDeque::from(own);
    while let Some(cell) = queue.pop_front() {
        let label = labels[cell as usize];
        let first = queue.len();
        spread(board, &mut reached, &mut queue, cell, |beside| labels[beside as usize] != OUTSIDE);
        queue.iter().skip(first).for_each(|&beside| labels[beside as usize] = label);
    }
    for start in board.inner() {
        let label = labels[start as usize];
        let mut queue = VecDeque::new();
        if label != OUTSIDE && !reached[start as usize] {
            reached[start as usize] = true;
            queue.push_back(start);
        }
        while let Some(cell) = queue.pop_front() {
            labels[cell as usize] = label;
            spread(board, &mut reached, &mut queue, cell, |beside| labels[beside as usize] != OUTSIDE);
        }
    }
}

/// Queues the neighbours that are wanted and not reached yet.
fn spread(board: &Hexes, reached: &mut [bool], queue: &mut VecDeque<u32>, cell: u32, wanted: impl Fn(u32) -> bool) {
    for beside in board.neighbours(cell) {
        if !reached[beside as usize] && wanted(beside) {
            reached[beside as usize] = true;
            queue.push_back(beside);
        }
    }
}

/// Labels without hairs, without pieces apart from the largest of each label, and without the holes that they leave.
pub fn tidied(board: &Hexes, mut labels: Vec<Label>) -> Vec<Label> {
    let free = vec![OUTSIDE; labels.len()];
    for _ in 0..3 {
        settle(board, &mut labels, &free);
    }
    let mut pieces = pieces(board, &labels);
    pieces.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
    let mut seen = Vec::new();
    for piece in pieces {
        let label = labels[piece[0] as usize];
        if seen.contains(&label) {
            let around = piece.iter().flat_map(|&cell| board.neighbours(cell)).map(|cell| labels[cell as usize]);
            let instead = around.filter(|&other| other != label).min().unwrap_or(OUTSIDE);
            for cell in piece {
                labels[cell as usize] = instead;
            }
        } else {
            seen.push(label);
        }
    }
    labels
}

/// The connected pieces of equal labels; what is outside counts as a label.
fn pieces(board: &Hexes, labels: &[Label]) -> Vec<Vec<u32>> {
    let mut inner = vec![false; labels.len()];
    board.inner().for_each(|cell| inner[cell as usize] = true);
    let mut pieces = Vec::new();
    for start in board.inner() {
        if !inner[start as usize] {
            continue;
        }
        let mut piece = Vec::new();
        let mut open = vec![start];
        while let Some(cell) = open.pop() {
            if inner[cell as usize] && labels[cell as usize] == labels[start as usize] {
                inner[cell as usize] = false;
                piece.push(cell);
                open.extend(board.neighbours(cell));
            }
        }
        pieces.push(piece);
    }
    pieces
}
