//! The searchable texts of a block and their words in alphabetical order.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use rayon::prelude::*;

use super::form::{self, ASIDE, END};
use super::kind::Kind;
use crate::model::Rows;
use crate::model::columns::{Column, NO_CODE};

/// Texts that a thread folds at a time.
const CHUNK: usize = 4096;

/// One in so many bytes of the forms knows in which text it lies.
const STRIDE: usize = 64;

/// What finds the rows of a block by their texts.
#[derive(Debug)]
pub struct Names {
    /// The forms of all texts, each with its end.
    forms: Vec<u8>,
    /// Where the form of each text begins; one more at the end.
    begins: Vec<u32>,
    /// The text in which every [`STRIDE`]th byte of the forms lies.
    text_at: Vec<u32>,
    sources: Vec<Source>,
    /// By [`Kind`].
    sorted: [Sorted; 3],
}

/// Where texts come from: the ids, or a column.
#[derive(Debug)]
struct Source {
    /// Its texts among all.
    texts: Range<u32>,
    /// In [`crate::model::Layer::fields`], `None` for the ids.
    field: Option<usize>,
    kind: Kind,
    rows: RowsOf,
}

/// The rows that have a text.
#[derive(Debug)]
enum RowsOf {
    /// Each row has a text of its own, under its number.
    Same,
    /// `rows[starts[text]..starts[text + 1]]`, by their ids.
    Listed { starts: Vec<u32>, rows: Vec<u32> },
}

/// Places in the forms by what stands there up to the end of the text.
#[derive(Debug, Default)]
struct Sorted {
    /// Where a name begins.
    names: Vec<u32>,
    /// Where another word begins.
    words: Vec<u32>,
}

/// Places with which something begins, in alphabetical order.
pub struct Beginning<'n> {
    /// Where the text ends with it.
    pub ending: &'n [u32],
    /// Where an item, or what is before an aside, ends with it.
    pub whole: &'n [u32],
    /// Where it goes on.
    pub longer: &'n [u32],
}

/// A text of a block.
pub struct Text<'n> {
    /// Its form, without the end.
    pub form: &'n [u8],
    /// Where it stands: a field, `None` for the id.
    pub field: Option<usize>,
    /// What it is to its features.
    pub kind: Kind,
    /// Who has it.
    pub rows: Holders<'n>,
}

/// The rows that have a text.
pub enum Holders<'n> {
    /// One.
    One(u32),
    /// Some, by their ids.
    Some(&'n [u32]),
}

impl Names {
    /// Of all rows of a block; `in_id_order` has each of them. Uses all threads: a million lamps with an id, a number and a
    /// street take about a second on two cores.
    ///
    /// # Panics
    /// Beyond 4 GiB of text.
    #[must_use]
    pub fn new(rows: &Rows, in_id_order: &[u32]) -> Self {
        let layer = rows.layer();
        let fields = (0..layer.fields.len()).filter(|&field| layer.fields[field].searchable);
        let mut names = Self {
            forms: Vec::new(),
            begins: vec![0],
            text_at: Vec::new(),
            sources: Vec::new(),
            sorted: Default::default(),
        };
        for field in std::iter::once(None).chain(fields.map(Some)) {
            let first = names.texts();
            names.push_texts(rows, field);
            let texts = first..names.texts();
            let rows =
                field.map_or(RowsOf::Same, |field| RowsOf::new(&rows.columns()[field], texts.len(), in_id_order));
            let kind = field.map_or(Kind::Name, |field| Kind::of(layer, field));
            names.sources.push(Source { texts, field, kind, rows });
        }
        names.forms.shrink_to_fit();
        names.begins.shrink_to_fit();
        names.text_at = text_at(&names.begins, names.forms.len());
        names.sorted = Kind::ALL.map(|kind| names.sort(names.sources.iter().filter(|source| source.kind == kind)));
        names
    }

    fn texts(&self) -> u32 {
        number(self.begins.len() - 1)
    }

    fn push_texts(&mut self, rows: &Rows, field: Option<usize>) {
        let count = match field.map(|field| &rows.columns()[field]) {
            Some(Column::Text { dictionary, .. }) => dictionary.texts().len(),
            _ => rows.len(),
        };
        let chunk = |chunk: usize| {
            let (mut forms, mut ends) = (Vec::new(), Vec::new());
            for text in chunk * CHUNK..count.min((chunk + 1) * CHUNK) {
                form::write(&text_of(rows, field, text), &mut forms);
                ends.push(forms.len());
            }
            (forms, ends)
        };
        let chunks: Vec<(Vec<u8>, Vec<usize>)> = (0..count.div_ceil(CHUNK)).into_par_iter().map(chunk).collect();
        self.forms.reserve_exact(chunks.iter().map(|(forms, _)| forms.len()).sum());
        self.begins.reserve_exact(count);
        for (forms, ends) in chunks {
            let start = self.forms.len();
            self.begins.extend(ends.into_iter().map(|end| number(start + end)));
            self.forms.extend_from_slice(&forms);
        }
    }

    fn sort<'s>(&self, sources: impl Iterator<Item = &'s Source>) -> Sorted {
        let (mut names, mut words) = (Vec::new(), Vec::new());
        for source in sources {
            let found = source.texts.clone().into_par_iter().fold(<(Vec<_>, Vec<_>)>::default, |mut found, text| {
                let start = self.begins[text as usize];
                form::beginnings(self.form(text), source.kind.is_list(), |place, name| {
                    let place = start + number(place);
                    let list = if name { &mut found.0 } else { &mut found.1 };
                    list.push((self.key(place), place));
                });
                found
            });
            for (found_names, found_words) in found.collect::<Vec<_>>() {
                names.extend(found_names);
                words.extend(found_words);
            }
        }
        Sorted { names: self.sorted(names), words: self.sorted(words) }
    }

    fn sorted(&self, mut places: Vec<(u64, u32)>) -> Vec<u32> {
        places.par_sort_unstable_by(|&(one_key, one), &(other_key, other)| {
            let rest = || self.from(one).cmp(self.from(other)).then(one.cmp(&other));
            one_key.cmp(&other_key).then_with(rest)
        });
        places.into_iter().map(|(_, place)| place).collect()
    }

    /// The form of a text, without its end.
    fn form(&self, text: u32) -> &[u8] {
        &self.forms[self.begins[text as usize] as usize..self.begins[text as usize + 1] as usize - 1]
    }

    /// What stands at a place, up to the end of its text.
    fn from(&self, place: u32) -> &[u8] {
        let rest = &self.forms[place as usize..];
        &rest[..rest.iter().position(|&byte| byte == END).unwrap_or(rest.len())]
    }

    /// The first bytes of that, in which most differ: a comparison that reads no text.
    fn key(&self, place: u32) -> u64 {
        let mut key = [END; 8];
        for (to, &byte) in key.iter_mut().zip(self.from(place)) {
            *to = byte;
        }
        u64::from_be_bytes(key)
    }

    /// Where names of a kind begin with `asked`.
    #[must_use]
    pub fn names(&self, kind: Kind, asked: &[u8]) -> Beginning<'_> {
        let found = self.beginning(&self.sorted[kind as usize].names, asked);
        let after = |&place: &u32| self.forms[place as usize + asked.len()];
        let (ending, rest) = found.split_at(found.partition_point(|place| after(place) == END));
        let (whole, longer) = rest.split_at(rest.partition_point(|place| after(place) <= ASIDE));
        Beginning { ending, whole, longer }
    }

    /// Where words in texts of a kind begin with `asked`: those that begin a name, and the others.
    #[must_use]
    pub fn words(&self, kind: Kind, asked: &[u8]) -> [&[u32]; 2] {
        let Sorted { names, words } = &self.sorted[kind as usize];
        [names, words].map(|places| self.beginning(places, asked))
    }

    fn beginning<'p>(&self, places: &'p [u32], asked: &[u8]) -> &'p [u32] {
        let order = |&place: &u32| {
            let rest = &self.forms[place as usize..];
            // A text ends with a byte that no form has: what stands behind it is not compared.
            rest[..rest.len().min(asked.len())].cmp(asked)
        };
        let start = places.partition_point(|place| order(place) == Ordering::Less);
        let length = places[start..].partition_point(|place| order(place) == Ordering::Equal);
        &places[start..start + length]
    }

    /// The text at a place.
    ///
    /// # Panics
    /// Never for a place that [`Self::names`] or [`Self::words`] gave.
    #[must_use]
    pub fn text(&self, place: u32) -> Text<'_> {
        let mut text = self.text_at[place as usize / STRIDE];
        while self.begins[text as usize + 1] <= place {
            text += 1;
        }
        let source = self.sources.iter().find(|source| source.texts.contains(&text));
        self.text_of(source.expect("the texts of the sources are all texts"), text)
    }

    fn text_of<'n>(&'n self, source: &'n Source, text: u32) -> Text<'n> {
        let own = text - source.texts.start;
        let rows = match &source.rows {
            RowsOf::Same => Holders::One(own),
            RowsOf::Listed { starts, rows } => {
                Holders::Some(&rows[starts[own as usize] as usize..starts[own as usize + 1] as usize])
            }
        };
        Text { form: self.form(text), field: source.field, kind: source.kind, rows }
    }

    /// The texts of a row of `rows`, from which the names were made.
    pub fn texts_of<'n>(&'n self, rows: &'n Rows, row: u32) -> impl Iterator<Item = Text<'n>> {
        self.sources.iter().filter_map(move |source| {
            let own = match source.field.map(|field| &rows.columns()[field]) {
                Some(Column::Text { codes, .. }) => codes[row as usize],
                _ => row,
            };
            (own != NO_CODE).then(|| self.text_of(source, source.texts.start + own))
        })
    }

    /// How many texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.begins.len() - 1
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let listed = |source: &Source| match &source.rows {
            RowsOf::Same => 0,
            RowsOf::Listed { starts, rows } => starts.capacity() + rows.capacity(),
        };
        let numbers = self.begins.capacity()
            + self.text_at.capacity()
            + self.sources.iter().map(listed).sum::<usize>()
            + self.sorted.iter().map(|sorted| sorted.names.capacity() + sorted.words.capacity()).sum::<usize>();
        self.forms.capacity() + numbers * size_of::<u32>()
    }
}

/// A text of a source: of a dictionary by its code, else of a row.
fn text_of(rows: &Rows, field: Option<usize>, text: usize) -> Cow<'_, str> {
    match field.map(|field| &rows.columns()[field]) {
        None => Cow::Borrowed(rows.id(text)),
        Some(Column::Text { dictionary, .. }) => Cow::Borrowed(dictionary.texts().get(number(text))),
        Some(column) => column.get(text).map_or(Cow::Borrowed(""), |value| Cow::Owned(value.to_string())),
    }
}

fn text_at(begins: &[u32], bytes: usize) -> Vec<u32> {
    let mut text = 0;
    let holding = |place: usize| {
        while begins[text + 1] as usize <= place {
            text += 1;
        }
        number(text)
    };
    (0..bytes).step_by(STRIDE).map(holding).collect()
}

impl RowsOf {
    fn new(column: &Column, texts: usize, in_id_order: &[u32]) -> Self {
        let Column::Text { codes, .. } = column else { return Self::Same };
        // Codes are given in the order of the rows: where all texts differ, they are the rows' numbers.
        if (0..).zip(codes).all(|(row, &code)| row == code) {
            return Self::Same;
        }
        let mut starts = vec![0; texts + 1];
        for &code in codes.iter().filter(|&&code| code != NO_CODE) {
            starts[code as usize + 1] += 1;
        }
        for text in 0..texts {
            starts[text + 1] += starts[text];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; starts[texts] as usize];
        for &row in in_id_order {
            let code = codes[row as usize];
            if code != NO_CODE {
                let slot = &mut next[code as usize];
                rows[*slot as usize] = row;
                *slot += 1;
            }
        }
        Self::Listed { starts, rows }
    }
}

fn number(place: usize) -> u32 {
    u32::try_from(place).expect("the texts of a block have less than 4 GiB")
}
