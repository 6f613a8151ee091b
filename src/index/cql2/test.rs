//! A filter held against a layer: what is true, false or unknown of a row.

use std::cmp::Ordering;

use super::arrays::ArrayTest;
use super::expr::{Comparison, TemporalRelation};
use super::like::Pattern;
use super::number::Number;
use super::operands::{InstantOperand, NumberOperand, TextOperand};
use super::spatial::SpatialTest;
use super::temporal;
use super::value::At;

/// A condition. `None` is unknown (clause 6.2 of the standard).
#[derive(Clone, Debug)]
pub enum Test {
    Known(bool),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// Both, and unknown where either is: BETWEEN.
    Both(Box<[Self; 2]>),
    /// A field that is yes or no.
    Flag(usize),
    CompareText(Comparison, Box<[TextOperand; 2]>),
    CompareNumber(Comparison, Box<[NumberOperand; 2]>),
    CompareInstant(Comparison, Box<[InstantOperand; 2]>),
    CompareBoolean(Comparison, Box<[Self; 2]>),
    /// One of a sorted list.
    TextIn(TextOperand, Vec<String>),
    NumberIn(NumberOperand, Vec<Number>),
    InstantIn(InstantOperand, Vec<i64>),
    Like(TextOperand, Pattern),
    NoText(TextOperand),
    NoNumber(NumberOperand),
    NoInstant(InstantOperand),
    NoBoolean(Box<Self>),
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
            Self::Both(pair) => Some(pair[0].of(at)? & pair[1].of(at)?),
            Self::Flag(field) => at.flag(*field),
            Self::CompareText(comparison, pair) => {
                Some(holds(*comparison, at.text(&pair[0])?.as_ref().cmp(at.text(&pair[1])?.as_ref())))
            }
            Self::CompareNumber(comparison, pair) => {
                Some(holds(*comparison, at.number(&pair[0])?.order(at.number(&pair[1])?)))
            }
            Self::CompareInstant(comparison, pair) => {
                Some(holds(*comparison, at.instant(&pair[0])?.cmp(&at.instant(&pair[1])?)))
            }
            Self::CompareBoolean(comparison, pair) => Some(holds(*comparison, pair[0].of(at)?.cmp(&pair[1].of(at)?))),
            Self::TextIn(text, list) => {
                let text = at.text(text)?;
                Some(list.binary_search_by(|listed| listed.as_str().cmp(&text)).is_ok())
            }
            Self::NumberIn(number, list) => {
                let number = at.number(number)?;
                Some(list.binary_search_by(|listed| listed.order(number)).is_ok())
            }
            Self::InstantIn(instant, list) => Some(list.binary_search(&at.instant(instant)?).is_ok()),
            Self::Like(text, pattern) => Some(pattern.fits(&at.text(text)?)),
            Self::NoText(text) => Some(at.text(text).is_none()),
            Self::NoNumber(number) => Some(at.number(number).is_none()),
            Self::NoInstant(instant) => Some(at.instant(instant).is_none()),
            Self::NoBoolean(test) => Some(test.of(at).is_none()),
            Self::Temporal(relation, ends) => temporal::holds(*relation, ends, at),
            Self::Spatial(test) => Some(test.of(at.rows.arena(), at.row)),
            Self::Array(test) => test.of(at),
            Self::OfText { field, table, test } => {
                let code = at.code(*field)?;
                at.tables[*table].answer(at, *field, code, test)
            }
        }
    }

    /// How much work it is, in steps of a comparison: among the conditions of an AND, the cheap ones go first.
    pub fn cost(&self) -> usize {
        let sum = |tests: &[Self]| 1 + tests.iter().map(Self::cost).sum::<usize>();
        match self {
            Self::Known(_) => 0,
            Self::All(tests) | Self::Any(tests) => sum(tests),
            Self::Not(test) | Self::NoBoolean(test) => test.cost(),
            Self::Both(pair) | Self::CompareBoolean(_, pair) => sum(pair.as_slice()),
            Self::Flag(_) | Self::CompareInstant(..) | Self::NoInstant(_) | Self::OfText { .. } => 1,
            Self::InstantIn(..) | Self::Temporal(..) => 5,
            Self::CompareNumber(_, pair) => pair.iter().map(NumberOperand::cost).sum(),
            Self::NumberIn(number, _) | Self::NoNumber(number) => 5 + number.cost(),
            Self::CompareText(..) | Self::TextIn(..) | Self::Like(..) | Self::NoText(_) => 20,
            Self::Spatial(test) => test.cost(),
            Self::Array(_) => 1_000,
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

/// Whether an order of two values is what a comparison asks for.
pub fn holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::Unequal => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::Greater => order.is_gt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}
