//! What operands are for a row.

use std::borrow::Cow;

use super::bind::Table;
use super::number::Number;
use super::operands::{InstantOperand, NumberOperand, TextOperand};
use crate::geo::{Geometry, measure};
use crate::index::fold::{bare, caseless};
use crate::model::Rows;
use crate::model::columns::{Column, NO_CODE};

/// A row among rows.
#[derive(Clone, Copy)]
pub struct At<'r> {
    pub rows: &'r Rows,
    pub row: usize,
    /// Stands for the text of every field: what is asked about depends on one field only, and this is one of its texts.
    pub text: Option<&'r str>,
    pub tables: &'r [Table],
}

impl<'r> At<'r> {
    pub fn text(self, operand: &'r TextOperand) -> Option<Cow<'r, str>> {
        match operand {
            TextOperand::Id => Some(Cow::Borrowed(self.rows.id(self.row))),
            TextOperand::Field(field) => self.text.or_else(|| self.field_text(*field)).map(Cow::Borrowed),
            TextOperand::Literal(text) => Some(Cow::Borrowed(text)),
            TextOperand::Caseless(inner) => self.text(inner).map(|text| Cow::Owned(caseless(&text))),
            TextOperand::Bare(inner) => self.text(inner).map(|text| Cow::Owned(bare(&text))),
        }
    }

    fn field_text(self, field: usize) -> Option<&'r str> {
        let Column::Text { dictionary, .. } = &self.rows.columns()[field] else { return None };
        self.code(field).map(|code| dictionary.texts().get(code))
    }

    /// The code of a text in its dictionary.
    pub fn code(self, field: usize) -> Option<u32> {
        let Column::Text { codes, .. } = &self.rows.columns()[field] else { return None };
        Some(codes[self.row]).filter(|&code| code != NO_CODE)
    }

    pub fn number(self, operand: &NumberOperand) -> Option<Number> {
        match operand {
            NumberOperand::Literal(number) => Some(*number),
            NumberOperand::Field(field) => match &self.rows.columns()[*field] {
                Column::Integer(column) => Some(column[self.row]).filter(|&n| n != i64::MIN).map(Number::Integer),
                Column::Real(column) => Number::real(column[self.row]),
                _ => None,
            },
            NumberOperand::Id => self.rows.id(self.row).parse().ok().map(Number::Integer),
            NumberOperand::Arithmetic(operator, pair) => {
                let [left, right] = pair.as_ref();
                self.number(left)?.combine(*operator, self.number(right)?)
            }
            NumberOperand::Area => Number::real(area(&self.geometry())),
            NumberOperand::Length => Number::real(length(&self.geometry())),
        }
    }

    fn geometry(self) -> Geometry {
        self.rows.arena().geometry(self.row)
    }

    pub fn instant(self, operand: &InstantOperand) -> Option<i64> {
        match operand {
            InstantOperand::Literal(instant) => Some(*instant),
            InstantOperand::Date(field) | InstantOperand::Timestamp(field) => match &self.rows.columns()[*field] {
                Column::Date(column) => Some(column[self.row]).filter(|&day| day != i32::MIN).map(i64::from),
                Column::DateTime(column) => Some(column[self.row])
                    .filter(|&moment| moment != i64::MIN)
                    .map(|millis| millis.saturating_mul(1_000)),
                _ => None,
            },
        }
    }

    pub fn flag(self, field: usize) -> Option<bool> {
        let Column::Boolean(column) = &self.rows.columns()[field] else { return None };
        Some(column[self.row]).filter(|&flag| flag < 2).map(|flag| flag == 1)
    }
}

/// Square metres on WGS 84.
fn area(geometry: &Geometry) -> f64 {
    match geometry {
        Geometry::Polygons(polygons) => measure::area(polygons),
        Geometry::Point(_) | Geometry::Lines(_) => 0.0,
    }
}

/// Metres on WGS 84.
fn length(geometry: &Geometry) -> f64 {
    match geometry {
        Geometry::Lines(_) => measure::length_of(geometry),
        Geometry::Point(_) | Geometry::Polygons(_) => 0.0,
    }
}
