//! The order of the features in a tile.

use crate::model::Selection;
use crate::model::rows::Rank;

/// The rows of all selections by rank, each with the number of its selection: a tile does not depend on the history of
/// its layer, whose rows lie in several blocks after edits. The largest selection is in order; the others, which edits
/// left and which are small, are put into it by bisection. What is met twice, across the antimeridian, goes by its shift.
#[must_use]
pub fn in_order(selections: &[Selection]) -> Vec<(usize, u32)> {
    in_order_between(selections, None, None)
}

/// The same of the rows from a rank on and before another.
#[must_use]
pub fn in_order_between(selections: &[Selection], from: Option<Rank>, to: Option<Rank>) -> Vec<(usize, u32)> {
    let between = |selection: &'_ Selection| {
        let before = |bound: Rank| selection.numbers.partition_point(|&row| selection.rank(row) < bound);
        from.map_or(0, before)..to.map_or(selection.numbers.len(), before)
    };
    let runs: Vec<&[u32]> = selections.iter().map(|selection| &selection.numbers[between(selection)]).collect();
    let Some(largest) = (0..runs.len()).max_by_key(|&number| runs[number].len()) else {
        return Vec::new();
    };
    let main = &selections[largest];
    let mut others: Vec<(Rank, i64, usize, u32)> = Vec::new();
    for (number, selection) in selections.iter().enumerate().filter(|&(number, _)| number != largest) {
        others.extend(runs[number].iter().map(|&row| (selection.rank(row), selection.shift, number, row)));
    }
    others.sort_unstable();
    let mut rest = runs[largest];
    let mut order = Vec::with_capacity(rest.len() + others.len());
    for (rank, shift, number, row) in others {
        let before = rest.partition_point(|&row| (main.rank(row), main.shift) < (rank, shift));
        order.extend(rest[..before].iter().map(|&row| (largest, row)));
        order.push((number, row));
        rest = &rest[before..];
    }
    order.extend(rest.iter().map(|&row| (largest, row)));
    order
}
