//! A filter held against a layer: what is true, false or unknown of a row.

use std::cmp::Ordering;

use super::arrays::ArrayTest;
use super::expr::{Comparison, TemporalRelation};
use super::item::Item;
use super::like::Pattern;
use super::operands::{InstantOperand, NumberOperand, Operand, TextOperand};
use super::spatial::SpatialTest;
use super::temporal;
use super::value::At;

/// A condition. `None` is unknown (clause 6.2 of the standard). No operand is ever looked at twice for a row.
#[derive(Clone, Debug)]
pub enum Test {
    Known(bool),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// A field that is yes or no.
    Flag(usize),
    CompareNumber(Comparison, Box<[NumberOperand; 2]>),
    CompareInstant(Comparison, Box<[InstantOperand; 2]>),
    /// Two of any other kind.
    Compare(Comparison, Box<[Operand; 2]>),
    /// A value and its bounds; unknown where any of them is.
    Between(Box<[Operand; 3]>),
    /// A value, literals in order, and what else is listed.
    In(Box<Operand>, Vec<Item<'static>>, Vec<Operand>),
    Like(TextOperand, Pattern),
    NoValue(Box<Operand>),
    Temporal(TemporalRelation, Box<[InstantOperand; 4]>),
    Spatial(Box<SpatialTest>),
    Array(ArrayTest),
    /// What depends on the text of one field only: looked at once for each text of the dictionary. `table` is its number among
    /// those of the filter.
    OfText {
        field: usize,
        table: usize,
        test: Box<Self>,
    },
}

impl Test {
    /// Holds it against a row.
    pub fn of<'r>(&'r self, at: At<'r>) -> Option<bool> {
        match self {
            Self::Known(answer) => Some(*answer),
            Self::All(tests) => decide(tests, at, false),
            Self::Any(tests) => decide(tests, at, true),
            Self::Not(test) => test.of(at).map(|answer| !answer),
            Self::Flag(field) => at.flag(*field),
            Self::CompareNumber(comparison, pair) => {
                Some(holds(*comparison, at.number(&pair[0])?.order(at.number(&pair[1])?)))
            }
            Self::CompareInstant(comparison, pair) => {
                Some(holds(*comparison, at.instant(&pair[0])?.cmp(&at.instant(&pair[1])?)))
            }
            Self::Compare(comparison, pair) => {
                Some(holds(*comparison, Item::of(&pair[0], at)?.order(&Item::of(&pair[1], at)?)))
            }
            Self::Between(three) => {
                let [value, low, high] = [Item::of(&three[0], at)?, Item::of(&three[1], at)?, Item::of(&three[2], at)?];
                Some(low.order(&value).is_le() && value.order(&high).is_le())
            }
            Self::In(value, literals, others) => one_of(&Item::of(value, at)?, literals, others, at),
            Self::Like(text, pattern) => Some(pattern.fits(&at.text(text)?)),
            Self::NoValue(operand) => Some(Item::of(operand, at).is_none()),
            Self::Temporal(relation, ends) => temporal::holds(*relation, ends, at),
            Self::Spatial(test) => Some(test.of(at.rows.arena(), at.row)),
            Self::Array(test) => test.of(at),
            Self::OfText { field, table, test } => at.tables[*table].answer(at, *field, at.code(*field)?, test),
        }
    }

    /// How much work it is at most, in steps of about a nanosecond; a row of lines or polygons counts as one of twenty vertices.
    pub fn cost(&self) -> usize {
        let sum = |tests: &[Self]| 1 + tests.iter().map(Self::cost).sum::<usize>();
        match self {
            Self::Known(_) | Self::Flag(_) => 1,
            Self::All(tests) | Self::Any(tests) => sum(tests),
            Self::Not(test) => 1 + test.cost(),
            Self::OfText { .. } | Self::CompareInstant(..) => 3,
            Self::Temporal(..) => 6,
            Self::CompareNumber(_, pair) => pair.iter().map(NumberOperand::cost).sum(),
            Self::Compare(_, pair) => pair.iter().map(Operand::cost).sum(),
            Self::Between(three) => three.iter().map(Operand::cost).sum(),
            Self::In(value, _, others) => 20 + value.cost() + others.iter().map(Operand::cost).sum::<usize>(),
            Self::Like(text, pattern) => text.cost() + pattern.cost(),
            Self::NoValue(operand) => operand.cost(),
            Self::Spatial(test) => test.cost(),
            Self::Array(test) => test.cost(),
        }
    }
}

/// AND (`decisive` is false) or OR (true): one decisive answer is enough, and what is unknown matters only without one.
fn decide<'r>(tests: &'r [Test], at: At<'r>, decisive: bool) -> Option<bool> {
    let mut known = true;
    for test in tests {
        match test.of(at) {
            Some(answer) if answer == decisive => return Some(decisive),
            Some(_) => {}
            None => known = false,
        }
    }
    known.then_some(!decisive)
}

fn one_of<'r>(value: &Item<'r>, literals: &'r [Item<'static>], others: &'r [Operand], at: At<'r>) -> Option<bool> {
    if literals.binary_search_by(|listed| listed.order(value)).is_ok() {
        return Some(true);
    }
    let mut known = true;
    for other in others {
        match Item::of(other, at) {
            Some(other) if other.order(value).is_eq() => return Some(true),
            Some(_) => {}
            None => known = false,
        }
    }
    known.then_some(false)
}

/// Whether an order of two values is what a comparison asks for.
fn holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::Unequal => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::Greater => order.is_gt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}
