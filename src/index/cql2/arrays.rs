//! Arrays, which are sets: no order, nothing twice.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::expr::ArrayRelation;
use super::number::Number;
use super::operands::Operand;
use super::value::At;

/// A relation of two arrays.
#[derive(Clone, Debug)]
pub struct ArrayTest {
    relation: ArrayRelation,
    arrays: [Vec<Operand>; 2],
}

/// An element. Those of different kinds are never equal.
enum Item<'r> {
    Text(Cow<'r, str>),
    Number(Number),
    Boolean(bool),
    Date(i64),
    Timestamp(i64),
    Set(Vec<Self>),
}

impl ArrayTest {
    /// Of elements that are no geometries and no intervals.
    pub fn new(relation: ArrayRelation, arrays: [Vec<Operand>; 2]) -> Self {
        Self { relation, arrays }
    }

    /// Holds it against a row. Unknown where an element is.
    pub fn of<'r>(&'r self, at: At<'r>) -> Option<bool> {
        let [first, second] = [set(&self.arrays[0], at)?, set(&self.arrays[1], at)?];
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

/// Sorted, each element once.
fn set<'r>(elements: &'r [Operand], at: At<'r>) -> Option<Vec<Item<'r>>> {
    let mut items: Vec<Item<'r>> = elements.iter().map(|element| item(element, at)).collect::<Option<_>>()?;
    items.sort_by(Item::order);
    items.dedup_by(|a, b| a.order(b).is_eq());
    Some(items)
}

fn item<'r>(operand: &'r Operand, at: At<'r>) -> Option<Item<'r>> {
    match operand {
        Operand::Text(text) => at.text(text).map(Item::Text),
        Operand::Number(number) => at.number(number).map(Item::Number),
        Operand::Boolean(test) => test.of(at).map(Item::Boolean),
        Operand::Date(instant) => at.instant(instant).map(Item::Date),
        Operand::Timestamp(instant) => at.instant(instant).map(Item::Timestamp),
        Operand::Array(elements) => set(elements, at).map(Item::Set),
        Operand::Interval(..) | Operand::Geometry(_) => None,
    }
}

impl Item<'_> {
    fn rank(&self) -> u8 {
        match self {
            Self::Text(_) => 0,
            Self::Number(_) => 1,
            Self::Boolean(_) => 2,
            Self::Date(_) => 3,
            Self::Timestamp(_) => 4,
            Self::Set(_) => 5,
        }
    }

    /// Any order will do that makes equal what is equal.
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.order(*b),
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) | (Self::Timestamp(a), Self::Timestamp(b)) => a.cmp(b),
            (Self::Set(a), Self::Set(b)) => {
                let different = a.iter().zip(b).map(|(a, b)| a.order(b)).find(|order| order.is_ne());
                different.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}
