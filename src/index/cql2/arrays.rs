//! Arrays, which are sets: no order, nothing twice.

use super::expr::ArrayRelation;
use super::item::Item;
use super::operands::Operand;
use super::value::At;

/// A relation of two arrays.
#[derive(Clone, Debug)]
pub struct ArrayTest {
    relation: ArrayRelation,
    arrays: [Vec<Operand>; 2],
}

impl ArrayTest {
    /// Of elements that are no geometries and no intervals.
    pub fn new(relation: ArrayRelation, arrays: [Vec<Operand>; 2]) -> Self {
        Self { relation, arrays }
    }

    pub fn cost(&self) -> usize {
        10 + self.arrays.iter().flatten().map(|element| 10 + element.cost()).sum::<usize>()
    }

    /// Holds it against a row. Unknown where an element is.
    pub fn of<'r>(&'r self, at: At<'r>) -> Option<bool> {
        let [first, second] = [Item::set(&self.arrays[0], at)?, Item::set(&self.arrays[1], at)?];
        let has = |set: &[Item<'r>], item: &Item<'r>| set.binary_search_by(|own| own.order(item)).is_ok();
        let holds_all = |one: &[Item<'r>], other: &[Item<'r>]| other.iter().all(|item| has(one, item));
        Some(match self.relation {
            ArrayRelation::Contains => holds_all(&first, &second),
            ArrayRelation::ContainedBy => holds_all(&second, &first),
            ArrayRelation::Equals => holds_all(&first, &second) && holds_all(&second, &first),
            ArrayRelation::Overlaps => second.iter().any(|item| has(&first, item)),
        })
    }
}
