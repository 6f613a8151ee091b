//! The account of a feed: what was read of each file, and what was refused.

use std::cell::RefCell;

use serde::Serialize;

use super::archive::Archive;
use super::table::{self, KEPT, Row};
use super::{FeedError, FeedOptions};
use crate::ingest::report::{Fault, Refusal, Repair, Report};

/// What became of a feed, as `--report` writes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FeedReport {
    /// The feed as it was named.
    pub file: String,
    /// Always `gtfs`.
    pub format: &'static str,
    /// The layers that take routes and stops.
    pub layers: Vec<String>,
    /// Whether the store was written.
    pub written: bool,
    /// The files that were read, in that order.
    pub files: Vec<FileReport>,
    /// Routes, stops, trips and calls that were taken.
    pub taken: Taken,
    /// The first and the last day of any service (`2026-01-01`), and the zone of all times.
    pub calendar: Option<[String; 3]>,
    /// What holds for the feed as a whole.
    pub notes: Vec<String>,
    /// What was mended.
    pub repairs: Vec<Of<Repair>>,
    /// What was refused; of each file the first ten thousand.
    pub refusals: Vec<Of<Refusal>>,
}

/// How many were taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Features of the layer of routes.
    pub routes: usize,
    /// Features of the layer of stops.
    pub stops: usize,
    /// Trips.
    pub trips: usize,
    /// Calls of trips at stops.
    pub stop_times: usize,
    /// Frequencies of trips.
    pub frequencies: usize,
    /// Fares.
    pub fares: usize,
}

/// A file of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub read: u64,
    /// Those that were refused.
    pub refused: u64,
}

/// What happened to a row of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Of<T> {
    /// The file.
    pub file: String,
    /// The row, and why.
    #[serde(flatten)]
    pub row: T,
}

/// Reads files and keeps the account.
pub struct Ledger<'a> {
    pub archive: &'a Archive,
    pub options: &'a FeedOptions,
    /// Hears the file and the rows read so far.
    pub progress: &'a dyn Fn(&str, u64),
    report: RefCell<FeedReport>,
}

/// Rows between two words of progress.
const STRIDE: u64 = 100_000;

impl<'a> Ledger<'a> {
    pub fn new(archive: &'a Archive, options: &'a FeedOptions, progress: &'a dyn Fn(&str, u64)) -> Self {
        let report = FeedReport { file: options.file.clone(), format: "gtfs", ..FeedReport::default() };
        Self { archive, options, progress, report: RefCell::new(report) }
    }

    /// Gives each row of a file to `take`; nothing where there is no such file. Ends the import where the file is torn, or more of it
    /// was refused than may be.
    pub fn rows(
        &self,
        file: &str,
        names: &[&'static str],
        mut take: impl FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), FeedError> {
        let mut counted = |row: &Row<'_>| {
            if row.number.is_multiple_of(STRIDE) {
                (self.progress)(file, row.number);
            }
            take(row)
        };
        let told = self.archive.read(file, |source| table::each(source, names, &mut counted));
        let told = told.map_err(|error| self.torn(file, &error.to_string()))?;
        let Some(told) = told else { return Ok(()) };
        (self.progress)(file, told.read);
        {
            let mut report = self.report.borrow_mut();
            report.files.push(FileReport { name: file.to_owned(), read: told.read, refused: told.refused });
            report.refusals.extend(told.refusals.into_iter().map(|row| Of { file: file.to_owned(), row }));
        }
        match told.torn {
            Some(reason) => Err(self.torn(file, &reason)),
            None => self.check(file),
        }
    }

    fn torn(&self, file: &str, reason: &str) -> FeedError {
        FeedError::Torn { file: file.to_owned(), reason: reason.to_owned(), report: self.so_far() }
    }

    /// Refuses a row after its file was read.
    pub fn refuse(&self, file: &str, refusal: Refusal) {
        let mut report = self.report.borrow_mut();
        let mut kept = KEPT;
        if let Some(account) = report.files.iter_mut().find(|one| one.name == file) {
            account.refused += 1;
            kept = usize::try_from(account.refused).unwrap_or(usize::MAX);
        }
        if kept < KEPT {
            report.refusals.push(Of { file: file.to_owned(), row: refusal });
        }
    }

    /// Whether more of a file was refused than may be.
    pub fn check(&self, file: &str) -> Result<(), FeedError> {
        let found = self.report.borrow().files.iter().find(|one| one.name == file).cloned();
        let Some(account) = found else { return Ok(()) };
        #[expect(clippy::cast_precision_loss, reason = "a share of rows")]
        let share = account.refused as f64 / account.read.max(1) as f64;
        if share <= self.options.refuse_share {
            return Ok(());
        }
        let allowed = self.options.refuse_share;
        Err(FeedError::TooManyRefused { account, share, allowed, report: self.so_far() })
    }

    /// Takes over what the door of a layer has told of a file.
    pub fn take_over(&self, file: &str, told: &Report) {
        for refusal in &told.refusals {
            self.refuse(file, refusal.clone());
        }
        let mut report = self.report.borrow_mut();
        report.repairs.extend(told.repairs.iter().map(|row| Of { file: file.to_owned(), row: row.clone() }));
        report.notes.extend(told.notes.iter().map(|note| format!("{file}: {note}")));
        if !told.ignored_fields.is_empty() {
            let fields = told.ignored_fields.join(", ");
            report.notes.push(format!("{file}: layer `{}` has no field for {fields}", told.layer));
        }
    }

    /// Tells something of the feed as a whole.
    pub fn note(&self, note: String) {
        self.report.borrow_mut().notes.push(note);
    }

    /// The account as it is now.
    pub fn so_far(&self) -> Box<FeedReport> {
        Box::new(self.report.borrow().clone())
    }
}
