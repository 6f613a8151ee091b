//! Operands of known kind: what a name, a literal or a function of a filter is for one layer.

use super::expr::Operator;
use super::functions::Kind;
use super::number::Number;
use super::test::Test;
use crate::geo::relate::Shape;

/// Something that has a value for a row, or none.
#[derive(Clone, Debug)]
pub enum Operand {
    Text(TextOperand),
    Number(NumberOperand),
    Boolean(Test),
    Date(InstantOperand),
    Timestamp(InstantOperand),
    Interval(Kind, Box<[InstantOperand; 2]>),
    /// `None` is the geometry of the row.
    Geometry(Option<Box<Shape>>),
    Array(Vec<Self>),
}

impl Operand {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Text(_) => Kind::Text,
            Self::Number(_) => Kind::Number,
            Self::Boolean(_) => Kind::Boolean,
            Self::Date(_) => Kind::Date,
            Self::Timestamp(_) => Kind::Timestamp,
            Self::Interval(..) => Kind::Interval,
            Self::Geometry(_) => Kind::Geometry,
            Self::Array(_) => Kind::Array,
        }
    }

    /// See [`Test::cost`].
    pub fn cost(&self) -> usize {
        match self {
            Self::Text(text) => text.cost(),
            Self::Number(number) => number.cost(),
            Self::Boolean(test) => test.cost(),
            Self::Date(_) | Self::Timestamp(_) | Self::Interval(..) | Self::Geometry(_) => 3,
            Self::Array(all) => all.iter().map(|element| 10 + element.cost()).sum(),
        }
    }
}

#[derive(Clone, Debug)]
pub enum TextOperand {
    Id,
    /// The place of a field among those of the layer.
    Field(usize),
    /// In NFC, as all texts of rows are.
    Literal(String),
    Caseless(Box<Self>),
    Bare(Box<Self>),
}

impl TextOperand {
    /// Appends the fields that it depends on; `None` is another part of the row.
    fn fields(&self, found: &mut Vec<Option<usize>>) {
        match self {
            Self::Id => found.push(None),
            Self::Field(field) => found.push(Some(*field)),
            Self::Literal(_) => {}
            Self::Caseless(inner) | Self::Bare(inner) => inner.fields(found),
        }
    }

    /// See [`Test::cost`].
    pub fn cost(&self) -> usize {
        match self {
            Self::Literal(_) => 1,
            Self::Id | Self::Field(_) => 20,
            Self::Caseless(inner) | Self::Bare(inner) => 400 + inner.cost(),
        }
    }
}

/// The only field of the row on which texts depend, if there is exactly one.
pub fn only_field<'a>(texts: impl IntoIterator<Item = &'a TextOperand>) -> Option<usize> {
    let mut found = Vec::new();
    texts.into_iter().for_each(|text| text.fields(&mut found));
    let first = found.first().copied().flatten()?;
    found.iter().all(|field| *field == Some(first)).then_some(first)
}

#[derive(Clone, Debug)]
pub enum NumberOperand {
    /// The id of a layer whose ids are numbers.
    Id,
    Field(usize),
    Literal(Number),
    Arithmetic(Operator, Box<[Self; 2]>),
    Area,
    Length,
}

impl NumberOperand {
    /// See [`Test::cost`].
    pub fn cost(&self) -> usize {
        match self {
            Self::Literal(_) | Self::Field(_) => 2,
            Self::Id => 20,
            Self::Arithmetic(_, pair) => 5 + pair.iter().map(Self::cost).sum::<usize>(),
            Self::Area | Self::Length => 20_000,
        }
    }
}

/// Days since 1970-01-01, or microseconds since its start in UTC. The ends of the range stand for open ends.
#[derive(Clone, Debug)]
pub enum InstantOperand {
    Date(usize),
    Timestamp(usize),
    Literal(i64),
}
