//! One field of many features: a typed column, texts as codes of a dictionary.
//!
//! Absent values are sentinels inside the column (a code, `i64::MIN`, `NaN`), which the door lets nobody store;
//! a bitmap beside each column was the alternative and costs a second look-up a value.

use std::hash::BuildHasher;
use std::ops::Range;

use chrono::{DateTime, Days, NaiveDate};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::layer::FieldType;
use super::value::ValueRef;

/// The code of an absent text.
pub const NO_CODE: u32 = u32::MAX;

const NO_INTEGER: i64 = i64::MIN;
const NO_DAY: i32 = i32::MIN;

/// Texts one after another in one allocation.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    bytes: String,
    ends: Vec<u32>,
}

impl Texts {
    /// Appends a text and returns its number.
    ///
    /// # Panics
    /// Beyond 4 GiB of text.
    pub fn push(&mut self, text: &str) -> u32 {
        let number = u32::try_from(self.ends.len()).expect("fewer texts than bytes");
        self.bytes.push_str(text);
        self.ends.push(u32::try_from(self.bytes.len()).expect("a column holds less than 4 GiB of text"));
        number
    }

    /// The text of a number that [`Self::push`] gave.
    #[must_use]
    pub fn get(&self, number: u32) -> &str {
        self.bytes.get(self.range(number)).unwrap_or_default()
    }

    /// The same in UTF-8, for whoever only copies it: that it begins and ends with a whole character is not looked at.
    #[must_use]
    #[inline]
    pub fn bytes(&self, number: u32) -> &[u8] {
        &self.bytes.as_bytes()[self.range(number)]
    }

    #[inline]
    fn range(&self, number: u32) -> Range<usize> {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        start as usize..self.ends[number] as usize
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * 4
    }

    /// Gives back what growing left over.
    pub fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// Distinct texts by code. The look-up table exists only while the column grows.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    texts: Texts,
    /// By hash, which is kept: growing the table must not read every text again.
    codes: HashTable<(u64, u32)>,
    hasher: DefaultHashBuilder,
}

impl Dictionary {
    fn code(&mut self, text: &str) -> u32 {
        let Self { texts, codes, hasher } = self;
        let hash = hasher.hash_one(text);
        if let Some(&(_, code)) = codes.find(hash, |&(known, code)| known == hash && texts.get(code) == text) {
            return code;
        }
        let code = texts.push(text);
        codes.insert_unique(hash, (hash, code), |&(hash, _)| hash);
        code
    }

    /// The distinct texts, by code.
    #[must_use]
    pub fn texts(&self) -> &Texts {
        &self.texts
    }
}

/// The values of one field, by row number.
#[derive(Clone, Debug)]
pub enum Column {
    /// Texts and codes: [`NO_CODE`] where absent.
    Text {
        /// A code a row.
        codes: Vec<u32>,
        /// What the codes stand for.
        dictionary: Dictionary,
    },
    /// `i64::MIN` where absent.
    Integer(Vec<i64>),
    /// `NaN` where absent.
    Real(Vec<f64>),
    /// 0, 1, or 2 where absent.
    Boolean(Vec<u8>),
    /// Days since 1970-01-01; `i32::MIN` where absent.
    Date(Vec<i32>),
    /// Milliseconds since 1970-01-01 UTC; `i64::MIN` where absent.
    DateTime(Vec<i64>),
}

impl Column {
    /// An empty column for values of a type.
    #[must_use]
    pub fn new(field_type: FieldType) -> Self {
        match field_type {
            FieldType::Text | FieldType::Code => Self::Text { codes: Vec::new(), dictionary: Dictionary::default() },
            FieldType::Integer => Self::Integer(Vec::new()),
            FieldType::Real => Self::Real(Vec::new()),
            FieldType::Boolean => Self::Boolean(Vec::new()),
            FieldType::Date => Self::Date(Vec::new()),
            FieldType::DateTime => Self::DateTime(Vec::new()),
        }
    }

    /// Appends a value. One of another type than the column's is kept as absent; the door never lets one through.
    pub fn push(&mut self, value: Option<ValueRef<'_>>) {
        match (self, value) {
            (Self::Text { codes, dictionary }, Some(ValueRef::Text(text))) => codes.push(dictionary.code(text)),
            (Self::Integer(column), Some(ValueRef::Integer(number))) => column.push(number),
            (Self::Real(column), Some(ValueRef::Real(number))) => column.push(number),
            (Self::Boolean(column), Some(ValueRef::Boolean(flag))) => column.push(u8::from(flag)),
            (Self::Date(column), Some(ValueRef::Date(day))) => column.push(days_since_epoch(day)),
            (Self::DateTime(column), Some(ValueRef::DateTime(moment))) => column.push(moment.timestamp_millis()),
            (column, other) => {
                debug_assert!(other.is_none(), "{other:?} in a column of another type");
                column.push_absent();
            }
        }
    }

    fn push_absent(&mut self) {
        match self {
            Self::Text { codes, .. } => codes.push(NO_CODE),
            Self::Integer(column) | Self::DateTime(column) => column.push(NO_INTEGER),
            Self::Real(column) => column.push(f64::NAN),
            Self::Boolean(column) => column.push(2),
            Self::Date(column) => column.push(NO_DAY),
        }
    }

    /// The value of a row.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<ValueRef<'_>> {
        match self {
            Self::Text { codes, dictionary } => {
                (codes[row] != NO_CODE).then(|| ValueRef::Text(dictionary.texts.get(codes[row])))
            }
            Self::Integer(column) => (column[row] != NO_INTEGER).then(|| ValueRef::Integer(column[row])),
            Self::Real(column) => (!column[row].is_nan()).then(|| ValueRef::Real(column[row])),
            Self::Boolean(column) => (column[row] < 2).then(|| ValueRef::Boolean(column[row] == 1)),
            Self::Date(column) => date(column[row]).map(ValueRef::Date),
            Self::DateTime(column) => (column[row] != NO_INTEGER)
                .then(|| DateTime::from_timestamp_millis(column[row]).map(ValueRef::DateTime))
                .flatten(),
        }
    }

    /// Bits that stand for the value of a row and for no other value of the column.
    #[must_use]
    #[inline]
    pub fn bits(&self, row: usize) -> Option<u64> {
        match self {
            Self::Text { codes, .. } => (codes[row] != NO_CODE).then_some(codes[row].into()),
            Self::Integer(column) | Self::DateTime(column) => {
                (column[row] != NO_INTEGER).then_some(column[row].cast_unsigned())
            }
            Self::Real(column) => (!column[row].is_nan()).then_some(column[row].to_bits()),
            Self::Boolean(column) => (column[row] < 2).then_some(column[row].into()),
            Self::Date(column) => (column[row] != NO_DAY).then_some(column[row].cast_unsigned().into()),
        }
    }

    /// Bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        match self {
            Self::Text { codes, dictionary } => {
                codes.capacity() * 4 + dictionary.texts.heap_bytes() + dictionary.codes.allocation_size()
            }
            Self::Integer(column) | Self::DateTime(column) => column.capacity() * 8,
            Self::Real(column) => column.capacity() * 8,
            Self::Boolean(column) => column.capacity(),
            Self::Date(column) => column.capacity() * 4,
        }
    }

    /// The values of `order`, each the number of one of `sources` (of the same type) and a row of it.
    #[must_use]
    pub fn gather(field_type: FieldType, sources: &[&Self], order: &[(u32, u32)]) -> Self {
        if let Self::Text { .. } = Self::new(field_type) {
            return gather_texts(sources, order);
        }
        let mut column = Self::new(field_type);
        order.iter().for_each(|&(source, row)| column.push(sources[source as usize].get(row as usize)));
        column
    }

    /// Ends growing: gives back spare room and the dictionary's look-up table.
    pub fn finish(&mut self) {
        match self {
            Self::Text { codes, dictionary } => {
                codes.shrink_to_fit();
                dictionary.texts.shrink();
                dictionary.codes = HashTable::new();
            }
            Self::Integer(column) | Self::DateTime(column) => column.shrink_to_fit(),
            Self::Real(column) => column.shrink_to_fit(),
            Self::Boolean(column) => column.shrink_to_fit(),
            Self::Date(column) => column.shrink_to_fit(),
        }
    }
}

/// A code of a source becomes a code of the new dictionary when it is first met. Only where several sources may hold the
/// same text is it hashed for that.
fn gather_texts(sources: &[&Column], order: &[(u32, u32)]) -> Column {
    let sources: Vec<(&[u32], &Dictionary)> = sources
        .iter()
        .filter_map(|column| match column {
            Column::Text { codes, dictionary } => Some((codes.as_slice(), dictionary)),
            _ => None,
        })
        .collect();
    let mut known: Vec<Renumbered> =
        sources.iter().map(|(_, dictionary)| Renumbered::new(dictionary.texts.len(), order.len())).collect();
    let mut gathered = Dictionary::default();
    let mut codes = Vec::with_capacity(order.len());
    for &(source, row) in order {
        let (column, dictionary) = sources[source as usize];
        let code = column[row as usize];
        if code == NO_CODE {
            codes.push(NO_CODE);
            continue;
        }
        let slot = known[source as usize].slot(code);
        if *slot == NO_CODE {
            let text = dictionary.texts.get(code);
            *slot = if sources.len() == 1 { gathered.texts.push(text) } else { gathered.code(text) };
        }
        codes.push(*slot);
    }
    Column::Text { codes, dictionary: gathered }
}

/// The new codes of a dictionary's old ones, [`NO_CODE`] where there is none yet.
enum Renumbered {
    Dense(Vec<u32>),
    /// For a few rows of a large block: an edit must not cost a table as long as the dictionary.
    Sparse(hashbrown::HashMap<u32, u32>),
}

impl Renumbered {
    fn new(texts: usize, rows: usize) -> Self {
        if rows < texts / 8 { Self::Sparse(hashbrown::HashMap::new()) } else { Self::Dense(vec![NO_CODE; texts]) }
    }

    fn slot(&mut self, code: u32) -> &mut u32 {
        match self {
            Self::Dense(codes) => &mut codes[code as usize],
            Self::Sparse(codes) => codes.entry(code).or_insert(NO_CODE),
        }
    }
}

const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a day of the calendar");

fn days_since_epoch(day: NaiveDate) -> i32 {
    i32::try_from(day.signed_duration_since(EPOCH).num_days()).expect("chrono's calendar has fewer than 2^31 days")
}

fn date(days: i32) -> Option<NaiveDate> {
    let distance = Days::new(u64::from(days.unsigned_abs()));
    if days == NO_DAY {
        None
    } else if days < 0 {
        EPOCH.checked_sub_days(distance)
    } else {
        EPOCH.checked_add_days(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Value;

    #[test]
    fn every_type_comes_back_equal_and_absent_stays_absent() {
        let day = |text: &str| Value::Date(text.parse().expect("a date"));
        let moment = |text: &str| Value::DateTime(text.parse().expect("a moment"));
        let table = [
            (FieldType::Text, vec![Value::Text("Hoà".into()), Value::Text(String::new()), Value::Text("Hoà".into())]),
            (FieldType::Code, vec![Value::Text("ONT".into())]),
            (FieldType::Integer, vec![Value::Integer(0), Value::Integer(i64::MAX), Value::Integer(i64::MIN + 1)]),
            (FieldType::Real, vec![Value::Real(0.1), Value::Real(-0.0), Value::Real(f64::MIN_POSITIVE)]),
            (FieldType::Boolean, vec![Value::Boolean(true), Value::Boolean(false)]),
            (FieldType::Date, vec![day("2025-07-01"), day("1969-12-31"), day("0001-01-01")]),
            (FieldType::DateTime, vec![moment("2005-01-01T06:00:00.123Z"), moment("1900-01-01T00:00:00+07:00")]),
        ];
        for (field_type, values) in table {
            let mut column = Column::new(field_type);
            column.push(None);
            values.iter().for_each(|value| column.push(Some(value.as_ref())));
            column.finish();
            assert_eq!(column.get(0), None, "{field_type:?}");
            for (row, value) in values.iter().enumerate() {
                assert_eq!(column.get(row + 1), Some(value.as_ref()), "{field_type:?}");
            }
        }
    }

    #[test]
    fn equal_texts_share_a_code() {
        let mut column = Column::new(FieldType::Text);
        for text in ["LED", "HPS", "LED"] {
            column.push(Some(ValueRef::Text(text)));
        }
        let Column::Text { codes, dictionary } = &column else { panic!("a text column") };
        assert_eq!(codes, &[0, 1, 0]);
        assert_eq!(dictionary.texts().len(), 2);
    }
}
