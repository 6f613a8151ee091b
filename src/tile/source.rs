//! Where a tile takes the values of one field from.

use super::values::Values;
use crate::model::columns::{Column, NO_CODE, Texts};

/// One column of one block of rows, looked at once a tile instead of once a row.
#[derive(Debug)]
pub enum Source<'a> {
    /// Texts of a small dictionary: each is looked up in the value table once.
    Coded {
        /// A code a row.
        codes: &'a [u32],
        /// What the codes stand for.
        texts: &'a Texts,
        /// Where the numbers of the texts begin in [`Coded`].
        first: usize,
    },
    /// Texts of a large dictionary, such as names: most are met once.
    Texts {
        /// A code a row.
        codes: &'a [u32],
        /// What the codes stand for.
        texts: &'a Texts,
    },
    /// Anything else.
    Other(&'a Column),
}

/// Where the texts of small dictionaries stand in the value table, by code: number plus one, 0 is not met yet. One
/// piece of memory for all columns of a tile layer, used again from layer to layer.
#[derive(Debug, Default)]
pub struct Coded(Vec<u32>);

impl Coded {
    /// Begins a new layer.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Dictionaries up to this many texts are small: 16 kB, cleared faster than one text is hashed.
const LARGE: usize = 4096;

impl<'a> Source<'a> {
    /// Of a column; `None` of one in which no row has a text.
    #[must_use]
    pub fn new(column: &'a Column, coded: &mut Coded) -> Option<Self> {
        let Column::Text { codes, dictionary } = column else { return Some(Self::Other(column)) };
        let (texts, first) = (dictionary.texts(), coded.0.len());
        if texts.is_empty() {
            return None;
        }
        if texts.len() > LARGE {
            return Some(Self::Texts { codes, texts });
        }
        coded.0.resize(first + texts.len(), 0);
        Some(Self::Coded { codes, texts, first })
    }

    /// Whether most rows are expected to have a value of their own.
    #[must_use]
    pub fn differs(&self) -> bool {
        !matches!(self, Self::Coded { .. })
    }

    /// The number of a row's value in the value table, `None` when it has none.
    #[inline]
    pub fn number(&self, row: usize, values: &mut Values, coded: &mut Coded) -> Option<u32> {
        match self {
            Self::Coded { codes, texts, first } => {
                let code = codes[row];
                if code == NO_CODE {
                    return None;
                }
                let slot = &mut coded.0[first + code as usize];
                if *slot == 0 {
                    *slot = values.text(texts.bytes(code)) + 1;
                }
                Some(*slot - 1)
            }
            Self::Texts { codes, texts } => {
                let code = codes[row];
                (code != NO_CODE).then(|| values.text(texts.bytes(code)))
            }
            Self::Other(column) => column.get(row).map(|value| values.number(value)),
        }
    }
}
