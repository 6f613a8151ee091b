//! A file of a feed, row by row (GTFS Schedule, "File Requirements"): UTF-8 with commas, values by the names of their columns.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use ::csv::{ByteRecord, ReaderBuilder};

use crate::ingest::csv::END;
use crate::ingest::report::{Fault, Reason, Refusal};
use crate::ingest::values::{nfc, short};

/// Refusals of a file that are told one by one.
pub const KEPT: usize = 10_000;

/// Bytes of a row; more is a quote that was never closed.
const ROW: u64 = 1 << 20;

/// A row; values by the place of their names in what was asked for.
pub struct Row<'r> {
    /// Counted from 1 behind the header.
    pub number: u64,
    record: &'r ByteRecord,
    columns: &'r [Option<usize>],
    names: &'r [&'static str],
    header: &'r [String],
}

/// How a file was read.
#[derive(Debug, Default)]
pub struct Told {
    /// Its rows.
    pub read: u64,
    /// How many were refused.
    pub refused: u64,
    /// The first of these.
    pub refusals: Vec<Refusal>,
    /// What is wrong with the file itself: nothing behind it was read.
    pub torn: Option<String>,
}

/// Gives each row to `take`. A row that it refuses, or that is no UTF-8, is told.
pub fn each<'n>(
    source: Box<dyn Read + '_>,
    names: &'n [&'static str],
    take: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
) -> Told {
    let mut told = Told::default();
    if let Err(reason) = walk(source, names, take, &mut told) {
        told.torn = Some(reason);
    }
    told
}

fn walk<'n>(
    source: Box<dyn Read + '_>,
    names: &'n [&'static str],
    take: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
    told: &mut Told,
) -> Result<(), String> {
    let left = Rc::new(Cell::new(ROW));
    let metered = Metered { inner: source, left: Rc::clone(&left) };
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).from_reader(metered.chain(b"\n".as_slice()).chain(END));
    let mut record = ByteRecord::new();
    let fault = |error: ::csv::Error| error.to_string();
    if !reader.read_byte_record(&mut record).map_err(fault)? {
        return Err("it is empty: it has no header".to_owned());
    }
    let header = header(&record)?;
    let columns: Vec<Option<usize>> =
        names.iter().map(|name| header.iter().position(|column| column == name)).collect();
    loop {
        left.set(ROW);
        if !reader.read_byte_record(&mut record).map_err(fault)? || (record.len() == 1 && &record[0] == END) {
            return Ok(());
        }
        // The mark stands on a line of its own, so that it is part of a value only behind a quote that is open.
        if record.iter().any(|value| value.ends_with(END)) {
            return Err(format!("the quote that opens in the row behind row {} is never closed", told.read));
        }
        // A line of blanks or commas is what spreadsheets leave at the end.
        if record.iter().all(|value| value.trim_ascii().is_empty()) {
            continue;
        }
        told.read += 1;
        let row = Row { number: told.read, record: &record, columns: &columns, names, header: &header };
        if let Err(fault) = row.check().and_then(|()| take(&row)) {
            told.refused += 1;
            if told.refusals.len() < KEPT {
                told.refusals.push(Refusal { row: told.read, id: row.any_id(), fault, also: Vec::new() });
            }
        }
    }
}

fn header(record: &ByteRecord) -> Result<Vec<String>, String> {
    let names = record.iter().enumerate().map(|(place, name)| {
        let name = if place == 0 { name.strip_prefix(b"\xef\xbb\xbf").unwrap_or(name) } else { name };
        let name = str::from_utf8(name).map_err(|error| format!("its header is no UTF-8: {error}"))?;
        Ok(name.trim().trim_matches('"').to_lowercase())
    });
    names.collect()
}

impl Row<'_> {
    fn check(&self) -> Result<(), Fault> {
        match self.record.iter().position(|value| str::from_utf8(value).is_err()) {
            None => Ok(()),
            Some(place) => {
                let column = self.header.get(place).map_or("", String::as_str);
                Err(Fault::new(Reason::WrongEncoding, "its bytes are no UTF-8, in which GTFS is written").of(column))
            }
        }
    }

    /// Its first value, which names it in most files.
    fn any_id(&self) -> Option<String> {
        str::from_utf8(self.record.get(0)?).ok().map(|id| short(id.trim())).filter(|id| !id.is_empty())
    }

    /// A value without the white space around it, in NFC; `None` where it is empty or the file has no such column.
    pub fn text(&self, place: usize) -> Option<Cow<'_, str>> {
        let value = str::from_utf8(self.record.get(self.columns[place]?)?).ok()?.trim();
        if value.is_empty() {
            return None;
        }
        Some(if value.is_ascii() { Cow::Borrowed(value) } else { Cow::Owned(nfc(value)) })
    }

    /// The same as text of its own.
    pub fn owned(&self, place: usize) -> Option<String> {
        self.text(place).map(Cow::into_owned)
    }

    /// A value that must be there.
    pub fn need(&self, place: usize) -> Result<Cow<'_, str>, Fault> {
        self.text(place).ok_or_else(|| {
            Fault::new(Reason::MissingField, "it has no value, and GTFS requires one").of(self.names[place])
        })
    }

    /// A value that is there, read.
    pub fn read<T>(&self, place: usize, meant: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Fault> {
        let Some(text) = self.text(place) else { return Ok(None) };
        read(&text).map(Some).ok_or_else(|| {
            let message = format!("`{}` is no {meant}", short(&text));
            Fault::new(Reason::UnparsableField, message).of(self.names[place])
        })
    }

    /// A value that must be there, read.
    pub fn need_read<T>(&self, place: usize, meant: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
        let fault = || Fault::new(Reason::MissingField, "it has no value, and GTFS requires one").of(self.names[place]);
        self.read(place, meant, read)?.ok_or_else(fault)
    }

    /// A fault of a value: it names what is not there.
    pub fn unknown(&self, place: usize, file: &str) -> Fault {
        let message =
            format!("`{}` is not in {file}, or was refused there", short(&self.text(place).unwrap_or_default()));
        Fault::new(Reason::UnknownReference, message).of(self.names[place])
    }

    /// A fault of a value: it is there a second time.
    pub fn again(&self, place: usize) -> Fault {
        let message = format!("`{}` was there before in this file", short(&self.text(place).unwrap_or_default()));
        Fault::new(Reason::DuplicateId, message).of(self.names[place])
    }

    /// Every column of the file with its value.
    pub fn all(&self) -> impl Iterator<Item = (&str, String)> {
        let values = self.record.iter().map(|value| nfc(str::from_utf8(value).unwrap_or_default().trim()));
        self.header.iter().map(String::as_str).zip(values)
    }
}

/// Ends with an error when a row does not end.
struct Metered<R> {
    inner: R,
    /// Bytes that may still come before the row must have ended; the reader's buffer is not counted twice.
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        let left = self.left.get().checked_sub(count as u64).ok_or_else(|| {
            let reason = format!("a row is larger than {} KiB; is a quote not closed?", ROW >> 10);
            io::Error::new(io::ErrorKind::InvalidData, reason)
        })?;
        self.left.set(left);
        Ok(count)
    }
}
