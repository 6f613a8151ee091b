//! Values of any kind that can be equal and have an order.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::number::Number;
use super::operands::{InstantOperand, NumberOperand, Operand, TextOperand};
use super::test::Test;
use super::value::At;

/// A value of a row or of a literal. Those of different kinds are never equal.
#[derive(Clone, Debug)]
pub enum Item<'r> {
    Text(Cow<'r, str>),
    Number(Number),
    Boolean(bool),
    Date(i64),
    Timestamp(i64),
    Set(Vec<Self>),
}

impl<'r> Item<'r> {
    /// What an operand is for a row.
    pub fn of(operand: &'r Operand, at: At<'r>) -> Option<Self> {
        match operand {
            Operand::Text(text) => at.text(text).map(Self::Text),
            Operand::Number(number) => at.number(number).map(Self::Number),
            Operand::Boolean(test) => test.of(at).map(Self::Boolean),
            Operand::Date(instant) => at.instant(instant).map(Self::Date),
            Operand::Timestamp(instant) => at.instant(instant).map(Self::Timestamp),
            Operand::Array(elements) => Self::set(elements, at).map(Self::Set),
            Operand::Interval(..) | Operand::Geometry(_) => None,
        }
    }

    /// Sorted, each element once. `None` where an element has no value.
    pub fn set(elements: &'r [Operand], at: At<'r>) -> Option<Vec<Self>> {
        let mut items: Vec<Self> = elements.iter().map(|element| Self::of(element, at)).collect::<Option<_>>()?;
        items.sort_by(Self::order);
        items.dedup_by(|a, b| a.order(b).is_eq());
        Some(items)
    }

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

    /// Texts by code points, false before true, instants by time; sets and different kinds in any order that is always the same.
    pub fn order(&self, other: &Self) -> Ordering {
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

/// What an operand is for every row, if it is a literal.
pub fn literal(operand: &Operand) -> Option<Item<'static>> {
    match operand {
        Operand::Text(TextOperand::Literal(text)) => Some(Item::Text(Cow::Owned(text.clone()))),
        Operand::Number(NumberOperand::Literal(number)) => Some(Item::Number(*number)),
        Operand::Boolean(Test::Known(flag)) => Some(Item::Boolean(*flag)),
        Operand::Date(InstantOperand::Literal(instant)) => Some(Item::Date(*instant)),
        Operand::Timestamp(InstantOperand::Literal(instant)) => Some(Item::Timestamp(*instant)),
        _ => None,
    }
}
