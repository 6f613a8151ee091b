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
        /// Where the column begins in [`Met::codes`].
        first: usize,
    },
    /// Texts of a large dictionary, such as names: most are met once.
    Texts {
        /// A code a row.
        codes: &'a [u32],
        /// What the codes stand for.
        texts: &'a Texts,
    },
    /// Anything else: numbers, dates.
    Numbers {
        /// The values.
        column: &'a Column,
        /// Which of [`Met::numbers`] is the column's.
        recent: usize,
    },
}

/// Where values that a tile layer has met stand in the value table: number plus one, 0 is not met. One piece of memory for
/// all columns, used again from layer to layer.
#[derive(Debug, Default)]
pub struct Met {
    /// Of texts in small dictionaries, by code, column after column.
    codes: Vec<u32>,
    /// The numbers that each column had last. Most columns have few (heights, widths), others lose what they had.
    numbers: Vec<[(u64, u32); RECENT]>,
}

impl Met {
    /// Begins a new layer.
    pub fn clear(&mut self) {
        self.codes.clear();
        self.numbers.clear();
    }
}

/// Dictionaries up to this many texts are small: to clear the numbers of one is to write 16 kB.
const LARGE: usize = 4096;

/// Numbers of a column that are kept.
const RECENT: usize = 64;

impl<'a> Source<'a> {
    /// Of a column; `None` of one in which no row has a text.
    #[must_use]
    pub fn new(column: &'a Column, met: &mut Met) -> Option<Self> {
        let Column::Text { codes, dictionary } = column else {
            met.numbers.push([(0, 0); RECENT]);
            return Some(Self::Numbers { column, recent: met.numbers.len() - 1 });
        };
        let (texts, first) = (dictionary.texts(), met.codes.len());
        if texts.len() > LARGE {
            return Some(Self::Texts { codes, texts });
        }
        met.codes.resize(first + texts.len(), 0);
        (!texts.is_empty()).then_some(Self::Coded { codes, texts, first })
    }

    /// Whether each row is expected to have a value of its own.
    #[must_use]
    pub fn is_name(&self) -> bool {
        matches!(self, Self::Texts { .. })
    }

    /// The number of a row's value in the value table, `None` when it has none.
    #[inline]
    pub fn number(&self, row: usize, values: &mut Values, met: &mut Met) -> Option<u32> {
        match self {
            Self::Coded { codes, texts, first } => {
                let code = codes[row];
                if code == NO_CODE {
                    return None;
                }
                let slot = &mut met.codes[first + code as usize];
                if *slot == 0 {
                    *slot = values.text(texts.bytes(code)) + 1;
                }
                Some(*slot - 1)
            }
            Self::Texts { codes, texts } => {
                let code = codes[row];
                (code != NO_CODE).then(|| values.text(texts.bytes(code)))
            }
            Self::Numbers { column, recent } => {
                let bits = column.bits(row)?;
                let slot = &mut met.numbers[*recent][place(bits)];
                if slot.0 != bits || slot.1 == 0 {
                    *slot = (bits, values.number(column.get(row)?) + 1);
                }
                Some(slot.1 - 1)
            }
        }
    }
}

/// Where among the recent numbers of a column: by a multiplicative hash (D. E. Knuth, "The Art of Computer
/// Programming", volume 3, section 6.4).
#[inline]
fn place(bits: u64) -> usize {
    (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize % RECENT
}
