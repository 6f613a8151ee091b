//! Which rows of a block are gone.

use std::ops::Range;
use std::sync::Arc;

/// A bit a row. Copied when it changes (125 kB for a million rows, about 5 microseconds), so that readers of the old
/// state are not disturbed.
#[derive(Clone, Debug)]
pub struct Buried {
    words: Arc<Vec<u64>>,
    count: usize,
}

impl Buried {
    /// Nothing is gone among `len` rows.
    #[must_use]
    pub fn none(len: usize) -> Self {
        Self { words: Arc::new(vec![0; len.div_ceil(64)]), count: 0 }
    }

    /// Whether a row is gone.
    #[must_use]
    #[inline]
    pub fn contains(&self, row: usize) -> bool {
        self.words[row / 64] >> (row % 64) & 1 == 1
    }

    /// Buries a row; burying it twice is the same as once.
    pub fn insert(&mut self, row: usize) {
        if !self.contains(row) {
            Arc::make_mut(&mut self.words)[row / 64] |= 1 << (row % 64);
            self.count += 1;
        }
    }

    /// Those of some rows that are gone.
    pub fn rows(&self, rows: Range<usize>) -> impl Iterator<Item = usize> {
        let words = if self.count == 0 || rows.is_empty() { 0..0 } else { rows.start / 64..(rows.end - 1) / 64 + 1 };
        let all = words.flat_map(|number| {
            let mut word = self.words[number];
            std::iter::from_fn(move || {
                let bit = (word != 0).then(|| word.trailing_zeros() as usize)?;
                word &= word - 1;
                Some(number * 64 + bit)
            })
        });
        all.filter(move |row| rows.contains(row))
    }

    /// How many of some rows are gone.
    #[must_use]
    pub fn count(&self, rows: Range<usize>) -> usize {
        if self.count == 0 || rows.is_empty() {
            return 0;
        }
        let (first, last) = (rows.start / 64, (rows.end - 1) / 64);
        let words = self.words[first..=last].iter().enumerate().map(|(number, &word)| {
            let word = if number == 0 { word & (u64::MAX << (rows.start % 64)) } else { word };
            let word = if first + number == last { word & (u64::MAX >> (63 - (rows.end - 1) % 64)) } else { word };
            word.count_ones() as usize
        });
        words.sum()
    }

    /// How many rows are gone.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether none is gone.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::Buried;

    #[test]
    fn rows_are_counted_in_any_range() {
        let mut buried = Buried::none(300);
        let gone = [0, 1, 63, 64, 65, 127, 128, 200, 299];
        gone.iter().for_each(|&row| buried.insert(row));
        for start in 0..300 {
            for end in start..=300 {
                let expected = gone.iter().filter(|&&row| (start..end).contains(&row)).count();
                assert_eq!(buried.count(start..end), expected, "{start}..{end}");
                assert_eq!(buried.rows(start..end).count(), expected, "{start}..{end}");
            }
        }
    }
}
