//! The value table of one tile layer: each value once (MVT 2.1, section 4.4).

use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::mvt::{field_bytes, varint, varint_length};
use crate::model::ValueRef;
use crate::model::columns::{Column, NO_CODE};

/// The values so far, already encoded. Emptied and used again from layer to layer: growing the table anew took a tenth of the
/// time of a tile.
#[derive(Debug, Default)]
pub struct Values {
    /// The `values` fields of the layer message.
    encoded: Vec<u8>,
    count: u32,
    known: HashTable<Known>,
    hasher: DefaultHashBuilder,
}

/// Where a value stands in `encoded`. It is compared there, so the table holds no reference to a row.
#[derive(Debug)]
struct Known {
    hash: u64,
    start: u32,
    number: u32,
}

/// Where the texts of one column of one block of rows stand in the value table, by dictionary code: index plus one, 0 is not
/// met yet. So a text is hashed once a tile, not once a feature. Empty for large dictionaries, such as names: most of
/// their texts are met once.
#[derive(Debug)]
pub struct CodeTable(Vec<u32>);

/// Dictionaries up to this many texts get a table: 16 kB, cleared faster than one text is hashed.
const LARGE: usize = 4096;

impl CodeTable {
    /// For one column.
    #[must_use]
    pub fn new(column: &Column) -> Self {
        match column {
            Column::Text { dictionary, .. } if dictionary.texts().len() <= LARGE => {
                Self(vec![0; dictionary.texts().len()])
            }
            _ => Self(Vec::new()),
        }
    }
}

impl Values {
    /// Begins a new layer.
    pub fn clear(&mut self) {
        self.encoded.clear();
        self.count = 0;
        self.known.clear();
    }

    /// Exchanges two tables.
    pub fn swap(&mut self, other: &mut Self) {
        std::mem::swap(self, other);
    }

    /// Bytes held on the heap, about.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.encoded.capacity() + self.known.capacity() * (size_of::<Known>() + 1)
    }

    /// Gives back room beyond `bytes`.
    pub fn shrink_to(&mut self, bytes: usize) {
        self.clear();
        self.encoded.shrink_to(bytes);
        self.known.shrink_to(bytes / size_of::<Known>(), |of| of.hash);
    }

    /// The number of a row's value in the table, `None` when it has none.
    pub fn number(&mut self, column: &Column, row: usize, codes_known: &mut CodeTable) -> Option<u32> {
        let Column::Text { codes, dictionary } = column else {
            return column.get(row).map(|value| self.other(value));
        };
        let code = codes[row];
        if code == NO_CODE {
            return None;
        }
        let Some(slot) = codes_known.0.get_mut(code as usize) else {
            return Some(self.text(dictionary.texts().get(code)));
        };
        if *slot == 0 {
            *slot = self.text(dictionary.texts().get(code)) + 1;
        }
        Some(*slot - 1)
    }

    /// The number of a text in the table.
    pub fn text(&mut self, text: &str) -> u32 {
        let start = self.encoded.len();
        self.append_text(text);
        self.once(start)
    }

    fn append_text(&mut self, text: &str) {
        let length = text.len() as u64;
        varint(&mut self.encoded, (4 << 3) | 2);
        varint(&mut self.encoded, 1 + varint_length(length) + length);
        field_bytes(&mut self.encoded, 1, text.as_bytes());
    }

    /// The number of a value that is not a text in the column.
    fn other(&mut self, value: ValueRef<'_>) -> u32 {
        let start = self.encoded.len();
        append(&mut self.encoded, value);
        self.once(start)
    }

    /// The number of the value that was appended from `start` on; it is taken back when the table has it already.
    fn once(&mut self, start: usize) -> u32 {
        let Self { encoded, count, known, hasher } = self;
        let (before, new) = encoded.split_at(start);
        let hash = hasher.hash_one(new);
        // With its length in front no value is the beginning of another.
        let same = |of: &Known| of.hash == hash && before[of.start as usize..].starts_with(new);
        match known.entry(hash, same, |of| of.hash) {
            Entry::Occupied(known) => {
                let number = known.get().number;
                encoded.truncate(start);
                number
            }
            Entry::Vacant(slot) => {
                let (start, number) = (u32::try_from(start).unwrap_or(u32::MAX), *count);
                slot.insert(Known { hash, start, number });
                *count += 1;
                number
            }
        }
    }

    /// The `values` fields of the layer message.
    #[must_use]
    pub fn encoded(&self) -> &[u8] {
        &self.encoded
    }
}

/// The `values` field with its `Value` message. Whole numbers are `uint_value`, or `sint_value` below zero; reals always
/// `double_value`, so that a field has one type in every tile; dates are texts.
fn append(to: &mut Vec<u8>, value: ValueRef<'_>) {
    let mut field = |key: u64, number: u64| {
        varint(to, (4 << 3) | 2);
        varint(to, 1 + varint_length(number));
        varint(to, key << 3);
        varint(to, number);
    };
    match value {
        ValueRef::Integer(number) => match u64::try_from(number) {
            Ok(number) => field(5, number),
            Err(_) => field(6, ((number << 1) ^ (number >> 63)).cast_unsigned()),
        },
        ValueRef::Boolean(flag) => field(7, u64::from(flag)),
        ValueRef::Real(number) => {
            to.extend_from_slice(&[(4 << 3) | 2, 9, (3 << 3) | 1]);
            to.extend_from_slice(&number.to_le_bytes());
        }
        text => {
            let mut message = Vec::new();
            field_bytes(&mut message, 1, text.to_string().as_bytes());
            field_bytes(to, 4, &message);
        }
    }
}
