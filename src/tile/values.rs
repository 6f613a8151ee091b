//! The value table of one tile layer: each value once (MVT 2.1, section 4.4), texts found by their dictionary code.

use hashbrown::hash_map::Entry;

use super::mvt::{field_bytes, varint, varint_length};
use crate::model::ValueRef;
use crate::model::columns::{Column, NO_CODE};

/// The values so far, already encoded.
#[derive(Debug, Default)]
pub struct Values<'a> {
    /// The `values` fields of the layer message.
    encoded: Vec<u8>,
    count: u32,
    texts: hashbrown::HashMap<&'a str, u32>,
    others: hashbrown::HashMap<(u8, u64), u32>,
}

/// Where the texts of one column of one block of rows stand in the value table, by dictionary code: a text is hashed once a
/// tile, not once a feature.
#[derive(Debug)]
pub enum CodeTable {
    /// For dictionaries that are small beside the tile: index plus one, 0 is not met yet.
    Dense(Vec<u32>),
    /// For large ones, such as names.
    Sparse(hashbrown::HashMap<u32, u32>),
}

/// Dictionaries up to this many texts get a dense table: 16 kB, cleared faster than one text is hashed.
const DENSE: usize = 4096;

impl CodeTable {
    /// For one column.
    #[must_use]
    pub fn new(column: &Column) -> Self {
        match column {
            Column::Text { dictionary, .. } if dictionary.texts().len() <= DENSE => {
                Self::Dense(vec![0; dictionary.texts().len()])
            }
            _ => Self::Sparse(hashbrown::HashMap::new()),
        }
    }
}

impl<'a> Values<'a> {
    /// The number of a row's value in the table, `None` when it has none.
    pub fn number(&mut self, column: &'a Column, row: usize, known: &mut CodeTable) -> Option<u32> {
        let Column::Text { codes, dictionary } = column else {
            return column.get(row).map(|value| self.other(value));
        };
        let code = codes[row];
        if code == NO_CODE {
            return None;
        }
        Some(match known {
            CodeTable::Dense(table) => {
                let slot = &mut table[code as usize];
                if *slot == 0 {
                    *slot = self.text(dictionary.texts().get(code)) + 1;
                }
                *slot - 1
            }
            CodeTable::Sparse(table) => *table.entry(code).or_insert_with(|| self.text(dictionary.texts().get(code))),
        })
    }

    /// The number of a text in the table.
    pub fn text(&mut self, text: &'a str) -> u32 {
        let Self { encoded, count, texts, .. } = self;
        *texts.entry(text).or_insert_with(|| {
            let length = text.len() as u64;
            varint(encoded, (4 << 3) | 2);
            varint(encoded, 1 + varint_length(length) + length);
            field_bytes(encoded, 1, text.as_bytes());
            *count += 1;
            *count - 1
        })
    }

    /// The number of a value that is not a text in the column: numbers and booleans by their bits, dates as text.
    pub fn other(&mut self, value: ValueRef<'_>) -> u32 {
        let key = key(value);
        let Self { encoded, count, others, .. } = self;
        match others.entry(key) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(slot) => *slot.insert(append(encoded, count, &encode(value))),
        }
    }

    /// The `values` fields of the layer message.
    #[must_use]
    pub fn encoded(&self) -> &[u8] {
        &self.encoded
    }
}

fn append(encoded: &mut Vec<u8>, count: &mut u32, value: &[u8]) -> u32 {
    field_bytes(encoded, 4, value);
    *count += 1;
    *count - 1
}

#[expect(clippy::cast_sign_loss, reason = "the bits are the key")]
fn key(value: ValueRef<'_>) -> (u8, u64) {
    match value {
        ValueRef::Integer(number) => (0, number as u64),
        ValueRef::Real(number) => (1, number.to_bits()),
        ValueRef::Boolean(flag) => (2, u64::from(flag)),
        ValueRef::Date(day) => (3, chrono::Datelike::num_days_from_ce(&day) as u64),
        ValueRef::DateTime(moment) => (4, moment.timestamp_millis() as u64),
        ValueRef::Text(_) => (5, 0),
    }
}

/// The `Value` message. Whole numbers are `uint_value`, or `sint_value` below zero; reals always `double_value`, so that a
/// field has one type in every tile.
fn encode(value: ValueRef<'_>) -> Vec<u8> {
    let mut message = Vec::with_capacity(10);
    match value {
        ValueRef::Integer(number) => {
            if let Ok(number) = u64::try_from(number) {
                varint(&mut message, 5 << 3);
                varint(&mut message, number);
            } else {
                varint(&mut message, 6 << 3);
                varint(&mut message, ((number << 1) ^ (number >> 63)).cast_unsigned());
            }
        }
        ValueRef::Real(number) => {
            varint(&mut message, (3 << 3) | 1);
            message.extend_from_slice(&number.to_le_bytes());
        }
        ValueRef::Boolean(flag) => {
            varint(&mut message, 7 << 3);
            varint(&mut message, u64::from(flag));
        }
        text => field_bytes(&mut message, 1, text.to_string().as_bytes()),
    }
    message
}
