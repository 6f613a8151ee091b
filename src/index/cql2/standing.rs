//! Filters that stand in a file and are asked again and again: nobody looks at each answer and wonders why it is empty.

use super::bind::Filter;
use super::error::{FilterError, Shown};
use super::expr::{Comparison, Expr};
use super::parser::parse_text;
use crate::model::{Audience, Layer};

impl Filter {
    /// A filter from its text in a file, in longitude and latitude. Beyond what [`Filter::compile`] refuses, it refuses to compare a field
    /// with a code that it does not have: no feature could ever have it. Over HTTP that is a question like any other, whose answer is
    /// empty.
    pub fn standing(text: &str, layer: &Layer, audience: Audience) -> Result<Self, FilterError> {
        let expr = parse_text(text)?;
        let filter = Self::compile(&expr, layer, audience, &Some)?;
        codes(&expr, layer)?;
        Ok(filter)
    }
}

/// Comparisons of a field with texts as they are; where a function stands around the field, it says what it likes.
fn codes(expr: &Expr, layer: &Layer) -> Result<(), FilterError> {
    match expr {
        Expr::Compare(Comparison::Equal | Comparison::Unequal, pair) => match &**pair {
            [Expr::Property(name), Expr::Text(code)] | [Expr::Text(code), Expr::Property(name)] => {
                known(layer, name, code)
            }
            _ => Ok(()),
        },
        Expr::In(value, list) => match &**value {
            Expr::Property(name) => list.iter().try_for_each(|one| match one {
                Expr::Text(code) => known(layer, name, code),
                _ => Ok(()),
            }),
            _ => Ok(()),
        },
        other => other.children().try_for_each(|child| codes(child, layer)),
    }
}

fn known(layer: &Layer, name: &str, code: &str) -> Result<(), FilterError> {
    let Some(field) = layer.field_index(name).map(|place| &layer.fields[place]) else { return Ok(()) };
    let codes: Vec<&str> = field.codes.iter().map(|known| known.code.as_str()).collect();
    if codes.is_empty() || codes.contains(&code) {
        return Ok(());
    }
    Err(FilterError::UnknownCode { field: name.to_owned(), code: Shown::new(code), known: codes.join(", ") })
}
