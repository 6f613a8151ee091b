//! The order of the features in a tile.

use crate::model::Selection;
use crate::model::rows::Rank;

/// The rows of all selections by rank, each with the number of its selection: a tile does not depend on the history of
/// its layer, whose rows lie in several blocks after edits. The largest selection is in order; the others, which edits
/// left and which are small, are put into it by bisection. What is met twice, across the antimeridian, goes by its shift.
#[must_use]
pub fn in_order(selections: &[Selection]) -> Vec<(usize, u32)> {
    let Some(largest) = (0..selections.len()).max_by_key(|&number| selections[number].numbers.len()) else {
        return Vec::new();
    };
    let main = &selections[largest];
    let mut others: Vec<(Rank, i64, usize, u32)> = Vec::new();
    for (number, selection) in selections.iter().enumerate().filter(|&(number, _)| number != largest) {
        others.extend(selection.numbers.iter().map(|&row| (selection.rank(row), selection.shift, number, row)));
    }
    others.sort_unstable();
    let mut order = Vec::with_capacity(main.numbers.len() + others.len());
    let mut rest = main.numbers.as_slice();
    for (rank, shift, number, row) in others {
        let before = rest.partition_point(|&row| (main.rank(row), main.shift) < (rank, shift));
        order.extend(rest[..before].iter().map(|&row| (largest, row)));
        order.push((number, row));
        rest = &rest[before..];
    }
    order.extend(rest.iter().map(|&row| (largest, row)));
    order
}
