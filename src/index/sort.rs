//! The order in which features are wanted: by values of fields, those without a value last, then by id.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::fold::fold;
use super::page::{Found, by_id};
use crate::model::columns::Column;
use crate::model::{Rows, Value, ValueRef};

/// One field of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// An index in `Layer::fields`.
    pub field: usize,
    /// The largest first.
    pub descending: bool,
}

/// Behind which feature a sorted page begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// Its values, one for each key, as they were then.
    pub values: Vec<Option<Value>>,
    /// Its id.
    pub id: String,
}

/// A value ready to be compared. Texts are compared without case and accents first, so that Đ stands by D.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    Text(Arc<[String; 2]>),
    Whole(i64),
    Real(f64),
    None,
}

impl Place {
    fn of(value: Option<ValueRef<'_>>) -> Self {
        match value {
            None => Self::None,
            Some(ValueRef::Text(text)) => Self::Text(Arc::new([fold(text), text.to_owned()])),
            Some(ValueRef::Integer(number)) => Self::Whole(number),
            Some(ValueRef::Real(number)) => Self::Real(number),
            Some(ValueRef::Boolean(flag)) => Self::Whole(i64::from(flag)),
            Some(ValueRef::Date(day)) => Self::Whole(i64::from(chrono::Datelike::num_days_from_ce(&day))),
            Some(ValueRef::DateTime(moment)) => Self::Whole(moment.timestamp_millis()),
        }
    }

    /// What has no value is last, whichever way the others run.
    fn order(&self, other: &Self, descending: bool) -> Ordering {
        let order = match (self, other) {
            (Self::None, Self::None) => return Ordering::Equal,
            (Self::None, _) => return Ordering::Greater,
            (_, Self::None) => return Ordering::Less,
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            (Self::Whole(one), Self::Whole(other)) => one.cmp(other),
            (Self::Real(one), Self::Real(other)) => one.total_cmp(other),
            // A field has one type.
            _ => Ordering::Equal,
        };
        if descending { order.reverse() } else { order }
    }
}

/// Some features in order: the first `count` of `rows` behind a cursor, by `keys`.
#[must_use]
pub fn sorted(
    selections: &[(Arc<Rows>, Vec<u32>)],
    keys: &[SortKey],
    after: Option<&Cursor>,
    count: usize,
) -> Vec<Found> {
    let mut placed: Vec<(Vec<Place>, &Arc<Rows>, usize)> = Vec::new();
    for (rows, numbers) in selections {
        // A text is folded once, not once a row.
        let mut texts: HashMap<(usize, u32), Place> = HashMap::new();
        let mut place = |field: usize, row: usize| match &rows.columns()[field] {
            column @ Column::Text { codes, .. } => {
                texts.entry((field, codes[row])).or_insert_with(|| Place::of(column.get(row))).clone()
            }
            column => Place::of(column.get(row)),
        };
        for row in numbers.iter().map(|&row| row as usize) {
            placed.push((keys.iter().map(|key| place(key.field, row)).collect(), rows, row));
        }
    }
    let order = |one: (&[Place], &str), other: (&[Place], &str)| {
        let pairs = one.0.iter().zip(other.0).zip(keys);
        let by_keys = pairs.map(|((one, other), key)| one.order(other, key.descending));
        by_keys.fold(Ordering::Equal, Ordering::then).then_with(|| by_id(one.1, other.1))
    };
    if let Some(Cursor { values, id }) = after {
        let behind: Vec<Place> = values.iter().map(|value| Place::of(value.as_ref().map(Value::as_ref))).collect();
        placed.retain(|(places, rows, row)| order((places, rows.id(*row)), (&behind, id)) == Ordering::Greater);
    }
    let compare = |one: &(Vec<Place>, &Arc<Rows>, usize), other: &(Vec<Place>, &Arc<Rows>, usize)| {
        order((&one.0, one.1.id(one.2)), (&other.0, other.1.id(other.2)))
    };
    super::page::first(&mut placed, count, compare);
    placed.into_iter().map(|(_, rows, row)| Found { rows: Arc::clone(rows), row }).collect()
}
