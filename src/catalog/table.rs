//! TOML tables whose every key is accounted for.
//!
//! The tree is walked by hand and not by serde: serde stops at the first mistake, and whoever writes a layer wants to
//! see all of them, each with its place.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Fault;
use super::scalar;
use crate::model::Title;

/// A file in reading, and what was found wrong in it.
pub struct Page<'a> {
    path: &'a str,
    text: &'a str,
    faults: Vec<Fault>,
}

impl<'a> Page<'a> {
    pub fn new(path: &'a str, text: &'a str) -> Self {
        Self { path, text, faults: Vec::new() }
    }

    pub fn fault(&mut self, span: Range<usize>, message: impl Into<String>) {
        let fault = self.place(span, message.into());
        self.faults.push(fault);
    }

    /// What `message` says of the place, not noted yet.
    pub fn place(&self, span: Range<usize>, message: String) -> Fault {
        Fault::at(self.path, self.text, span.start, message)
    }

    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    pub fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// The table that the whole file is; `None` when it is no TOML, since guesses at its content would only distract.
    pub fn root(&mut self, name: &str) -> Option<Table<'a>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            self.fault(error.span().unwrap_or(0..0), error.message());
        }
        errors.is_empty().then(|| Table::new(name, 0..0, table.into_inner()))
    }
}

/// A table whose keys are taken one after another. What is left at the end is unknown.
pub struct Table<'a> {
    name: String,
    span: Range<usize>,
    entries: DeTable<'a>,
    known: Vec<&'static str>,
}

impl<'a> Table<'a> {
    fn new(name: &str, span: Range<usize>, entries: DeTable<'a>) -> Self {
        Self { name: name.to_owned(), span, entries, known: Vec::new() }
    }

    /// Where it begins.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Whether the file has a key that was not taken yet, right or wrong.
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    fn take(&mut self, key: &'static str) -> Option<Spanned<DeValue<'a>>> {
        self.known.push(key);
        self.entries.remove(key)
    }

    /// The value of a key that may be absent. A wrong one is noted and counts as absent.
    pub fn optional<T>(&mut self, page: &mut Page, key: &'static str, parse: Parse<T>) -> Option<Spanned<T>> {
        let value = self.take(key)?;
        parsed(page, key, &value, parse)
    }

    /// The value of a key that must be there.
    pub fn required<T>(&mut self, page: &mut Page, key: &'static str, parse: Parse<T>) -> Option<Spanned<T>> {
        self.need(page, key);
        self.optional(page, key, parse)
    }

    fn need(&self, page: &mut Page, key: &str) {
        if !self.entries.contains_key(key) {
            page.fault(self.span(), format!("{} has no `{key}`", self.name));
        }
    }

    /// A list of texts.
    pub fn texts(&mut self, page: &mut Page, key: &'static str) -> Vec<Spanned<String>> {
        self.values(page, key, scalar::text).0
    }

    /// A list of values, and how many were written; wrong ones are noted and left out.
    pub fn values<T>(&mut self, page: &mut Page, key: &'static str, parse: Parse<T>) -> (Vec<Spanned<T>>, usize) {
        let written = self.list(page, key);
        (written.iter().filter_map(|value| parsed(page, key, value, parse)).collect(), written.len())
    }

    fn list(&mut self, page: &mut Page, key: &'static str) -> Vec<Spanned<DeValue<'a>>> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let span = value.span();
        match value.into_inner() {
            DeValue::Array(values) => values.into_iter().collect(),
            other => {
                page.fault(span, format!("`{key}` is {}, not a list", scalar::kind(&other)));
                Vec::new()
            }
        }
    }

    /// A table under `key`.
    pub fn table(&mut self, page: &mut Page, key: &'static str) -> Option<Table<'a>> {
        let value = self.take(key)?;
        as_table(page, key, value)
    }

    /// A table that must be there.
    pub fn required_table(&mut self, page: &mut Page, key: &'static str) -> Option<Table<'a>> {
        self.need(page, key);
        self.table(page, key)
    }

    /// A list of tables: `[[key]]`, or inline.
    pub fn tables(&mut self, page: &mut Page, key: &'static str) -> Vec<Table<'a>> {
        self.list(page, key).into_iter().filter_map(|value| as_table(page, key, value)).collect()
    }

    /// A text in both languages.
    pub fn title(&mut self, page: &mut Page, key: &'static str) -> Option<Title> {
        let mut table = self.required_table(page, key)?;
        let vi = table.required(page, "vi", scalar::text);
        let en = table.required(page, "en", scalar::text);
        table.finish(page);
        Some(Title { vi: vi?.into_inner(), en: en?.into_inner() })
    }

    /// Every key that was not taken, for tables whose keys are free.
    pub fn rest(self) -> impl Iterator<Item = (Spanned<String>, Spanned<DeValue<'a>>)> {
        self.entries.into_iter().map(|(key, value)| {
            let span = key.span();
            (Spanned::new(span, key.into_inner().into_owned()), value)
        })
    }

    /// Notes what was not taken as unknown.
    pub fn finish(self, page: &mut Page) {
        for key in self.entries.keys() {
            let hint = match nearest(key.get_ref(), &self.known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("{} knows {}", self.name, self.known.join(", ")),
            };
            page.fault(key.span(), format!("unknown key `{}`; {hint}", key.get_ref()));
        }
    }
}

/// From a TOML value to what it means, or what is wrong with it, to be read after the key.
pub type Parse<T> = fn(&DeValue<'_>) -> Result<T, String>;

/// `value` under `key`; a wrong one is noted.
pub fn parsed<T>(page: &mut Page, key: &str, value: &Spanned<DeValue>, parse: Parse<T>) -> Option<Spanned<T>> {
    match parse(value.get_ref()) {
        Ok(meaning) => Some(Spanned::new(value.span(), meaning)),
        Err(message) => {
            page.fault(value.span(), format!("`{key}` {message}"));
            None
        }
    }
}

/// The table that stands under `key`; anything else is noted.
pub fn as_table<'a>(page: &mut Page, key: &str, value: Spanned<DeValue<'a>>) -> Option<Table<'a>> {
    let span = value.span();
    match value.into_inner() {
        DeValue::Table(entries) => Some(Table::new(&format!("`{key}`"), span, entries)),
        other => {
            page.fault(span, format!("`{key}` is {}, not a table", scalar::kind(&other)));
            None
        }
    }
}

/// The known key that at most two slips of the finger made `key` of.
fn nearest(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let (distance, near) = known.iter().map(|&candidate| (edit_distance(key, candidate), candidate)).min()?;
    (distance <= 2 && distance < near.len()).then_some(near)
}

/// Levenshtein's, row by row.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
