//! The entry of the readers: what a file is, and the reader that its content asks for.

use std::path::{Path, PathBuf};

use super::encoding::Encoding;
use super::format::{self, Found};
use super::report::{Fault, Reason, Refusal};
use super::source::{Format, Source};
use super::{csv, flatgeobuf, geojson, geojsonseq, gpkg, shapefile};
use crate::geo::GeometryKind;

/// The largest record that is read, in bytes of the unpacked file. A record is the one thing that is held whole, so this
/// bounds the memory that a file can ask for, whatever it unpacks to.
pub const RECORD_LIMIT: usize = 256 << 20;

/// What the reader is told besides the path.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// The encoding of the texts in CSV and Shapefile. The other formats are UTF-8 by their standards.
    pub encoding: Encoding,
    /// The table of a GeoPackage, or the shapefile among several.
    pub table: Option<String>,
    /// What the layer holds; it decides where the file alone leaves a choice.
    pub kind: GeometryKind,
}

/// Why a file cannot be read at all. What is wrong with one record is a [`Refusal`].
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The disk, or the right to it.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Content of no format that is read.
    #[error(
        "{} is {found}; read are GeoJSON and GeoJSONSeq (each also .gz), CSV, Shapefile (.zip or folder), GeoPackage and FlatGeobuf",
        path.display()
    )]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// What it looks like.
        found: String,
    },
    /// Of the format by its first bytes, but not by the rest.
    #[error("{} looks like {} but cannot be read: {reason}", path.display(), format::title(*format))]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it was found to be.
        format: Format,
        /// What is wrong, and the way out.
        reason: String,
    },
    /// Several tables and nothing to choose by.
    #[error("{} holds {}: choose one with --table", path.display(), listed(tables))]
    WhichTable {
        /// The file.
        path: PathBuf,
        /// The candidates.
        tables: Vec<String>,
    },
    /// The table that was asked for is not there.
    #[error("{} has no table `{table}`, it holds {}", path.display(), listed(tables))]
    NoSuchTable {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        table: String,
        /// What there is.
        tables: Vec<String>,
    },
    /// Texts of an encoding that nobody named and nothing tells.
    #[error("{}: {reason}", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// What was tried, and the way out.
        reason: String,
    },
}

fn listed(tables: &[String]) -> String {
    if tables.is_empty() { "none".into() } else { tables.join(", ") }
}

impl ReadError {
    pub(super) fn io(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        |source| Self::Io { path: path.into(), source }
    }

    pub(super) fn malformed(path: &Path, format: Format, reason: impl Into<String>) -> Self {
        Self::Malformed { path: path.into(), format, reason: reason.into() }
    }
}

/// Opens a file, or a folder with a shapefile, whatever its name says.
pub fn open(path: &Path, options: &ReadOptions) -> Result<Source, ReadError> {
    let found = format::detect(path)?;
    let utf8 = matches!(options.encoding, Encoding::Auto | Encoding::Utf8);
    if !utf8 && !matches!(found, Found::Csv | Found::Shapefile) {
        let reason = format!("{} is UTF-8 by its standard; leave --encoding away", found.title());
        return Err(ReadError::Encoding { path: path.into(), reason });
    }
    match found {
        Found::Json => geojson::open(path),
        Found::JsonLines => geojsonseq::open(path),
        Found::Csv => csv::open(path, options),
        Found::Shapefile => shapefile::open(path, options),
        Found::Sqlite => gpkg::open(path, options),
        Found::FlatGeobuf => flatgeobuf::open(path),
    }
}

pub(super) fn refusal(row: u64, reason: Reason, message: impl Into<String>) -> Refusal {
    Refusal { row, id: None, fault: Fault::new(reason, message), also: Vec::new() }
}

/// A text without the mark that some programs write before UTF-8.
#[must_use]
pub fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// The beginning of a value, as a message shows it.
pub(super) fn excerpt(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(60).collect();
    if chars.next().is_some() { start + " ..." } else { start }
}
